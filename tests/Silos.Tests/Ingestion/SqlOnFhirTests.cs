using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ingestion.Views;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class SqlOnFhirTests
{
    /// <summary>Goal: the engine answers the published cases. Method: every shared case; rows as a multiset, errors explicit.</summary>
    [Fact]
    public void The_shared_half_of_the_SQL_on_FHIR_suite_passes()
    {
        var failed = new List<string>();
        var cases = 0;
        foreach (var file in Directory.GetFiles(Shared.Path("vectors", "sql-on-fhir"), "*.json"))
        {
            var suite = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            foreach (var test in suite["tests"]!.AsArray())
            {
                cases++;
                var (rows, error) = Run(test!["view"]!, suite["resources"]!.AsArray());
                var right = test["expectError"]?.GetValue<bool>() == true
                    ? error is not null
                    : error is null && Sorted(rows).SequenceEqual(Sorted(test["expect"]!.AsArray()));
                if (!right)
                {
                    failed.Add($"{Path.GetFileName(file)}: {test["title"]}: {error}");
                }
            }
        }

        Assert.Empty(failed);
        Assert.Equal(74, cases);
    }

    /// <summary>Goal: the parts of the specification that no shared case shows. Method: one view a rule, on one resource.</summary>
    [Theory]
    [InlineData("name.where(use = 'usual').given.join(', ')", "\"Ana, Bia\"")]
    [InlineData("Patient.name.first().family", "\"Lima\"")]
    [InlineData("birthDate.lowBoundary()", "\"1970-02-01\"")]
    [InlineData("birthDate.highBoundary()", "\"1970-02-28\"")]
    [InlineData("deceased.ofType(dateTime).lowBoundary()", "\"2020-01-02T00:00:00.000\\u002B14:00\"")]
    [InlineData("deceased.ofType(dateTime).highBoundary()", "\"2020-01-02T23:59:59.999-12:00\"")]
    [InlineData("deceased.ofType(boolean)", "null")]
    [InlineData("extension('w').value.ofType(decimal).lowBoundary()", "71.95")]
    [InlineData("extension('w').value.ofType(decimal).highBoundary()", "72.05")]
    [InlineData("extension('w').value.ofType(decimal) + 1", "73")]
    [InlineData("address.city.extension('ibge').value.ofType(code)", "\"3106200\"")]
    [InlineData("getResourceKey()", "\"Patient/p\"")]
    [InlineData("managingOrganization.getReferenceKey(Organization)", "\"Organization/o\"")]
    [InlineData("managingOrganization.getReferenceKey(Patient)", "null")]
    [InlineData("generalPractitioner.first().getReferenceKey()", "\"Practitioner/7\"")]
    [InlineData("(active = true).not()", "null")]
    [InlineData("name.exists(use = 'usual') and name.empty().not()", "true")]
    [InlineData("name.where(family > 'M').family", "\"Melo\"")]
    [InlineData("name.count() * 10 / 4", "5")]
    [InlineData("%rowIndex", "0")]
    [InlineData("name[1].family | name[1].family", "\"Melo\"")]
    [InlineData("iif(gender = 'female', 'F', 'M')", "\"F\"")]
    [InlineData("birthDate < @1980-01-01", "true")]
    [InlineData("birthDate = @1970", "null")]
    [InlineData("7 / 0", "null")]
    [InlineData("extension('tiny').value.ofType(decimal).lowBoundary()", "null")]
    public void A_path_gives(string path, string expected)
    {
        const string Patient = """
            {"resourceType":"Patient","id":"p","gender":"female","birthDate":"1970-02","deceasedDateTime":"2020-01-02",
             "extension":[{"url":"w","valueDecimal":72.0},{"url":"tiny","valueDecimal":1e-99999999999}],
             "name":[{"family":"Lima"},{"use":"usual","family":"Melo","given":["Ana","Bia"]}],
             "address":[{"city":"Belo Horizonte","_city":{"extension":[{"url":"ibge","valueCode":"3106200"}]}}],
             "managingOrganization":{"reference":"Organization/o/_history/3"},
             "generalPractitioner":[{"reference":"https://x.example/fhir/Practitioner/7"}]}
            """;
        var view = new JsonObject { ["resource"] = "Patient", ["select"] = new JsonArray(new JsonObject { ["column"] = new JsonArray(new JsonObject { ["name"] = "c", ["path"] = path }) }) };
        var (rows, error) = Run(view, new JsonArray(JsonNode.Parse(Patient)));
        Assert.Null(error);
        Assert.Equal(expected, rows[0]!["c"]?.ToJsonString() ?? "null");
    }

    /// <summary>Goal: a wrong view is refused when it is read, with the reason. Method: one fault a view.</summary>
    [Theory]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"name.frobnicate()"}]}]}""", "no function 'frobnicate()'")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"name..family"}]}]}""", "'.' at 5")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"name.where(use = 'x'"}]}]}""", "is missing at 20")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"'open"}]}]}""", "has no end")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"%c"}]}]}""", "%c is not a constant")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"1a","path":"id"}]}]}""", "no column name")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"id"},{"name":"a","path":"id"}]}]}""", "given twice")]
    [InlineData("""{"resource":"Patient","select":[{"forEach":"name","repeat":["item"],"column":[{"name":"a","path":"id"}]}]}""", "more than one")]
    [InlineData("""{"resource":"Patient","select":[{"unionAll":[{"column":[{"name":"a","path":"id"}]},{"column":[{"name":"b","path":"id"}]}]}]}""", "same columns")]
    [InlineData("""{"resource":"Patient","select":[{"column":[{"name":"a","path":"value.ofType(Sausage1)"}]}]}""", null)]
    public void A_wrong_view_is_refused(string view, string? reason)
    {
        var (compiled, faults) = SqlOnFhirView.Compile(Encoding.UTF8.GetBytes(view));
        Assert.Equal(reason is null, compiled is not null);
        Assert.All(faults, fault => Assert.Contains(reason!, fault.ToString(), StringComparison.Ordinal));
    }

    internal static (JsonArray Rows, string? Error) Run(JsonNode definition, JsonArray resources)
    {
        var (view, faults) = SqlOnFhirView.Compile(Encoding.UTF8.GetBytes(definition.ToJsonString()));
        var rows = new JsonArray();
        if (view is null)
        {
            return (rows, string.Join("; ", faults));
        }

        foreach (var resource in resources)
        {
            var bytes = Encoding.UTF8.GetBytes(resource!.ToJsonString());
            if (view.Run(bytes, 0, bytes.Length, row => rows.Add(Row(view, row))) is { } fault)
            {
                return (rows, fault);
            }
        }

        return (rows, null);
    }

    private static JsonObject Row(SqlOnFhirView view, ReadOnlySpan<ViewValue> values)
    {
        var row = new JsonObject();
        for (var i = 0; i < values.Length; i++)
        {
            row[view.Columns[i]] = Node(values[i]);
        }

        return row;
    }

    private static JsonNode? Node(ViewValue value) => value.Kind switch
    {
        ViewValueKind.Null => null,
        ViewValueKind.Text => JsonValue.Create(value.Text),
        ViewValueKind.Collection => new JsonArray([.. value.Items!.Select(Node)]),
        _ => JsonNode.Parse(value.Text!),
    };

    private static IEnumerable<string> Sorted(JsonArray rows) =>
        rows.Select(row => new JsonObject(row!.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).ToJsonString()).Order(StringComparer.Ordinal);
}
