using System.Text.Json;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;

namespace Silos.Extracts;

/// <summary>A request for a cohort file: which attributes it holds. The cohort is everybody who permits it; classes are released whole.</summary>
/// <param name="Attributes">In ordinal order, each once.</param>
public sealed record ExtractRequest(IReadOnlyList<string> Attributes)
{
    /// <summary>Reads <c>{"attributes":["age","sex"]}</c>.</summary>
    /// <returns>The request, or one sentence that names field, value and what is allowed.</returns>
    public static (ExtractRequest? Request, string? Fault) Read(JsonElement json, DatasetDefinition definition)
    {
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Any(member => member.Name != "attributes")
            || !json.TryGetProperty("attributes", out var named) || named.ValueKind != JsonValueKind.Array || named.GetArrayLength() == 0)
        {
            return (null, "attributes: a file is asked for by {\"attributes\":[…]} alone, at least one; it holds whole classes of all who permit it");
        }

        var names = named.EnumerateArray().Select(name => name.ValueKind == JsonValueKind.String ? name.GetString()! : name.GetRawText()).ToList();
        var allowed = definition.Attributes.Where(attribute => attribute.Role != AttributeRole.Identifying).Select(attribute => attribute.Name).ToList();
        return names.FirstOrDefault(name => !allowed.Contains(name)) is { } unknown
            ? (null, $"attributes: '{unknown}'; allowed are {string.Join(", ", allowed)}")
            : (new ExtractRequest([.. names.Distinct().Order(StringComparer.Ordinal)]), null);
    }

    /// <summary>RFC 8785 bytes: what is signed is their hash.</summary>
    public byte[] Canonical() => CanonicalJson.Bytes(this);
}
