using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;
using Silos.Extracts;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Tests.Log;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>Uses what was loaded as a silo does: registered and committed, opened from the store with every record checked, then asked a
/// question and for a file, by the silo's own engines.</summary>
internal static class InUse
{
    /// <param name="text">The definition as it was written.</param>
    public static async Task CheckAsync(DatasetDefinition definition, byte[] text, LoadResult result)
    {
        await using var silo = await LoadingSilo.StartAsync();
        await silo.Load.AsNewVersionAsync(definition, System.Text.Encoding.UTF8.GetString(text), new DateOnly(2025, 12, 31), result, RunningLog.Patience);
        Assert.True(await silo.Shelf.CheckAsync(definition.Id, RunningLog.Patience));
        var dataset = silo.Shelf.Find(definition.Id, out _)!;
        Assert.Equal(result.Rows.Select(row => row.Patient).Order(StringComparer.Ordinal), dataset.Patients.Order(StringComparer.Ordinal));
        Answers(dataset, result);
        Releases(dataset);
    }

    /// <summary>A count by sex at ε = 1: each shown one within 40 of the exact one (false alarm: below 1e-16), none shown under the floor.</summary>
    private static void Answers(Datasets.OpenedDataset dataset, LoadResult result)
    {
        using var json = JsonDocument.Parse("""{"groupBy":["sex"],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""");
        var query = Query.Parse(json.RootElement, dataset.Schema);
        var groups = Answering.Run(query, dataset.Schema, dataset.Table, [], new PrfRandomSource(new byte[32]), dataset.Definition.Policy.Cell).ToJson()["groups"]!.AsArray();
        var sex = dataset.Definition.Attributes.ToList().FindIndex(attribute => attribute.Name == "sex");
        Assert.NotEmpty(groups);
        foreach (var group in groups)
        {
            var exact = result.Rows.Count(row => row.Cells[sex].Text == (string)group!["key"]!["sex"]!);
            var shown = group!["count"]?["value"]?.GetValue<double>();
            Assert.True(shown is null ? exact < dataset.Definition.Policy.Cell + 40 : shown >= dataset.Definition.Policy.Cell && Math.Abs(shown.Value - exact) <= 40, group.ToJsonString());
        }
    }

    /// <summary>A file by the silo's recoding, with the policy's k or, of few patients, a quarter of them: each class in the file's text holds
    /// at least k rows. Of fewer patients than k there is none.</summary>
    private static void Releases(Datasets.OpenedDataset dataset)
    {
        var k = Math.Min(dataset.Definition.Policy.K, Math.Max(2, dataset.Patients.Count / 4));
        var asked = dataset with { Definition = dataset.Definition with { Policy = dataset.Definition.Policy with { K = k, L = 1, SuppressionLimit = 0.5m } } };
        var (cohort, patients) = RecodeCohort.Select(asked, [.. Enumerable.Repeat(true, dataset.Patients.Count)]);
        var quasi = asked.Definition.Attributes.Where(attribute => attribute.Role == AttributeRole.QuasiIdentifying).Select(attribute => attribute.Name).Order(StringComparer.Ordinal).ToList();
        var levels = RecodeCohort.FindLevels(asked, cohort);
        var file = levels is null ? null : RecodeCohort.Produce(asked.Definition, cohort, patients, levels, new ExtractRequest(quasi), []);
        if (dataset.Patients.Count < k)
        {
            Assert.Null(file);
            return;
        }

        Assert.NotNull(file);
        var rows = System.Text.Encoding.UTF8.GetString(file.Csv).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        Assert.Equal(file.Report.Rows, rows.Count);
        Assert.All(rows.GroupBy(row => row), one => Assert.True(one.Count() >= k, $"{one.Key}: {one.Count()} of {k}"));
    }
}
