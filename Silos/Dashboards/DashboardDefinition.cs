using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silos.Dashboards;

/// <summary>What a hospital's dashboard of one dataset watches. The hospital writes it; the board grants it by a permit that names its key.</summary>
/// <param name="Dataset">The dataset's name here.</param>
/// <param name="Map">Layout that pages may draw: <c>minas-gerais</c>, or null.</param>
/// <param name="Region">A category with declared values: every region is answered.</param>
/// <param name="Age">An integer attribute.</param>
/// <param name="Ages">Rising edges of the age bands, the last one excluded; 2 to 20.</param>
/// <param name="Diagnoses">The attribute of codes that both topics look into.</param>
/// <param name="Chronic">The illnesses whose rates are shown.</param>
/// <param name="Signal">The illness that is watched for outbreaks.</param>
/// <param name="Epsilon">Privacy loss of each of the three questions, a decimal.</param>
/// <param name="Delta">δ of its conversion, a decimal above 0.</param>
public sealed record DashboardDefinition(
    string Dataset, string Title, string? Map, string Region, string Age, IReadOnlyList<int> Ages, string Diagnoses, WatchedCodes Chronic, WatchedCodes Signal, decimal Epsilon, decimal Delta)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    /// <summary>The sample's.</summary>
    public static DashboardDefinition Minas
    {
        get
        {
            using var stream = typeof(DashboardDefinition).Assembly.GetManifestResourceStream("Silos.Samples.Definitions.minas.dashboard.json")!;
            return JsonSerializer.Deserialize<DashboardDefinition>(stream, Strict)!;
        }
    }

    /// <summary>Reads a file. Whether its questions can be asked of the dataset is seen when they are priced.</summary>
    /// <exception cref="InvalidDataException">Not a definition; the message says why.</exception>
    public static DashboardDefinition Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize<DashboardDefinition>(File.ReadAllBytes(path), Strict) ?? throw new JsonException("is null");
            return read.Ages.Count is >= 2 and <= 20 && read.Delta > 0
                ? read
                : throw new InvalidDataException($"{path}: ages has {read.Ages.Count} edges and delta is {read.Delta}; allowed are 2 to 20 edges and a delta above 0");
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"{path}: {bad.Message}", bad);
        }
    }
}

/// <summary>Codes, by prefix of their hierarchy, and what they are called together.</summary>
public sealed record WatchedCodes(string Title, IReadOnlyList<string> Codes);
