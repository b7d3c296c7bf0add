using System.Text.Json.Nodes;
using Silos.Ingestion;
using Silos.Ingestion.Catalogue;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class CatalogueTests
{
    private static readonly CatalogueFacts Facts = new(
        new Uri("https://hub.example/datasets/chronic-care"), "en", "Hospital Serra Verde", "data@hospital.example", new Uri("https://hub.example/queries"), "Ethics board of Minas Gerais",
        2137, 48_211, "Patients of Minas Gerais", [new Uri("http://hl7.org/fhir/sid/icd-10")], "BRL 450.00 a permit", "most of it is left");

    /// <summary>The committed table of mandatory properties.</summary>
    internal static IReadOnlyList<string> Mandatory { get; } =
        [.. File.ReadLines(Shared.Repository("Silos", "Ingestion", "Catalogue", "health-dcat-mandatory.csv")).Skip(1).Select(line => line.Split(',')[0])];

    /// <summary>Goal: code and table agree. Method: compare them.</summary>
    [Fact]
    public void The_committed_table_is_what_the_code_holds_every_entry_to() => Assert.Equal(Mandatory, HealthDcat.Mandatory);

    /// <summary>Goal: an entry has every mandatory property and no exact count (R1). Method: the committed table; the exact numbers are searched.</summary>
    [Fact]
    public void An_entry_has_every_mandatory_property_and_no_exact_count()
    {
        var entry = HealthDcat.Entry(SampleDefinitions.Read(SampleDefinitions.Minas), Facts);
        Assert.All(Mandatory, property => Assert.NotNull(entry[property]));
        Assert.DoesNotContain("2137", entry.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("48211", entry.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("2100", (string?)entry["healthdcatap:numberOfUniqueIndividuals"]!["@value"]);
        Assert.Contains("duo:0000042", entry.ToJsonString(), StringComparison.Ordinal);
        var vocabularies = entry["@context"]!.AsObject().Select(pair => pair.Key).ToHashSet();
        Assert.All(entry.Where(pair => pair.Key[0] != '@'), pair => Assert.Contains(pair.Key.Split(':')[0], vocabularies));
    }

    /// <summary>Goal: a small dataset's size is not said at all. Method: 99 and 100 patients.</summary>
    [Theory]
    [InlineData(99, null)]
    [InlineData(100, 100L)]
    [InlineData(1249, 1200L)]
    [InlineData(99_501, 100_000L)]
    public void Sizes_are_rounded(long exact, long? rounded) => Assert.Equal(rounded, HealthDcat.Rounded(exact));

    /// <summary>Goal: a trial has the dataset's schema and no record of it (R4). Method: 500 rows are within bounds and values, marked, and
    /// equal for equal seeds.</summary>
    [Fact]
    public void Trial_rows_fit_the_schema_and_are_marked()
    {
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var rows = TrialRows.Of(definition, 500, 3);
        Assert.All(rows, row => Assert.StartsWith(TrialRows.IdPrefix, row.Patient, StringComparison.Ordinal));
        Assert.Equal(500, PatientTable.Of(definition, rows).Count);
        foreach (var (attribute, i) in definition.Attributes.Select((attribute, i) => (attribute, i)))
        {
            var cells = rows.Select(row => row.Cells[i]).Where(cell => cell.Kind != CellKind.Null).ToList();
            Assert.InRange(cells.Count, 300, 500);
            Assert.All(cells, cell =>
            {
                Assert.True(cell.Kind != CellKind.Number || (cell.Ticks * attribute.Step >= attribute.Lower && cell.Ticks * attribute.Step <= attribute.Upper));
                Assert.True(attribute.Values is null || attribute.Values.Contains(cell.Text));
            });
        }

        Assert.Equal(rows.Select(row => Convert.ToHexString(row.CanonicalBytes(definition))), TrialRows.Of(definition, 500, 3).Select(row => Convert.ToHexString(row.CanonicalBytes(definition))));
    }

    /// <summary>Goal: none of the 18 HIPAA identifiers reaches a row (C6). Method: a patient that has them all, in their elements and in free
    /// text; the table's cells, the id that stays in the hospital apart, are searched for each.</summary>
    [Fact]
    public void No_HIPAA_identifier_reaches_a_row()
    {
        string[] identifiers =
        [
            "Quimera", "Alameda 77", "1931-04-19", "34912345678", "3433334444", "quimera@mail.example", "999-22-1962", "MRN70007", "PLAN-5511", "ACCT-8812", "CRM-90210", "HKX-4D21",
            "SN-PACEMAKER-3", "https://quimera.example", "203.0.113.77", "fingerprint-77", "photo-77.jpg", "UNIQ-42",
        ];
        var everything = string.Join(' ', identifiers);
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", new JsonObject
        {
            ["resourceType"] = "Patient", ["id"] = "local-1", ["gender"] = "female", ["birthDate"] = "1931-04-19", ["text"] = new JsonObject { ["div"] = everything },
            ["name"] = new JsonArray(new JsonObject { ["family"] = "Quimera", ["text"] = everything }),
            ["identifier"] = new JsonArray([.. identifiers.Select(text => (JsonNode)new JsonObject { ["value"] = text })]),
            ["telecom"] = new JsonArray([.. identifiers.Select(text => (JsonNode)new JsonObject { ["value"] = text })]),
            ["photo"] = new JsonArray(new JsonObject { ["url"] = "photo-77.jpg" }),
            ["address"] = new JsonArray(new JsonObject { ["text"] = everything, ["line"] = new JsonArray("Alameda 77"), ["city"] = everything }),
        }.ToJsonString());
        folder.Write("Condition.ndjson", new JsonObject
        {
            ["resourceType"] = "Condition", ["id"] = "c", ["subject"] = new JsonObject { ["reference"] = "Patient/local-1", ["display"] = everything },
            ["code"] = new JsonObject { ["text"] = everything, ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://hl7.org/fhir/sid/icd-10", ["code"] = "E11.9", ["display"] = everything }, new JsonObject { ["system"] = "http://hl7.org/fhir/sid/icd-10", ["code"] = everything }) },
            ["note"] = new JsonArray(new JsonObject { ["text"] = everything }),
        }.ToJsonString());
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var row = Assert.Single(LoadFolder.Run(folder.Path, definition, new LoadOptions(new DateOnly(2025, 12, 31))).Rows);
        var written = string.Join(' ', row.Cells.Select(cell => cell.Written(1)));
        Assert.Equal("94 female  E11.9   0 ", written);
        Assert.All(identifiers, identifier => Assert.DoesNotContain(identifier, written, StringComparison.Ordinal));
        Assert.Equal("90+", Silos.Ingestion.Hierarchies.HierarchyOf.Attribute(definition.Attributes[0], ["94"], ".").Hierarchy!.Generalize("94", 1));
        Assert.Equal(["03601", "000", "*"], Silos.Ingestion.Hierarchies.HierarchyOf.Zip("03601"));
        Assert.Equal(["02155", "021", "*"], Silos.Ingestion.Hierarchies.HierarchyOf.Zip("02155"));
    }

    /// <summary>Goal: the shipped schema and the reader agree. Method: every member that the reader takes is in the schema, and no other.</summary>
    [Fact]
    public void The_JSON_schema_names_the_members_that_the_reader_takes()
    {
        var schema = JsonNode.Parse(typeof(SampleDefinitions).Assembly.GetManifestResourceStream("Silos.Ingestion.Definitions.dataset.schema.json")!)!;
        var faults = Assert.IsType<Silos.Ingestion.Definitions.DefinitionOutcome.Refused>(Silos.Ingestion.Definitions.ReadDefinition.FromBytes(
            """{"?":1,"attributes":[{"?":1,"from":{"?":1}}],"policy":{"?":1},"tables":[{"?":1}],"events":[{"?":1}]}"""u8.ToArray())).Faults;
        foreach (var (path, node) in new[] { ("?", schema["properties"]!), ("attributes[0].?", schema["$defs"]!["attribute"]!["properties"]!), ("attributes[0].from.?", schema["$defs"]!["source"]!["properties"]!), ("policy.?", schema["$defs"]!["policy"]!["properties"]!), ("tables[0].?", schema["$defs"]!["table"]!["properties"]!), ("events[0].?", schema["$defs"]!["event"]!["properties"]!) })
        {
            var taken = faults.Single(fault => fault.Field == path).Message["unknown; allowed here: ".Length..].Split(", ");
            Assert.Equal(taken.Order(StringComparer.Ordinal), node.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        }
    }

    /// <summary>Goal: a code that a hospital's own hierarchy does not know never passes through. Method: a folder with a definition, its
    /// hierarchy and two values; and a faulty hierarchy, named with line, file, row and value.</summary>
    [Fact]
    public void A_hospitals_own_hierarchy_decides_what_is_mapped()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("d.dataset.json", """
            {"id":"d","title":"d","attributes":[
              {"name":"ward","role":"quasi-identifying","type":"category","hierarchy":"wards.csv","from":{"view":"t","column":"ward","take":"one"}}],
             "tables":[{"name":"t","file":"t.csv","patient":"person"}]}
            """);
        folder.Write("wards.csv", "north;inpatient;*\nsouth;inpatient;*\n");
        folder.Write("t.csv", "person,ward\np1,north\np2,cellar\n");
        var accepted = Assert.IsType<Silos.Ingestion.Definitions.DefinitionOutcome.Accepted>(Silos.Ingestion.Definitions.ReadDefinition.FromFile(path));
        var result = LoadFolder.Run(folder.Path, accepted.Definition, new LoadOptions(new DateOnly(2025, 12, 31)));
        Assert.Equal(["north", null], result.Rows.Select(row => row.Cells[0].Text));
        Assert.Equal(1, result.Report.Attributes[0].Unmapped);
        folder.Write("wards.csv", "north;inpatient;*\nnorth;outpatient;*\n");
        var refused = Assert.IsType<Silos.Ingestion.Definitions.DefinitionOutcome.Refused>(Silos.Ingestion.Definitions.ReadDefinition.FromFile(path));
        Assert.Equal("line 2: attributes[0].hierarchy: wards.csv: row 2, value 'north': occurs already in row 1", refused.Faults.Single().ToString());
    }
}
