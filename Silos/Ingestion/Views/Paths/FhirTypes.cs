namespace Silos.Ingestion.Views.Paths;

/// <summary>The R4 data types that a choice element (<c>value[x]</c>) may have, and which of them is a kind of which.</summary>
internal static class FhirTypes
{
    private static readonly Dictionary<string, string> ByChoice = new[]
    {
        "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "integer64", "markdown", "oid", "positiveInt",
        "string", "time", "unsignedInt", "uri", "url", "uuid", "Address", "Age", "Annotation", "Attachment", "CodeableConcept", "CodeableReference", "Coding",
        "ContactDetail", "ContactPoint", "Contributor", "Count", "DataRequirement", "Distance", "Dosage", "Duration", "Expression", "HumanName", "Identifier",
        "Meta", "Money", "ParameterDefinition", "Period", "Quantity", "Range", "Ratio", "RatioRange", "Reference", "RelatedArtifact", "SampledData", "Signature",
        "Timing", "TriggerDefinition", "UsageContext",
    }.ToDictionary(type => char.ToUpperInvariant(type[0]) + type[1..], StringComparer.Ordinal);

    private static readonly Dictionary<string, string> Parents = new(StringComparer.Ordinal)
    {
        ["code"] = "string", ["id"] = "string", ["markdown"] = "string", ["url"] = "uri", ["canonical"] = "uri", ["uuid"] = "uri", ["oid"] = "uri",
        ["positiveInt"] = "integer", ["unsignedInt"] = "integer", ["Age"] = "Quantity", ["Count"] = "Quantity", ["Distance"] = "Quantity",
        ["Duration"] = "Quantity"
    };

    /// <summary>Elements that are no choice and hold a dateTime or instant in R4: a boundary there has a time, even of a bare date.</summary>
    private static readonly HashSet<string> DateTimes = new(
        ["start", "end", "issued", "authoredOn", "recordedDate", "lastUpdated", "dateTime", "dateWritten", "assertedDate", "sent", "received", "recorded"], StringComparer.Ordinal);

    /// <summary>The type that a choice's suffix names (<c>Quantity</c> of <c>valueQuantity</c>, <c>dateTime</c> of <c>valueDateTime</c>), or null.</summary>
    public static string? OfChoice(ReadOnlySpan<char> suffix) => ByChoice.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(suffix, out var type) ? type : null;

    /// <summary>Whether a FHIR or System type of that name is known to this engine; resources count by their capital letter.</summary>
    public static bool IsKnown(string type) => type.Length > 0 && (char.IsAsciiLetterUpper(type[0]) || ByChoice.ContainsKey(char.ToUpperInvariant(type[0]) + type[1..]));

    /// <summary>Whether a value of a type is also of the asked type.</summary>
    public static bool Is(string type, string asked) =>
        type == asked || (Parents.TryGetValue(type, out var parent) && parent == asked) || IsSystem(type, asked);

    /// <summary>The type of an element that is no choice, where its name tells it.</summary>
    public static string? OfElement(string name) => DateTimes.Contains(name) ? "dateTime" : null;

    private static bool IsSystem(string type, string asked) => asked switch
    {
        "String" => type == "string" || Parents.GetValueOrDefault(type) == "string",
        "Boolean" => type == "boolean",
        "Integer" => type == "integer" || Parents.GetValueOrDefault(type) == "integer",
        "Decimal" => type == "decimal",
        _ => false,
    };
}
