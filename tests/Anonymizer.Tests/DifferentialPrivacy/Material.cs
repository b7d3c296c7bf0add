using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>Schemas, questions and tables for these tests.</summary>
internal static class Material
{
    public const string PatientSchema = """
        {"privacyUnit":"patient_id","attributes":{"age":{"type":"integer","lower":0,"upper":120},
        "hba1c":{"type":"decimal","step":0.1,"lower":4,"upper":14},"visits":{"type":"integer","lower":0,"upper":50},
        "sex":{"type":"category","values":["female","male"]},"site":{"type":"category"},"diagnosis":{"type":"codes"}},
        "maxRowsPerUnit":ROWS,"maxGroupsPerUnit":GROUPS}
        """;

    public static readonly string[] Header = ["patient_id", "age", "hba1c", "visits", "sex", "site", "diagnosis"];

    public static bool Long => Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1";

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();

    public static Schema Patients(int rows = 1, int groups = 1) =>
        Schema.Parse(Json(PatientSchema.Replace("ROWS", $"{rows}", StringComparison.Ordinal).Replace("GROUPS", $"{groups}", StringComparison.Ordinal)));

    public static Query Ask(Schema schema, string measures, string loss = """{"epsilon":1}""", string groupBy = "[]", string where = "[]") =>
        Query.Parse(Json($$"""{"where":{{where}},"groupBy":{{groupBy}},"measures":{{measures}},"loss":{{loss}}}"""), schema);

    public static Table Table(Schema schema, IEnumerable<string> rows)
    {
        var builder = new TableBuilder(schema, Header);
        foreach (var row in rows)
        {
            builder.Add(row.Split(','));
        }

        return builder.Build();
    }

    /// <summary>So many patients of one row each, drawn from a seed.</summary>
    public static string[] Rows(int patients, int seed)
    {
        var draw = Random(seed);
        return [.. Enumerable.Range(0, patients).Select(i =>
            $"p{i},{20 + draw(70)},{5 + (draw(60) / 10.0)},{draw(20)},{(draw(2) == 0 ? "female" : "male")},s{draw(3)},{(draw(3) == 0 ? "E11.9|I10" : "J45")}")];
    }

    /// <summary>Whole numbers below a limit, from a seed that is printed by the caller.</summary>
    public static Func<int, int> Random(int seed)
    {
        var source = Source(seed);
        return limit => (int)Uniform.Below(source, (ulong)limit);
    }

    public static PrfRandomSource Source(int seed)
    {
        var key = new byte[PrfRandomSource.KeyLength];
        BitConverter.TryWriteBytes(key, seed);
        return new PrfRandomSource(key);
    }

    /// <summary>A file of the shared material; the test is skipped where there is none.</summary>
    public static string Shared(params string[] parts)
    {
        var folder = Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); folder is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ResearchHub.sln")))
            {
                folder = Path.Combine(at.Parent!.FullName, "shared");
            }
        }

        var path = Path.Combine([folder ?? "", .. parts]);
        if (!Path.Exists(path))
        {
            Assert.Skip($"needs {Path.Combine(parts)} of the shared material: set RESEARCHHUB_SHARED, or put the folder beside the repository as ../shared");
        }

        return path;
    }
}
