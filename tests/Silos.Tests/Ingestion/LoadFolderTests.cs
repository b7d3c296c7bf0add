using System.IO.Compression;
using System.Text;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class LoadFolderTests(ITestOutputHelper output)
{
    private static readonly DatasetDefinition Minas = SampleDefinitions.Read(SampleDefinitions.Minas);
    private static readonly LoadOptions Options = new(new DateOnly(2025, 12, 31));

    /// <summary>Goal: a real export loads whole. Method: Synthea's 615 patients; every type's lines are read and loaded, none rejected.</summary>
    [Fact]
    public async Task Synthea_loads_all_615_patients()
    {
        var folder = Shared.Path("data", "synthea-r4-615");
        var result = LoadFolder.Run(folder, SampleDefinitions.Read(SampleDefinitions.FhirExport), new LoadOptions(new DateOnly(2019, 6, 1)));
        output.WriteLine(string.Join('\n', result.Report.Lines()));
        output.WriteLine(string.Join('\n', result.Report.Attributes));
        output.WriteLine(Encoding.UTF8.GetString(result.Rows[0].CanonicalBytes(SampleDefinitions.Read(SampleDefinitions.FhirExport))));
        Assert.Equal(615, result.Rows.Count);
        Assert.Equal([4546L, 18098L, 88674L, 615L], new[] { "Condition", "Encounter", "Observation", "Patient" }.Select(type => result.Report.Types.Single(t => t.Type == type).Loaded));
        Assert.Equal(0, result.Report.Rejected);
        Assert.Equal(18098, result.Rows.Sum(row => row.Cells[6].Ticks));
        await InUse.CheckAsync(SampleDefinitions.Read(SampleDefinitions.FhirExport), SampleDefinitions.FhirExport, result);
    }

    /// <summary>Goal: a malformed line is named, kept aside and stops nothing. Method: one line of each kind among good ones.</summary>
    [Fact]
    public void A_malformed_line_is_rejected_with_file_line_and_reason()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", """
            {"resourceType":"Patient","id":"a","gender":"female","birthDate":"1980-05-01"}
            {"resourceType":"Patient","id":"b","gender":"male"

            {"resourceType":"Patient","gender":"male"}
            {"resourceType":"Patient","id":"a","gender":"male"}
            {"id":"c"}
            {"resourceType":"Patient","id":"d","gender":"male","birthDate":"2090-01-01"}
            """);
        folder.Write("Condition.ndjson", """
            {"resourceType":"Condition","id":"1","subject":{"reference":"Patient/a"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E119"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"diabetes"}]}}
            {"resourceType":"Condition","id":"2","subject":{"reference":"Patient/nobody"}}
            {"resourceType":"Condition","id":"3"}
            """);
        using var aside = new MemoryStream();
        var result = LoadFolder.Run(folder.Path, Minas, Options with { Aside = aside });
        Assert.Equal(
            ["Condition.ndjson:2", "Condition.ndjson:3", "Patient.ndjson:2", "Patient.ndjson:4", "Patient.ndjson:5", "Patient.ndjson:6"],
            result.Report.Rejections.Select(r => $"{r.File}:{r.Line}"));
        Assert.Equal(["a", "d"], result.Rows.Select(row => row.Patient));
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
        Assert.Equal(6, Encoding.UTF8.GetString(aside.ToArray()).Count(c => c == '\n'));
        Assert.Equal("E11.9", result.Rows[0].Cells[3].Written(1));
        Assert.Equal("female", result.Rows[0].Cells[1].Text);
        Assert.Equal(CellKind.Null, result.Rows[1].Cells[0].Kind);
        Assert.Equal(1, result.Report.Attributes[0].OutOfBounds);
        Assert.Equal(1, result.Report.Attributes[3].Unmapped);
        Assert.Equal("""{"age":45,"diagnoses":["E11.9"],"encounters":0,"patient_id":"a","sex":"female"}""", Encoding.UTF8.GetString(result.Rows[0].CanonicalBytes(Minas)));
    }

    /// <summary>Goal: a file that ends early never passes for a whole one, and no byte is invented. Method: cut a gzip file at every
    /// length; each cut is a fault, and every line given out is a line of the original.</summary>
    [Fact]
    public void A_gzip_file_cut_anywhere_is_a_fault()
    {
        var lines = Enumerable.Range(0, 60).Select(i => $$"""{"resourceType":"Patient","id":"p{{i * 7919 % 1009}}","gender":"female"}""").ToList();
        var packed = Gzip(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        using var folder = new TemporaryFolder();
        var path = folder.Write("Patient.ndjson.gz", packed);
        Assert.True(LoadFolder.Run(folder.Path, Minas, Options).Report.Complete);
        for (var cut = 0; cut < packed.Length; cut++)
        {
            File.WriteAllBytes(path, packed[..cut]);
            var report = LoadFolder.Run(folder.Path, Minas, Options).Report;
            Assert.True(report.Faults.Count == 1 && report.Rejected == 0 && report.Loaded <= 60, $"cut at {cut}: {report.Faults.Count} faults, {report.Loaded} loaded, {report.Rejected} rejected");
        }

        File.WriteAllBytes(path, [.. packed, .. packed]);
        Assert.Equal(60, LoadFolder.Run(folder.Path, Minas, Options).Report.Rejected);
        File.WriteAllBytes(path, [.. packed, 1, 2, 3]);
        Assert.False(LoadFolder.Run(folder.Path, Minas, Options).Report.Complete);
    }

    /// <summary>Goal: a file that cannot be opened is a fault, and the others load. Method: links to nothing, one of each kind.</summary>
    [Theory]
    [InlineData("Condition.ndjson")]
    [InlineData("Condition.ndjson.gz")]
    [InlineData("bundle.json")]
    [InlineData("messages.hl7")]
    public void A_file_that_cannot_be_opened_is_a_fault(string name)
    {
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", """{"resourceType":"Patient","id":"a"}""");
        File.CreateSymbolicLink(Path.Combine(folder.Path, name), Path.Combine(folder.Path, "nothing"));
        var report = LoadFolder.Run(folder.Path, Minas, Options).Report;
        Assert.Equal(new FileFault(name, 1, "cannot be opened"), Assert.Single(report.Faults));
        Assert.Equal(1, report.Patients);
    }

    /// <summary>Goal: the same files give the same rows and report on any number of workers. Method: one, two and seven workers on a sample
    /// with an id that comes twice, compared by canonical bytes and places.</summary>
    [Fact]
    public void The_number_of_workers_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        SampleGenerator.Write(new SampleOptions(3000, 5, Options.ReferenceDate), folder.Path);
        var path = Path.Combine(folder.Path, "Condition.000.ndjson");
        File.AppendAllText(path, File.ReadLines(path).First().Replace("E78.5", "Z99.9", StringComparison.Ordinal) + "\n{broken\n");
        var (one, two, seven) = (Load(1), Load(2), Load(7));
        Assert.Equal(one, two);
        Assert.Equal(one, seven);
        Assert.Contains("Condition.000.ndjson", one, StringComparison.Ordinal);

        string Load(int workers)
        {
            var result = LoadFolder.Run(folder.Path, Minas, Options with { Workers = workers });
            return string.Join('\n', result.Rows.Select(row => Encoding.UTF8.GetString(row.CanonicalBytes(Minas))).Concat(result.Report.Rejections.Select(r => r.ToString())).Concat(result.Report.Types.Select(t => t.ToString())));
        }
    }

    internal static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }
}
