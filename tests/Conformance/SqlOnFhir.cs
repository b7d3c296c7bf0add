using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ingestion.Views;

namespace Conformance;

/// <summary>Answers SQL-on-FHIR cases: <c>sql-on-fhir</c> one case on standard input, <c>sql-on-fhir --batch</c> one case a line.
/// In: <c>{id, resources, view}</c>. Out: <c>{id, columns, rows}</c> or <c>{id, error}</c>.</summary>
internal static class SqlOnFhir
{
    public static int Run(string[] args)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        if (args is ["--batch"])
        {
            while (input.ReadLine() is { } line)
            {
                output.WriteLine(Answer(line));
            }

            return 0;
        }

        if (args.Length > 0)
        {
            Console.Error.WriteLine($"sql-on-fhir: '{args[0]}' is not known; allowed: --batch, or nothing");
            return 2;
        }

        output.WriteLine(Answer(input.ReadToEnd()));
        return 0;
    }

    private static string Answer(string json)
    {
        using var line = JsonDocument.Parse(json);
        var answer = new JsonObject { ["id"] = line.RootElement.GetProperty("id").GetString() };
        var (view, faults) = SqlOnFhirView.Compile(Encoding.UTF8.GetBytes(line.RootElement.GetProperty("view").GetRawText()));
        if (view is null)
        {
            answer["error"] = string.Join("; ", faults);
            return answer.ToJsonString();
        }

        var rows = new JsonArray();
        foreach (var resource in line.RootElement.GetProperty("resources").EnumerateArray())
        {
            var bytes = Encoding.UTF8.GetBytes(resource.GetRawText());
            if (view.Run(bytes, 0, bytes.Length, row => rows.Add(Row(view, row))) is { } fault)
            {
                answer["error"] = fault;
                return answer.ToJsonString();
            }
        }

        answer["columns"] = new JsonArray([.. view.Columns.Select(name => (JsonNode)name)]);
        answer["rows"] = rows;
        return answer.ToJsonString();
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
}
