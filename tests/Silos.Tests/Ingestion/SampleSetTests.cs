using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class SampleSetTests(ITestOutputHelper output)
{
    /// <summary>Goal: a newer bulk export with US Core loads. Method: 13 patients, read = loaded, the export's own log left out.</summary>
    [Fact]
    public void The_SMART_bulk_export_loads() =>
        Loads(Shared.Path("data", "smart-bulk"), SampleDefinitions.Read(SampleDefinitions.FhirExport), 13, 0);

    /// <summary>Goal: raw transaction Bundles load, their urn:uuid references resolved. Method: 8 patients, each with encounters.</summary>
    [Fact]
    public void Transaction_bundles_load()
    {
        var result = Loads(Shared.Path("data", "bundles"), SampleDefinitions.Read(SampleDefinitions.FhirExport), 8, 0);
        Assert.All(result.Rows, row => Assert.True(row.Cells[6].Ticks > 0));
    }

    /// <summary>Goal: OMOP CDM 5.4 loads from its zip. Method: 28 persons; a known person's age and latest HbA1c.</summary>
    [Fact]
    public void OMOP_loads_from_its_zip()
    {
        var result = Loads(Shared.Path("data", "omop"), Shared.Definition("omop"), 28, 0);
        var seven = result.Rows.Single(row => row.Patient == "7");
        Assert.Equal("5.8", seven.Cells[4].Written(0.1m));
        Assert.True(seven.Cells[7].Ticks <= seven.Cells[6].Ticks);
    }

    /// <summary>Goal: Synthea CSV loads. Method: 27 patients, the encounters add up to the file's lines.</summary>
    [Fact]
    public void Synthea_CSV_loads()
    {
        var folder = Shared.Path("data", "synthea-csv");
        var result = Loads(folder, Shared.Definition("synthea-csv"), 27, 0);
        Assert.Equal(File.ReadLines(Path.Combine(folder, "encounters.csv")).Count() - 1, result.Rows.Sum(row => row.Cells[7].Ticks));
        Assert.All(result.Rows, row => Assert.True(row.Cells[4].Kind == CellKind.Null || row.Cells[4].Ticks <= row.Cells[5].Ticks));
    }

    /// <summary>Goal: several encounters a patient become one row. Method: 101,766 lines, 71,518 patients, counts add up.</summary>
    [Fact]
    public void The_diabetes_set_is_counted_by_patient()
    {
        var result = Loads(Shared.Path("data", "diabetes-130"), Shared.Definition("diabetes"), 71518, 0);
        Assert.Equal(101766, result.Report.Loaded);
        Assert.Equal(101766, result.Rows.Sum(row => row.Cells[5].Ticks));
        Assert.Equal(10, result.Report.Attributes[0].Distinct);
    }

    /// <summary>Goal: HL7 v2 files load as one feed: a correction and a merge change what is loaded. Method: the project's own messages.</summary>
    [Fact]
    public void HL7_v2_messages_load()
    {
        var result = LoadFolder.Run(Shared.Path("data", "hl7v2"), SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(new DateOnly(2026, 1, 31)));
        var row = Assert.Single(result.Rows);
        Assert.Equal(["64", "male", "3170206", "E11.9|I25.9", "8.1", "152", "1", null], row.Cells.Select((cell, i) => cell.Written(i == 4 ? 0.1m : 1)));
        Assert.Equal("700007", row.Patient);
        Assert.Equal(0, result.Report.Rejected);
    }

    private LoadResult Loads(string folder, DatasetDefinition definition, int patients, int rejected)
    {
        var result = LoadFolder.Run(folder, definition, new LoadOptions(new DateOnly(2019, 1, 1)));
        output.WriteLine(string.Join('\n', result.Report.Lines()));
        output.WriteLine(string.Join('\n', result.Report.Attributes));
        Assert.Empty(result.Report.Faults);
        Assert.Equal((patients, (long)rejected), (result.Rows.Count, result.Report.Rejected));
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
        Answers(definition, result);
        Releases(definition, result);
        return result;
    }

    /// <summary>A query on what was loaded: a count by sex at ε = 1, each within 40 of the exact one (false alarm: below 1e-16).</summary>
    private static void Answers(DatasetDefinition definition, LoadResult result)
    {
        using var schemaJson = JsonDocument.Parse(definition.ToSchemaJson());
        using var queryJson = JsonDocument.Parse("""{"groupBy":["sex"],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""");
        var schema = Schema.Parse(schemaJson.RootElement);
        var answer = Answering.Run(Query.Parse(queryJson.RootElement, schema), schema, PatientTable.Of(definition, result.Rows), [], new PrfRandomSource(new byte[32])).ToJson();
        var sex = definition.Attributes.ToList().FindIndex(attribute => attribute.Name == "sex");
        Assert.Equal(definition.Attributes[sex].Values!.Count, answer["groups"]!.AsArray().Count);
        Assert.All(answer["groups"]!.AsArray(), group => Assert.InRange(
            (double)group!["count"]!["value"]! - result.Rows.Count(row => row.Cells[sex].Text == (string)group["key"]!["sex"]!), -40, 40));
    }

    /// <summary>An extract of what was loaded: every class that is released holds at least k patients.</summary>
    private static void Releases(DatasetDefinition definition, LoadResult result)
    {
        var table = PatientTable.Of(definition, result.Rows);
        var quasi = definition.Attributes.Where(attribute => attribute.Role == AttributeRole.QuasiIdentifying)
            .Select(attribute => new QuasiIdentifier(attribute.Name, HierarchyOf.Attribute(attribute, table.Find(attribute.Name)!.ToCategories().Values.ToList(), ".").Hierarchy!)).ToList();
        var k = Math.Min(11, Math.Max(2, result.Rows.Count / 4));
        var found = FullDomain.Search(new Anonymization(quasi, [new KAnonymity(k)], 0.5m, LossMetric.Loss), table, SearchLimits.None);
        var released = found.Release!.ClassOfRow.ToArray().Where(number => number != RecodedTable.Suppressed).GroupBy(number => number).ToList();
        Assert.NotEmpty(released);
        Assert.All(released, one => Assert.True(one.Count() >= k));
    }
}
