using Silos.Ingestion;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class SampleSetTests(ITestOutputHelper output)
{
    /// <summary>Goal: a newer bulk export with US Core loads. Method: 13 patients, the export's own log left out; race and sex at birth come from its extensions.</summary>
    [Fact]
    public async Task The_SMART_bulk_export_loads()
    {
        var result = await LoadsAsync(Shared.Path("data", "smart-bulk"), "smart-bulk", 13);
        Assert.All(result.Rows, row => Assert.NotNull(row.Cells[2].Text));
        Assert.All(result.Rows, row => Assert.NotNull(row.Cells[1].Text));
    }

    /// <summary>Goal: raw transaction Bundles load, their urn:uuid references resolved. Method: 8 patients, each with encounters.</summary>
    [Fact]
    public async Task Transaction_bundles_load()
    {
        var result = await LoadsAsync(Shared.Path("data", "bundles"), "bundles", 8);
        Assert.All(result.Rows, row => Assert.True(row.Cells[4].Ticks > 0));
    }

    /// <summary>Goal: OMOP CDM 5.4 loads from its zip. Method: 28 persons; a known person's age and latest HbA1c.</summary>
    [Fact]
    public async Task OMOP_loads_from_its_zip()
    {
        var result = await LoadsAsync(Shared.Path("data", "omop"), "omop", 28);
        var seven = result.Rows.Single(row => row.Patient == "7");
        Assert.Equal("5.8", seven.Cells[4].Written(0.1m));
        Assert.True(seven.Cells[7].Ticks <= seven.Cells[6].Ticks);
    }

    /// <summary>Goal: Synthea CSV loads. Method: 27 patients, the encounters add up to the file's lines.</summary>
    [Fact]
    public async Task Synthea_CSV_loads()
    {
        var folder = Shared.Path("data", "synthea-csv");
        var result = await LoadsAsync(folder, "synthea-csv", 27);
        Assert.Equal(File.ReadLines(Path.Combine(folder, "encounters.csv")).Count() - 1, result.Rows.Sum(row => row.Cells[7].Ticks));
        Assert.All(result.Rows, row => Assert.True(row.Cells[4].Kind == CellKind.Null || row.Cells[4].Ticks <= row.Cells[5].Ticks));
    }

    /// <summary>Goal: several encounters a patient become one row. Method: 101,766 lines, 71,518 patients, counts add up.</summary>
    [Fact]
    public async Task The_diabetes_set_is_counted_by_patient()
    {
        var result = await LoadsAsync(Shared.Path("data", "diabetes-130"), "diabetes", 71518);
        Assert.Equal(101766, result.Report.Loaded);
        Assert.Equal(101766, result.Rows.Sum(row => row.Cells[5].Ticks));
        Assert.Equal(10, result.Report.Attributes[0].Distinct);
    }

    /// <summary>Goal: HL7 v2 files load as one feed: a correction and a merge change what is loaded. Method: the project's own messages, and three <c>.txt</c> ones that cannot be taken, each with its reason.</summary>
    [Fact]
    public async Task HL7_v2_messages_load()
    {
        var result = await LoadsAsync(Shared.Path("data", "hl7v2"), "hl7v2", 1, 3, new DateOnly(2026, 1, 31));
        var row = Assert.Single(result.Rows);
        Assert.Equal(["64", "male", "E11.9|I25.9", "8.1"], row.Cells.Select((cell, i) => cell.Written(i == 3 ? 0.1m : 1)));
        Assert.Equal("700007", row.Patient);
        Assert.Equal(
            ["efferent-ORU-multi.txt: PID-3 names no patient", "efferent-Sample-ADT.txt: ADT^O01 is not taken", "efferent-Sample-ORM.txt: messages of type ORM^O01 are not taken"],
            result.Report.Rejections.OrderBy(one => one.File, StringComparer.Ordinal).Select(one => $"{one.File}: {one.Reason.Split(';')[0]}"));
    }

    /// <summary>Goal: a set of many people loads, and gives answers and a file. Method: 30,162 adults; the file has no patient ids, so each line is given one.</summary>
    [Fact]
    public async Task The_adult_set_loads()
    {
        var lines = File.ReadLines(Shared.Path("data", "adult", "adult.csv"));
        using var folder = new TemporaryFolder();
        folder.Write("adult.csv", string.Join('\n', lines.Select((line, number) => number == 0 ? $"id;{line}" : $"{number};{line}")));
        var result = await LoadsAsync(folder.Path, "adult", 30162);
        Assert.Equal(["39", "male", "White", "<=50K"], result.Rows.Single(row => row.Patient == "1").Cells.Select(cell => cell.Written(1)));
    }

    /// <summary>Goal: a bulk export of many patients loads by a hospital's own views. Method: Synthea's 615; the dead and the procedures add up to what the files hold.</summary>
    [Fact]
    public async Task The_Synthea_bulk_export_loads()
    {
        var result = await LoadsAsync(Shared.Path("data", "synthea-r4-615"), "synthea-r4-615", 615);
        Assert.Equal(124, result.Rows.Sum(row => row.Cells[3].Ticks));
        Assert.Equal(result.Report.Types.Single(type => type.Type == "Procedure").Loaded, result.Rows.Sum(row => row.Cells[6].Ticks));
    }

    /// <param name="name">Of the definition, among these tests' own.</param>
    private async Task<LoadResult> LoadsAsync(string folder, string name, int patients, int rejected = 0, DateOnly? day = null)
    {
        var text = Shared.DefinitionText(name);
        var definition = SampleDefinitions.Read(text);
        var result = LoadFolder.Run(folder, definition, new LoadOptions(day ?? new DateOnly(2019, 6, 1)));
        output.WriteLine(string.Join('\n', result.Report.Lines()));
        output.WriteLine(string.Join('\n', result.Report.Attributes));
        Assert.Empty(result.Report.Faults);
        Assert.Equal((patients, (long)rejected), (result.Rows.Count, result.Report.Rejected));
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
        await InUse.CheckAsync(definition, text, result);
        return result;
    }
}
