using System.Text.Json.Nodes;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>Rules of the SQL-on-FHIR v2 and FHIRPath specifications, each on resources of our own, beside the published cases.</summary>
public sealed class SqlOnFhirRulesTests
{
    private const string Tree = """
        {"resourceType":"QuestionnaireResponse","id":"t","item":[
          {"linkId":"1","item":[{"linkId":"1.1"},{"linkId":"1.2","answer":[{"item":[{"linkId":"1.2.1"}]}]}]},
          {"linkId":"2"}]}
        """;

    private const string Patient = """
        {"resourceType":"Patient","id":"p1","active":true,
         "name":[{"family":"A","given":["x","y"]},{"family":"B"}],
         "telecom":[{"system":"phone","value":"1"},{"system":"email","value":"e"}],
         "contact":[{"telecom":[{"system":"phone","value":"2"}]}],
         "link":[{"other":{"reference":"Patient/p1"}},{"other":{"reference":"Patient/p2/_history/4"}},{"other":{"reference":"#c"}},
                 {"other":{"identifier":{"value":"9"}}},{"other":{"reference":"RelatedPerson/r1"}}]}
        """;

    /// <summary>Goal: a constant of each primitive type equals the element of that type and comes out as written. Method: one view a type.</summary>
    [Theory]
    [InlineData("Base64Binary", "\"aGVsbG8=\"")]
    [InlineData("Boolean", "true")]
    [InlineData("Canonical", "\"http://a.example|1\"")]
    [InlineData("Code", "\"a\"")]
    [InlineData("Date", "\"2020-01-02\"")]
    [InlineData("DateTime", "\"2020-01-02T03:04:05Z\"")]
    [InlineData("Decimal", "1.20")]
    [InlineData("Id", "\"x\"")]
    [InlineData("Instant", "\"2020-01-02T03:04:05.000Z\"")]
    [InlineData("Integer", "4")]
    [InlineData("Integer64", "\"9007199254740993\"")]
    [InlineData("Markdown", "\"*m*\"")]
    [InlineData("Oid", "\"urn:oid:1.2\"")]
    [InlineData("String", "\"s\"")]
    [InlineData("PositiveInt", "1")]
    [InlineData("Time", "\"12:34:00\"")]
    [InlineData("UnsignedInt", "0")]
    [InlineData("Uri", "\"u:x\"")]
    [InlineData("Url", "\"http://x.example\"")]
    [InlineData("Uuid", "\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\"")]
    public void A_constant_of_each_type_equals_its_element(string type, string value)
    {
        var constant = JsonNode.Parse($$"""[{"name":"c","value{{type}}":{{value}}}]""")!;
        var resource = $$"""{"resourceType":"Observation","id":"o","value{{type}}":{{value}}}""";
        var name = char.ToLowerInvariant(type[0]) + type[1..];
        Assert.Equal("true", Cell("value = %c", resource, constant));
        Assert.Equal("true", Cell($"value.ofType({name}) = %c", resource, constant));
        Assert.Equal("false", Cell($"(value = %c).not()", resource, constant));
        Assert.Equal(value.Trim('"').TrimEnd('0'), Cell("%c", resource, constant).Trim('"').TrimEnd('0'));
    }

    /// <summary>Goal: moments compare as far as both are written, and no further. Method: one comparison a rule.</summary>
    [Theory]
    [InlineData("Time", "12:34", "value = @T12:34:10", "null")]
    [InlineData("Time", "12:34", "value < @T12:34:10", "null")]
    [InlineData("Time", "12:33", "value < @T12:34:10", "true")]
    [InlineData("Time", "12:34:10", "value = @T12:34:10.0", "true")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value < @2020-01-02", "null")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value < @2020-01-03", "true")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value = @2020-01-02T10:00:00.000+00:00", "true")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value = @2020-01-02T12:00:00+02:00", "true")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value = @2020-01-02T12:00+02:00", "null")]
    [InlineData("DateTime", "2020-01-02T10:00:00Z", "value > @2020-01-02T09", "true")]
    [InlineData("Date", "2020-01", "value >= @2020-01-01", "null")]
    [InlineData("Date", "2020-01", "value >= @2019", "true")]
    [InlineData("Date", "2020", "value < component.value", "null")]
    [InlineData("Date", "2020", "(value < component.value).not()", "null")]
    [InlineData("Date", "2020", "value.lowBoundary() = @2020.lowBoundary()", "true")]
    [InlineData("Date", "2020", "@2020-02.highBoundary()", "\"2020-02-29\"")]
    public void A_moment_compares_as_far_as_it_is_written(string type, string value, string path, string expected) =>
        Assert.Equal(expected, Cell(path, $$"""{"resourceType":"Observation","value{{type}}":"{{value}}"}"""));

    /// <summary>Goal: a boundary follows the written digits and the element's type. Method: low and high of each kind.</summary>
    [Theory]
    [InlineData("\"valueDecimal\":1.0", "0.95", "1.05")]
    [InlineData("\"valueDecimal\":1", "0.5", "1.5")]
    [InlineData("\"valueDecimal\":-1.50", "-1.505", "-1.495")]
    [InlineData("\"valueInteger\":5", "4.5", "5.5")]
    [InlineData("\"valueDate\":\"1970\"", "\"1970-01-01\"", "\"1970-12-31\"")]
    [InlineData("\"valueDate\":\"2012-02\"", "\"2012-02-01\"", "\"2012-02-29\"")]
    [InlineData("\"valueDate\":\"2012-02-03\"", "\"2012-02-03\"", "\"2012-02-03\"")]
    [InlineData("\"valueDateTime\":\"2010\"", "\"2010-01-01T00:00:00.000+14:00\"", "\"2010-12-31T23:59:59.999-12:00\"")]
    [InlineData("\"valueDateTime\":\"2010-10-10\"", "\"2010-10-10T00:00:00.000+14:00\"", "\"2010-10-10T23:59:59.999-12:00\"")]
    [InlineData("\"valueDateTime\":\"2010-10-10T10:00-05:00\"", "\"2010-10-10T10:00:00.000-05:00\"", "\"2010-10-10T10:00:59.999-05:00\"")]
    [InlineData("\"valueDateTime\":\"2010-10-10T10:00:07Z\"", "\"2010-10-10T10:00:07.000Z\"", "\"2010-10-10T10:00:07.999Z\"")]
    [InlineData("\"valueTime\":\"12:34\"", "\"12:34:00.000\"", "\"12:34:59.999\"")]
    [InlineData("\"valueTime\":\"12:34:56\"", "\"12:34:56.000\"", "\"12:34:56.999\"")]
    [InlineData("\"valueString\":\"abc\"", "null", "null")]
    [InlineData("\"status\":\"final\"", "null", "null")]
    public void A_boundary_follows_what_was_written(string value, string low, string high)
    {
        var resource = $$"""{"resourceType":"Observation",{{value}}}""";
        Assert.Equal(low, Cell("value.lowBoundary()", resource).Replace("\\u002B", "+", StringComparison.Ordinal));
        Assert.Equal(high, Cell("value.highBoundary()", resource));
    }

    /// <summary>Goal: selects, iterations and unions multiply rows as the specification says. Method: rows as text, in order.</summary>
    [Theory]
    [InlineData("""[{"forEach":"name","column":[{"name":"i","path":"%rowIndex"}],"select":[{"column":[{"name":"j","path":"%rowIndex"}]},{"forEachOrNull":"given","column":[{"name":"k","path":"%rowIndex"},{"name":"g","path":"$this"}]}]}]""",
        "0,0,0,x|0,0,1,y|1,1,0,")]
    [InlineData("""[{"forEach":"name","column":[{"name":"f","path":"family"}],"select":[{"forEach":"given","column":[{"name":"g","path":"$this"}]}]}]""", "A,x|A,y")]
    [InlineData("""[{"column":[{"name":"id","path":"id"}],"unionAll":[{"forEach":"telecom","column":[{"name":"v","path":"value"}]},{"forEach":"contact.telecom","column":[{"name":"v","path":"value"}]}]}]""", "p1,1|p1,e|p1,2")]
    [InlineData("""[{"unionAll":[{"column":[{"name":"v","path":"id"}]},{"unionAll":[{"column":[{"name":"v","path":"id"}]},{"forEach":"photo","column":[{"name":"v","path":"url"}]}]}]}]""", "p1|p1")]
    [InlineData("""[{"forEachOrNull":"photo","unionAll":[{"column":[{"name":"v","path":"url"},{"name":"i","path":"%rowIndex"}]},{"forEach":"x","column":[{"name":"v","path":"url"},{"name":"i","path":"%rowIndex"}]}]}]""", ",0")]
    [InlineData("""[{"forEach":"name","column":[{"name":"f","path":"family"}]},{"forEach":"telecom.where(system = 'phone')","column":[{"name":"v","path":"value"}]}]""", "A,1|B,1")]
    [InlineData("""[{"forEach":"name.first()","column":[{"name":"g","path":"given.join()"},{"name":"n","path":"given.where($this = 'z').join(',')"}]}]""", "xy,")]
    [InlineData("""[{"column":[{"name":"all","path":"link.other.getReferenceKey(Patient)","collection":true},{"name":"none","path":"photo.url","collection":true}]}]""", "[\"Patient/p1\",\"Patient/p2\"],[]")]
    [InlineData("""[{"column":[{"name":"a","path":"getResourceKey() = link[0].other.getReferenceKey()"},{"name":"b","path":"getResourceKey() = link[0].other.getReferenceKey(Group)"},{"name":"c","path":"link[4].other.getReferenceKey(Person)"}]}]""", "true,,")]
    public void Rows_multiply_as_the_specification_says(string select, string expected) => Assert.Equal(expected, Rows(select, Patient));

    /// <summary>Goal: repeat walks a tree over several paths, below other iterations and above them. Method: one tree.</summary>
    [Theory]
    [InlineData("""[{"repeat":["item","answer.item"],"column":[{"name":"l","path":"linkId"},{"name":"i","path":"%rowIndex"}]}]""", "1,0|1.1,1|1.2,2|1.2.1,3|2,4")]
    [InlineData("""[{"repeat":["item"],"column":[{"name":"l","path":"linkId"}]}]""", "1|1.1|1.2|2")]
    [InlineData("""[{"forEach":"item","column":[{"name":"o","path":"linkId"}],"select":[{"repeat":["item","answer.item"],"column":[{"name":"l","path":"linkId"},{"name":"i","path":"%rowIndex"}]}]}]""", "1,1.1,0|1,1.2,1|1,1.2.1,2")]
    [InlineData("""[{"repeat":["item"],"column":[{"name":"l","path":"linkId"}],"select":[{"forEachOrNull":"answer","column":[{"name":"a","path":"item.linkId"}]}]}]""", "1,|1.1,|1.2,1.2.1|2,")]
    [InlineData("""[{"repeat":["nothing"],"column":[{"name":"l","path":"linkId"}]}]""", "")]
    public void Repeat_walks_the_tree(string select, string expected) => Assert.Equal(expected, Rows(select, Tree));

    /// <summary>Goal: what the specification forbids is refused, when the view is read or when a resource breaks it. Method: one fault a view.</summary>
    [Theory]
    [InlineData("""{"resource":"Patient"}""", "select: is missing")]
    [InlineData("""{"select":[{"column":[{"name":"id","path":"id"}]}]}""", "resource: is missing")]
    [InlineData("""{"resource":"Pateint","select":[{"column":[{"name":"id","path":"id"}]}]}""", "meant: Patient?")]
    [InlineData("""{"resource":"Sausage","select":[{"column":[{"name":"id","path":"id"}]}]}""", "\"Sausage\" is no FHIR resource")]
    [InlineData("""{"resource":"Patient","name":"1 bad","select":[{"column":[{"name":"id","path":"id"}]}]}""", "no name of a table")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"id"}]},{"column":[{"name":"id","path":"id"}]}]}""", "given twice")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"id"}],"unionAll":[{"column":[{"name":"id","path":"id"}]}]}]}""", "given twice")]
    [InlineData("""{"resource":"Patient","select":[{"unionAll":[{"column":[{"name":"a","path":"id"},{"name":"b","path":"id"}]},{"column":[{"name":"b","path":"id"},{"name":"a","path":"id"}]}]}]}""", "same columns in the same order")]
    [InlineData("""{"resource":"Patient","select":[{"unionAll":[{"column":[{"name":"a","path":"id"}]},{"column":[{"name":"a","path":"id"},{"name":"b","path":"id"}]}]}]}""", "same columns in the same order")]
    [InlineData("""{"resource":"Patient","select":[{"forEach":"@@","column":[{"name":"id","path":"id"}]}]}""", "is no date or time")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"id"}]}],"where":[{"path":"name.family.first()"}]}""", "neither true nor false")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"id"}]}],"constant":[{"name":"c"}]}""", "exactly one value[x]")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"id"}]}],"constant":[{"name":"c","valueString":"a","valueCode":"b"}]}""", "exactly one value[x]")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"id","path":"%d"}]}],"constant":[{"name":"c","valueString":"a"}]}""", "%d is not a constant")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"g","path":"name.given"}]}]}""", "is no collection")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"g","path":"name.given","collection":false}]}]}""", "is no collection")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"k","path":"link.other.getReferenceKey()"}]}]}""", "is no collection")]
    public void What_is_forbidden_is_refused(string view, string reason)
    {
        var (_, error) = SqlOnFhirTests.Run(JsonNode.Parse(view)!, new JsonArray(JsonNode.Parse(Patient)));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    /// <summary>Goal: a shareable view's own metadata does no harm, and resources of other types give no rows. Method: one full view.</summary>
    [Fact]
    public void A_shareable_view_runs_and_leaves_other_resources_out()
    {
        const string View = """
            {"resourceType":"ViewDefinition","url":"https://example.org/v","name":"ids","title":"Ids","status":"active","fhirVersion":["4.0.1"],
             "meta":{"profile":["https://sql-on-fhir.org/ig/StructureDefinition/ShareableViewDefinition"]},"resource":"Patient",
             "constant":[{"name":"use","valueCode":"A"}],"where":[{"path":"active"},{"path":"name.exists(family = %use)","description":"d"}],
             "select":[{"column":[{"name":"id","path":"id","type":"id","description":"the id","tag":[{"name":"ansi/type","value":"CHARACTER"}]}]}]}
            """;
        var (rows, error) = SqlOnFhirTests.Run(JsonNode.Parse(View)!, new JsonArray(JsonNode.Parse(Patient), JsonNode.Parse(Tree)));
        Assert.Null(error);
        Assert.Equal("""[{"id":"p1"}]""", rows.ToJsonString());
    }

    private static string Cell(string path, string resource, JsonNode? constants = null)
    {
        var view = new JsonObject
        {
            ["resource"] = "Observation",
            ["select"] = new JsonArray(new JsonObject { ["column"] = new JsonArray(new JsonObject { ["name"] = "c", ["path"] = path }) }),
        };
        if (constants is not null)
        {
            view["constant"] = constants.DeepClone();
        }

        var (rows, error) = SqlOnFhirTests.Run(view, new JsonArray(JsonNode.Parse(resource)));
        Assert.Null(error);
        return rows[0]!["c"]?.ToJsonString() ?? "null";
    }

    private static string Rows(string select, string resource)
    {
        var node = JsonNode.Parse(resource)!;
        var view = new JsonObject { ["resource"] = node["resourceType"]!.DeepClone(), ["select"] = JsonNode.Parse(select) };
        var (rows, error) = SqlOnFhirTests.Run(view, new JsonArray(node));
        Assert.Null(error);
        return string.Join('|', rows.Select(row => string.Join(',', row!.AsObject().Select(cell => cell.Value is JsonArray list ? list.ToJsonString() : cell.Value?.ToString()))));
    }
}
