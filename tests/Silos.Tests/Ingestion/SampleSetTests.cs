using Silos.Ingestion;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class SampleSetTests(ITestOutputHelper output)
{
    /// <summary>Goal: a newer bulk export with US Core loads. Method: 13 patients, read = loaded, the export's own log left out.</summary>
    [Fact]
    public Task The_SMART_bulk_export_loads() =>
        LoadsAsync(Shared.Path("data", "smart-bulk"), SampleDefinitions.FhirExport, 13, 0);

    /// <summary>Goal: raw transaction Bundles load, their urn:uuid references resolved. Method: 8 patients, each with encounters.</summary>
    [Fact]
    public async Task Transaction_bundles_load()
    {
        var result = await LoadsAsync(Shared.Path("data", "bundles"), SampleDefinitions.FhirExport, 8, 0);
        Assert.All(result.Rows, row => Assert.True(row.Cells[6].Ticks > 0));
    }

    /// <summary>Goal: OMOP CDM 5.4 loads from its zip. Method: 28 persons; a known person's age and latest HbA1c.</summary>
    [Fact]
    public async Task OMOP_loads_from_its_zip()
    {
        var result = await LoadsAsync(Shared.Path("data", "omop"), Shared.DefinitionText("omop"), 28, 0);
        var seven = result.Rows.Single(row => row.Patient == "7");
        Assert.Equal("5.8", seven.Cells[4].Written(0.1m));
        Assert.True(seven.Cells[7].Ticks <= seven.Cells[6].Ticks);
    }

    /// <summary>Goal: Synthea CSV loads. Method: 27 patients, the encounters add up to the file's lines.</summary>
    [Fact]
    public async Task Synthea_CSV_loads()
    {
        var folder = Shared.Path("data", "synthea-csv");
        var result = await LoadsAsync(folder, Shared.DefinitionText("synthea-csv"), 27, 0);
        Assert.Equal(File.ReadLines(Path.Combine(folder, "encounters.csv")).Count() - 1, result.Rows.Sum(row => row.Cells[7].Ticks));
        Assert.All(result.Rows, row => Assert.True(row.Cells[4].Kind == CellKind.Null || row.Cells[4].Ticks <= row.Cells[5].Ticks));
    }

    /// <summary>Goal: several encounters a patient become one row. Method: 101,766 lines, 71,518 patients, counts add up.</summary>
    [Fact]
    public async Task The_diabetes_set_is_counted_by_patient()
    {
        var result = await LoadsAsync(Shared.Path("data", "diabetes-130"), Shared.DefinitionText("diabetes"), 71518, 0);
        Assert.Equal(101766, result.Report.Loaded);
        Assert.Equal(101766, result.Rows.Sum(row => row.Cells[5].Ticks));
        Assert.Equal(10, result.Report.Attributes[0].Distinct);
    }

    /// <summary>Goal: HL7 v2 files load as one feed: a correction and a merge change what is loaded. Method: the project's own messages, and three <c>.txt</c> ones that cannot be taken, each with its reason.</summary>
    [Fact]
    public void HL7_v2_messages_load()
    {
        var result = LoadFolder.Run(Shared.Path("data", "hl7v2"), SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(new DateOnly(2026, 1, 31)));
        var row = Assert.Single(result.Rows);
        Assert.Equal(["64", "male", "3170206", "E11.9|I25.9", "8.1", "152", "1", null], row.Cells.Select((cell, i) => cell.Written(i == 4 ? 0.1m : 1)));
        Assert.Equal("700007", row.Patient);
        Assert.Equal(
            ["efferent-ORU-multi.txt: PID-3 names no patient", "efferent-Sample-ADT.txt: ADT^O01 is not taken", "efferent-Sample-ORM.txt: messages of type ORM^O01 are not taken"],
            result.Report.Rejections.OrderBy(one => one.File, StringComparer.Ordinal).Select(one => $"{one.File}: {one.Reason.Split(';')[0]}"));
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
    }

    private async Task<LoadResult> LoadsAsync(string folder, byte[] text, int patients, int rejected)
    {
        var definition = SampleDefinitions.Read(text);
        var result = LoadFolder.Run(folder, definition, new LoadOptions(new DateOnly(2019, 1, 1)));
        output.WriteLine(string.Join('\n', result.Report.Lines()));
        output.WriteLine(string.Join('\n', result.Report.Attributes));
        Assert.Empty(result.Report.Faults);
        Assert.Equal((patients, (long)rejected), (result.Rows.Count, result.Report.Rejected));
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
        await InUse.CheckAsync(definition, text, result);
        return result;
    }
}
