using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silos.Ingestion.Definitions;

/// <summary>Puts a hospital's own CSV hierarchies into the definition's text, so that what is registered holds all that files are made by,
/// and nothing is looked for again in a folder that may be gone.</summary>
public static class InlineHierarchies
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text as it is where no attribute names a CSV file, else the text with a member <c>hierarchies</c>; equal files give
    /// equal text.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static string Of(string text, string? folder)
    {
        if (folder is null || JsonNode.Parse(text) is not JsonObject definition || definition["attributes"] is not JsonArray attributes)
        {
            return text;
        }

        var inline = definition["hierarchies"] as JsonObject ?? [];
        var before = inline.Count;
        foreach (var name in attributes.OfType<JsonObject>().Select(attribute => (attribute["hierarchy"] as JsonValue)?.ToString()).OfType<string>()
            .Where(name => name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && !inline.ContainsKey(name) && File.Exists(Path.Combine(folder, name))).Distinct().Order(StringComparer.Ordinal).ToList())
        {
            inline[name] = File.ReadAllText(Path.Combine(folder, name));
        }

        if (inline.Count == before)
        {
            return text;
        }

        definition["hierarchies"] = inline;
        return definition.ToJsonString(Readable);
    }
}
