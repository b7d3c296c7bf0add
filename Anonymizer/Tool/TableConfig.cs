using System.Text.Json;
using System.Text.Json.Serialization;

namespace Anonymizer.Tool;

/// <summary>The configuration of <c>anonymize table</c> as it stands in the file (FORMATS.md, "Anonymization").</summary>
internal sealed record TableConfig
{
    public Dictionary<string, AttributeConfig>? Attributes { get; set; }

    public List<ModelConfig>? Models { get; set; }

    /// <summary>Share of rows, from 0 to 1; 0 by default.</summary>
    public decimal SuppressionLimit { get; set; }

    /// <summary>One of <c>loss</c> (the default), <c>loss-am</c>, <c>aecs</c>, <c>dm</c>, <c>entropy</c>, <c>nentropy</c>.</summary>
    public string Metric { get; set; } = "loss";

    /// <summary><c>global</c> (the default) or <c>local</c>.</summary>
    public string Recoding { get; set; } = "global";

    /// <summary>The column that names the patient, when a patient may have several rows: k then counts patients.</summary>
    public string? PrivacyUnit { get; set; }

    /// <summary>People in the population that the table is a sample of, at least its rows; then the report estimates uniqueness in it.</summary>
    public long? Population { get; set; }

    /// <summary>Seconds after which the search gives the best it has, above 0; 600 by default, 30 when the lattice is too large to be searched to the end.</summary>
    public decimal? TimeLimitSeconds { get; set; }
}

internal sealed record AttributeConfig
{
    /// <summary><c>identifying</c>, <c>quasi-identifying</c>, <c>sensitive</c> or <c>insensitive</c>. A column that is not named is identifying: it is left out.</summary>
    public string? Role { get; set; }

    /// <summary>A path, or a built-in hierarchy: <c>{"kind":"interval","lower":0,"upper":90,"widths":[5,10,20]}</c>,
    /// <c>{"kind":"date","from":"year"}</c>, <c>{"kind":"code","lengths":[4,2]}</c>.</summary>
    public JsonElement? Hierarchy { get; set; }

    /// <summary><c>generalize</c> (the default: <c>*</c> at every level) or <c>suppress</c> (the row).</summary>
    public string Unmapped { get; set; } = "generalize";
}

internal sealed record ModelConfig
{
    public string? Kind { get; set; }

    public string? Attribute { get; set; }

    public int? K { get; set; }

    public decimal? L { get; set; }

    public decimal? C { get; set; }

    public decimal? T { get; set; }

    public string? Distance { get; set; }

    public decimal? Lower { get; set; }

    public decimal? Upper { get; set; }

    public string? Value { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(TableConfig))]
internal sealed partial class TableConfigContext : JsonSerializerContext;
