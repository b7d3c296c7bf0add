using System.IO.Compression;
using System.Text;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>Bad files beside good ones: each gives one clear message with its place, and what is good is loaded whole.</summary>
[Collection(Alone.Name)]
public sealed class BadInputTests
{
    private const string Good = """
        {"resourceType":"Patient","id":"a","gender":"female","birthDate":"1980-05-01"}
        {"resourceType":"Patient","id":"b","gender":"male","birthDate":"1950-01-31"}
        {"resourceType":"Patient","id":"c","gender":"other","birthDate":"2001-12-31"}

        """;

    private static readonly Dictionary<string, (string File, Func<byte[]> Bytes, string Place, string Reason)> Cases = new()
    {
        ["truncated gzip"] = ("Condition.ndjson.gz", () => Gzip(Conditions(200))[..^40], "Condition.ndjson.gz:", "end early or are damaged"),
        ["damaged gzip"] = ("Condition.ndjson.gz", () => Flipped(Gzip(Conditions(200)), 300), "Condition.ndjson.gz:", "end early or are damaged"),
        ["wrong checksum"] = ("Condition.ndjson.gz", () => Flipped(Gzip(Conditions(200)), -5), "Condition.ndjson.gz:", "end early or are damaged"),
        ["no gzip at all"] = ("Condition.ndjson.gz", () => Utf8("plain text\n"), "Condition.ndjson.gz:1", "end early or are damaged"),
        ["empty gzip file"] = ("Condition.ndjson.gz", () => [], "Condition.ndjson.gz:1", "end early or are damaged"),
        ["junk behind gzip"] = ("Condition.ndjson.gz", () => [.. Gzip(Conditions(20)), .. Utf8("more patients")], "Condition.ndjson.gz:", "end early or are damaged"),
        ["gzip bomb"] = ("Condition.ndjson.gz", () => Gzip(new byte[50_000_000]), "Condition.ndjson.gz:1", "line longer than"),
        ["bomb of short lines"] = ("Condition.ndjson.gz", () => Gzip(Lines('\n', 80_000_000)), "Condition.ndjson.gz:", "unpacks to more than"),
        ["invalid UTF-8"] = ("Condition.ndjson", () => [.. Utf8("""{"resourceType":"Condition","id":"1","note":" """), 0xC3, 0x28, .. Utf8("\"}\n")], "Condition.ndjson:1", "not valid UTF-8"),
        ["UTF-16"] = ("Condition.ndjson", () => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("""{"resourceType":"Condition","id":"1"}""")], "Condition.ndjson:1", "not valid UTF-8"),
        ["a line of 100 MB"] = ("Condition.ndjson", () => [.. Lines('x', 100_000_000), .. Utf8("\n")], "Condition.ndjson:1", "line longer than"),
        ["NUL bytes"] = ("Condition.ndjson", () => Utf8("\0\0\0{}\n"), "Condition.ndjson:1", "not JSON"),
        ["unbalanced braces"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1" """), "Condition.ndjson:1", "not JSON"),
        ["trailing comma"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1",}"""), "Condition.ndjson:1", "not JSON"),
        ["two objects on a line"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1"}{"a":1}"""), "Condition.ndjson:1", "not JSON"),
        ["a list for a resource"] = ("Condition.ndjson", () => Utf8("[1,2]"), "Condition.ndjson:1", "resourceType is missing"),
        ["a text for a resource"] = ("Condition.ndjson", () => Utf8("\"Condition\""), "Condition.ndjson:1", "resourceType is missing"),
        ["NaN"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1","x":NaN}"""), "Condition.ndjson:1", "not JSON"),
        ["a raw tab in a text"] = ("Condition.ndjson", () => Utf8("{\"resourceType\":\"Condition\",\"id\":\"1\",\"x\":\"a\tb\"}"), "Condition.ndjson:1", "not JSON"),
        ["nested 300 deep"] = ("Condition.ndjson", () => Utf8("{\"resourceType\":\"Condition\",\"x\":" + new string('[', 300) + new string(']', 300) + "}"), "Condition.ndjson:1", "not JSON"),
        ["an XML file"] = ("Condition.ndjson", () => Utf8("<Condition/>"), "Condition.ndjson:1", "not JSON"),
        ["no resourceType"] = ("Condition.ndjson", () => Utf8("""{"id":"1"}"""), "Condition.ndjson:1", "resourceType is missing"),
        ["resourceType a number"] = ("Condition.ndjson", () => Utf8("""{"resourceType":7,"id":"1"}"""), "Condition.ndjson:1", "resourceType is missing"),
        ["no id"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","subject":{"reference":"Patient/a"}}"""), "Condition.ndjson:1", "id is missing"),
        ["id a number"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":7,"subject":{"reference":"Patient/a"}}"""), "Condition.ndjson:1", "id is missing or no text"),
        ["an id that comes twice"] = ("Condition.ndjson", () => Utf8(Condition("1", "E11.9") + "\n" + Condition("1", "I10")), "Condition.ndjson:2", "the id was read before"),
        ["a patient that comes twice"] = ("Patient.2.ndjson", () => Utf8("""{"resourceType":"Patient","id":"a","gender":"male"}"""), "Patient.2.ndjson:1", "the id was read before"),
        ["no subject"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1"}"""), "Condition.ndjson:1", "refers to no patient"),
        ["subject a group"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1","subject":{"reference":"Group/a"}}"""), "Condition.ndjson:1", "refers to no patient"),
        ["subject a list"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1","subject":["Patient/a"]}"""), "Condition.ndjson:1", "refers to no patient"),
        ["an absent patient"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/zz"}}"""), "Condition.ndjson:1", "not in the export"),
        ["a urn outside a bundle"] = ("Condition.ndjson", () => Utf8("""{"resourceType":"Condition","id":"1","subject":{"reference":"urn:uuid:a"}}"""), "Condition.ndjson:1", "refers to no patient"),
        ["two genders"] = ("Patient.2.ndjson", () => Utf8("""{"resourceType":"Patient","id":"d","gender":["male","female"]}"""), "Patient.2.ndjson:1", "column 'gender' has 2 values"),
        ["a bundle cut short"] = ("bundle.json", () => Utf8("""{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"z"}}"""), "bundle.json:1", "not JSON"),
        ["a bundle's urn to nothing"] = ("bundle.json", () => Utf8("{\"resourceType\":\"Bundle\",\"entry\":[\n{\"resource\":{\"resourceType\":\"Condition\",\"id\":\"1\",\"subject\":{\"reference\":\"urn:uuid:9\"}}}]}"), "bundle.json:2", "refers to no patient"),
        ["HL7 without MSH"] = ("m.hl7", () => Utf8("PID|1||7^^^H^MR\r"), "m.hl7:1", "does not begin with MSH"),
        ["HL7 with a broken segment"] = ("m.hl7", () => Utf8("MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rpid 7\r"), "m.hl7:1", "line 2 begins no segment"),
        ["HL7 of an unknown type"] = ("m.hl7", () => Utf8("MSH|^~\\&|A|B|C|D|20260101||ADT^Z99|1|P|2.5\rPID|1||7^^^H^MR\r"), "m.hl7:1", "ADT^Z99 is not taken"),
        ["HL7 without a patient"] = ("m.hl7", () => Utf8("MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\rPID|1\rOBR|1\r"), "m.hl7:1", "PID-3 names no patient"),
        ["HL7 merging into itself"] = ("m.hl7", () => Utf8("MSH|^~\\&|A|B|C|D|20260101||ADT^A40|1|P|2.5\rPID|1||7^^^H^MR\rMRG|7^^^H^MR\r"), "m.hl7:1", "MRG-1 names the patient that PID-3 names"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    /// <summary>Goal: bad input is named with its place and harms nothing else. Method: one bad file beside three good patients; exactly one
    /// rejection or fault, memory under 200 MB above the start.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Bad_input_gives_one_clear_error(string name)
    {
        var (file, bytes, place, reason) = Cases[name];
        using var folder = new TemporaryFolder();
        folder.Write("Patient.1.ndjson", Good);
        folder.Write(file, bytes());
        GC.Collect();
        var before = GC.GetTotalAllocatedBytes(true);
        var report = LoadFolder.Run(folder.Path, SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(new DateOnly(2025, 12, 31))).Report;
        var said = report.Rejections.Select(r => $"{r.File}:{r.Line}: {r.Reason}").Concat(report.Faults.Select(f => $"{f.File}:{f.Line}: {f.Reason}")).ToList();
        Assert.Single(said);
        Assert.StartsWith(place, said[0], StringComparison.Ordinal);
        Assert.Contains(reason, said[0], StringComparison.Ordinal);
        Assert.Equal(3, report.Patients);
        Assert.Equal(report.Read, report.Loaded + report.Rejected);
        Assert.True(GC.GetTotalAllocatedBytes(true) - before < 400_000_000, "allocated more than 400 MB for a file that is refused");
    }

    private static readonly Dictionary<string, (string Patient, string Observation, string Attribute, string Reason)> Values = new()
    {
        ["born in the future"] = ("\"birthDate\":\"2090-01-01\"", "", "age", "outside"),
        ["born in 9999"] = ("\"birthDate\":\"9999-12-31\"", "", "age", "outside"),
        ["born 200 years ago"] = ("\"birthDate\":\"1820-01-01\"", "", "age", "outside"),
        ["born on 30 February"] = ("\"birthDate\":\"1980-02-30\"", "", "age", "not of the attribute's type"),
        ["born in words"] = ("\"birthDate\":\"long ago\"", "", "age", "not of the attribute's type"),
        ["birth date an object"] = ("\"birthDate\":{\"year\":1980}", "", "age", "not of the attribute's type"),
        ["a gender of its own"] = ("\"gender\":\"F\"", "", "sex", "outside"),
        ["a municipality in words"] = ("\"address\":[{\"city\":\"x\",\"_city\":{\"extension\":[{\"url\":\"http://example.org/fhir/StructureDefinition/ibge-municipality\",\"valueCode\":\"Betim\"}]}}]", "", "municipality", "does not know"),
        ["HbA1c of 400"] = ("", "\"value\":400", "hba1c", "outside"),
        ["HbA1c below zero"] = ("", "\"value\":-1", "hba1c", "outside"),
        ["HbA1c beyond all numbers"] = ("", "\"value\":1e999", "hba1c", "not of the attribute's type"),
        ["HbA1c a text"] = ("", "\"value\":\"8,1\"", "hba1c", "not of the attribute's type"),
    };

    public static TheoryData<string> ValueNames => [.. Values.Keys];

    /// <summary>Goal: a value that cannot be is left out and named, its record stays. Method: one bad value; the attribute's count and place.</summary>
    [Theory]
    [MemberData(nameof(ValueNames))]
    public void A_bad_value_is_left_out_and_named(string name)
    {
        var (patient, observation, attribute, reason) = Values[name];
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", Good + $$"""{"resourceType":"Patient","id":"d"{{(patient.Length > 0 ? "," + patient : "")}}}""");
        folder.Write("Observation.ndjson", observation.Length == 0 ? "" :
            $$$"""{"resourceType":"Observation","id":"1","status":"final","subject":{"reference":"Patient/d"},"code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueQuantity":{"code":"%",{{{observation}}}}}""");
        var result = LoadFolder.Run(folder.Path, SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(new DateOnly(2025, 12, 31)));
        var problem = Assert.Single(result.Report.Problems);
        Assert.Equal((attribute, observation.Length == 0 ? 4L : 1L), (problem.Attribute, problem.Line));
        Assert.Contains(reason, problem.Reason, StringComparison.Ordinal);
        Assert.Equal(4, result.Rows.Count);
        Assert.Equal(0, result.Report.Rejected);
        Assert.Equal(CellKind.Null, result.Rows[3].Cells.Zip(SampleDefinitions.Read(SampleDefinitions.Minas).Attributes).Single(pair => pair.Second.Name == attribute).First.Kind);
    }

    /// <summary>Goal: tables are read as strictly. Method: one fault a file, named with file and line.</summary>
    [Theory]
    [InlineData("person,sex\np1,F\np2\n", "t.csv:3: has 1 fields where the header has 2")]
    [InlineData("person,sex\np1,\"F\np2,M\n", "t.csv:2: a quote is never closed")]
    [InlineData("person,sex\n,F\np1,M\n", "t.csv:2: names no patient in 'person'")]
    [InlineData("person,sex\n?,F\np1,M\n", "t.csv:2: names no patient in 'person'")]
    [InlineData("who,sex\np1,F\n", "t.csv:1: has no column 'person'")]
    [InlineData("person,sex,sex\np1,F,F\n", "t.csv:1: has the column 'sex' twice")]
    [InlineData("", "t.csv:1: is empty")]
    [InlineData(null, "t.csv:1: is neither in the folder nor in a zip there")]
    [InlineData("person,sex\np1,F\np2,\uFFFD\n", "t.csv:3: not valid UTF-8")]
    public void A_bad_table_gives_one_clear_error(string? text, string expected)
    {
        using var folder = new TemporaryFolder();
        if (text is not null)
        {
            folder.Write("t.csv", text);
        }

        var report = LoadFolder.Run(folder.Path, Table(), new LoadOptions(new DateOnly(2025, 12, 31))).Report;
        var said = Assert.Single(report.Rejections.Select(r => $"{r.File}:{r.Line}: {r.Reason}").Concat(report.Faults.Select(f => $"{f.File}:{f.Line}: {f.Reason}")));
        Assert.StartsWith(expected, said, StringComparison.Ordinal);
    }

    /// <summary>Goal: quotes, doubled quotes and line ends inside quotes are read. Method: one file with all of them.</summary>
    [Fact]
    public void Quoted_fields_are_read()
    {
        using var folder = new TemporaryFolder();
        folder.Write("t.csv", "person,sex\r\n\"p,\"\"1\"\"\",\"M\"\r\np2,\"F\nF\"\r\n\r\np3,M");
        var result = LoadFolder.Run(folder.Path, Table(), new LoadOptions(new DateOnly(2025, 12, 31)));
        Assert.Equal(["p,\"1\"", "p2", "p3"], result.Rows.Select(row => row.Patient));
        Assert.Equal(["M", "F\nF", "M"], result.Rows.Select(row => row.Cells[0].Text));
    }

    /// <summary>Goal: a zip that lies or bursts is a fault. Method: an entry of 80 MB of zeros.</summary>
    [Fact]
    public void A_zip_bomb_is_a_fault()
    {
        using var folder = new TemporaryFolder();
        using (var zip = new ZipArchive(File.Create(Path.Combine(folder.Path, "a.zip")), ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("t.csv").Open();
            entry.Write("person,sex\n"u8);
            for (var i = 0; i < 80; i++)
            {
                entry.Write(Lines('\n', 1_000_000));
            }
        }

        Assert.Contains("unpacks to more than", Assert.Single(LoadFolder.Run(folder.Path, Table(), new LoadOptions(new DateOnly(2025, 12, 31))).Report.Faults).Reason, StringComparison.Ordinal);
    }

    /// <summary>Goal: a diagnosis that the code system does not know is left out, counted and named. Method: one such code among good ones.</summary>
    [Fact]
    public void A_code_that_its_system_does_not_know_is_left_out_and_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", Good);
        folder.Write("Condition.ndjson", $"{Condition("1", "E11.9")}\n{Condition("2", "ZZ9.9")}\n");
        var result = LoadFolder.Run(folder.Path, SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(new DateOnly(2025, 12, 31)));
        Assert.All(result.Report.Problems, problem => Assert.Equal(("Condition.ndjson", 2L), (problem.File, problem.Line)));
        Assert.Equal(1, result.Report.Attributes.Single(attribute => attribute.Name == "diagnoses").Unmapped);
        Assert.Equal(["E11.9"], result.Rows[0].Cells[3].Codes!);
    }

    /// <summary>Goal: a hierarchy in a file that goes round in a circle is refused before anything is loaded. Method: one such file beside a
    /// definition; line, file, row and value are named.</summary>
    [Fact]
    public void A_cyclic_hierarchy_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("wards.csv", "north;inpatient;*\nsouth;inpatient;south;*\n");
        var path = folder.Write("d.dataset.json", """
            {"id":"d","title":"d","attributes":[
              {"name":"ward","role":"quasi-identifying","type":"category","hierarchy":"wards.csv","from":{"view":"t","column":"ward","take":"one"}}],
             "tables":[{"name":"t","file":"t.csv","patient":"person"}]}
            """);
        var faults = Assert.IsType<DefinitionOutcome.Refused>(ReadDefinition.FromFile(path)).Faults;
        Assert.Contains(faults, fault => fault.ToString().StartsWith("line 2: attributes[0].hierarchy: wards.csv: row 2, value 'south':", StringComparison.Ordinal));
    }

    private static DatasetDefinition Table() => SampleDefinitions.Read(Utf8("""
        {"id":"t","title":"t","attributes":[{"name":"sex","role":"quasi-identifying","type":"category","from":{"view":"t","column":"sex","take":"one"}}],
         "tables":[{"name":"t","file":"t.csv","patient":"person","missing":["?"]}]}
        """));

    private static string Condition(string id, string code) =>
        $$$"""{"resourceType":"Condition","id":"{{{id}}}","subject":{"reference":"Patient/a"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"{{{code}}}"}]}}""";

    private static byte[] Conditions(int count) => Utf8(string.Concat(Enumerable.Range(0, count).Select(i => Condition($"{i * 7919 % 100003}", $"E{i % 90:D2}.{i % 10}") + "\n")));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(byte[] bytes) => LoadFolderTests.Gzip(bytes);

    private static byte[] Lines(char c, int count)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill((byte)c);
        return bytes;
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x55;
        return bytes;
    }
}
