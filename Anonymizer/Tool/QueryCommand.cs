using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.Tool;

/// <summary><c>anonymize query</c>: a differentially private answer from a CSV file, one JSON line for each repeat.</summary>
/// <remarks>Each answer has fresh randomness and its own charge; keeping within a budget is up to the caller. No budget and no small-cell floor apply.</remarks>
internal static class QueryCommand
{
    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "CSV file with a header" };
        var schema = new Option<FileInfo>("--schema") { Description = "Schema, JSON", Required = true };
        var query = new Option<FileInfo>("--query") { Description = "Question, JSON", Required = true };
        var repeat = new Option<string>("--repeat") { Description = "Independent answers, from 1 to 10000000", DefaultValueFactory = _ => "1" };
        var preview = new Option<bool>("--preview") { Description = "Print charge and expected error; the input is not read" };
        var delimiter = new Option<string>("--delimiter") { Description = "Between cells", DefaultValueFactory = _ => "," };
        var seed = new Option<string?>("--seed") { Description = "64 hexadecimal digits: the same answers again. For replay and tests; never publish an answer with its seed" };
        var command = new Command("query", "Answer a question with differential privacy") { input, schema, query, repeat, preview, delimiter, seed };
        command.SetAction((parsed, _) =>
        {
            try
            {
                Run(parsed.GetValue(input), parsed.GetValue(schema)!, parsed.GetValue(query)!, parsed.GetValue(repeat)!, parsed.GetValue(preview), parsed.GetValue(delimiter)!, parsed.GetValue(seed));
                return Task.FromResult(0);
            }
            catch (Exception fault) when (fault is InputException or IOException or UnauthorizedAccessException)
            {
                throw new UsageException(fault.Message.ReplaceLineEndings(" "));
            }
        });
        return command;
    }

    private static void Run(FileInfo? input, FileInfo schemaFile, FileInfo queryFile, string repeat, bool preview, string delimiter, string? seed)
    {
        var schema = Schema.Parse(ReadJson(schemaFile, "--schema"));
        var query = Query.Parse(ReadJson(queryFile, "--query"), schema);
        var times = Times(repeat);
        var source = new PrfRandomSource(Key(seed));
        using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        if (preview)
        {
            WriteLine(output, Encoding.UTF8.GetBytes(Preview.Of(query, schema).ToJsonString()));
            return;
        }

        if (input is not { Exists: true })
        {
            throw new InputException("--input", input?.Name ?? "nothing", "a CSV file that exists is needed");
        }

        var ready = new PreparedQuery(query, schema, CsvTable.Read(input, schema, delimiter), []);
        for (var i = 0; i < times; i++)
        {
            WriteLine(output, ready.Draw(source.For($"repeat {i}")).ToUtf8());
        }
    }

    private static void WriteLine(Stream output, byte[] line)
    {
        output.Write(line);
        output.WriteByte((byte)'\n');
    }

    private static int Times(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is >= 1 and <= 10_000_000
            ? times
            : throw new InputException("--repeat", text, "a whole number from 1 to 10000000 is needed");

    private static byte[] Key(string? seed)
    {
        if (seed is null)
        {
            return RandomNumberGenerator.GetBytes(PrfRandomSource.KeyLength);
        }

        return seed.Length == 2 * PrfRandomSource.KeyLength && seed.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(seed)
            : throw new InputException("--seed", "this text", "64 hexadecimal digits are needed");
    }

    private static JsonElement ReadJson(FileInfo file, string option)
    {
        if (!file.Exists)
        {
            throw new InputException(option, file.Name, "a file that exists is needed");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            throw new InputException(option, file.Name, $"JSON is needed; line {fault.LineNumber + 1} is not");
        }
    }
}
