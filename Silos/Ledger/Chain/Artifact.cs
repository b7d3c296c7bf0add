using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>What the compiler said about the contracts (Contracts/artifact.json): code, selectors, topics, and the fields of events and errors.</summary>
internal sealed record Artifact(string Compiler, Dictionary<string, ContractArtifact> Contracts)
{
    private static readonly Lazy<Artifact> Embedded = new(Load);

    public static ContractArtifact Of(string contract) => Embedded.Value.Contracts[contract];

    /// <summary>The error that a contract reverted with, in words: its name and its fields.</summary>
    public static (string Error, string Text) Explain(string revertData)
    {
        var bytes = Convert.FromHexString(revertData.AsSpan(2));
        var selector = revertData[..10];
        foreach (var (name, error) in Embedded.Value.Contracts.Values.SelectMany(contract => contract.Errors))
        {
            if (error.Selector == selector)
            {
                return (name, name + " " + AbiFields.Read(error.Inputs, new AbiReader(bytes.AsMemory(4))).ToJsonString());
            }
        }

        return ("Unknown", "an error that these contracts do not declare: " + revertData);
    }

    /// <summary>The event with this topic.</summary>
    public static (string Name, EventArtifact Event)? FindEvent(string topic)
    {
        foreach (var (name, found) in Embedded.Value.Contracts.Values.SelectMany(contract => contract.Events))
        {
            if (found.Topic == topic)
            {
                return (name, found);
            }
        }

        return null;
    }

    private static Artifact Load()
    {
        using var stream = typeof(Artifact).Assembly.GetManifestResourceStream("contracts.json")
            ?? throw new InvalidOperationException("Contracts/artifact.json was not embedded; run `npm run compile` in Silos/Ledger/Contracts");
        return JsonSerializer.Deserialize<Artifact>(stream, JsonSerializerOptions.Web)!;
    }
}

internal sealed record ContractArtifact(
    Dictionary<string, MethodArtifact> Methods,
    Dictionary<string, EventArtifact> Events,
    Dictionary<string, ErrorArtifact> Errors,
    int RuntimeBytes,
    string Bytecode)
{
    /// <summary>Call data: the method's selector and its arguments.</summary>
    public string Call(string method, AbiWriter? arguments = null) =>
        Methods[method].Selector + (arguments is null ? "" : Convert.ToHexStringLower(arguments.ToArray()));
}

internal sealed record MethodArtifact(string Signature, string Selector);

internal sealed record EventArtifact(string Signature, string Topic, List<FieldArtifact> Inputs);

internal sealed record ErrorArtifact(string Signature, string Selector, List<FieldArtifact> Inputs);

internal sealed record FieldArtifact(string Name, string Type, bool Indexed, List<FieldArtifact>? Components);

/// <summary>
/// Fields of an event or error as JSON: hashes base64url, 64-bit and larger numbers decimal strings, smaller ones numbers,
/// addresses lower-case hex, tuples objects.
/// </summary>
internal static class AbiFields
{
    public static JsonObject Read(IEnumerable<FieldArtifact> fields, AbiReader data)
    {
        var read = new JsonObject();
        foreach (var field in fields)
        {
            read[field.Name] = ReadOne(field, data);
        }

        return read;
    }

    public static JsonNode ReadOne(FieldArtifact field, AbiReader data) => field.Type switch
    {
        "bytes32" => data.Word().ToString(),
        "address" => data.Address(),
        "bool" => data.Flag(),
        "uint8" or "uint32" => data.Number(),
        "uint64" or "uint256" => data.Number().ToString(System.Globalization.CultureInfo.InvariantCulture),
        "tuple" => Read(field.Components!, data),
        "tuple[]" => new JsonArray([.. data.Array<JsonNode>(item => Read(field.Components!, item))]),
        _ => throw new NotSupportedException($"the ABI type {field.Type} of {field.Name} is not read"),
    };
}
