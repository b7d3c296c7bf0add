using System.Text.Json.Nodes;
using Anonymizer.Tests.DifferentialPrivacy;
using Xunit;

namespace Anonymizer.Tests.Tool;

/// <summary><c>anonymize query</c> as a custodian runs it: the process, its files, its exit codes and its one line on standard error.</summary>
public sealed class QueryToolTests : IDisposable
{
    private const string Count = """{"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""";

    private readonly string folder = Directory.CreateTempSubdirectory("query").FullName;

    public QueryToolTests()
    {
        File.WriteAllText(At("schema.json"), Material.PatientSchema.Replace("ROWS", "1", StringComparison.Ordinal).Replace("GROUPS", "1", StringComparison.Ordinal));
        File.WriteAllLines(At("in.csv"), [string.Join(',', Material.Header), .. Material.Rows(200, 71)]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Goal: one line an answer, each with its own noise, and the same again from the same seed. Method: 50 repeats, twice with a seed and once without.</summary>
    [Fact]
    public void Repeats_are_independent_and_a_seed_gives_them_again()
    {
        var seed = new string('7', 64);
        var lines = Lines(Ask(Count, "--repeat", "50", "--seed", seed));
        Assert.Equal(50, lines.Length);
        Assert.Equal(lines, Lines(Ask(Count, "--repeat", "50", "--seed", seed)));
        Assert.NotEqual(lines, Lines(Ask(Count, "--repeat", "50")));
        Assert.InRange(lines.Distinct().Count(), 3, 50);
        Assert.All(lines, line => Assert.Equal("""{"rho":"500000000","delta":"0","epsilon":1}""", JsonNode.Parse(line)!["charged"]!.ToJsonString()));
        Assert.Equal(lines[0], Assert.Single(Lines(Ask(Count, "--seed", seed))));
    }

    /// <summary>Goal: a preview shows the very charge, and needs no data. Method: preview without an input, compared with an answer's.</summary>
    [Fact]
    public void A_preview_reads_no_input_and_shows_what_is_charged()
    {
        const string Asked = """{"groupBy":["sex"],"measures":[{"kind":"mean","attribute":"hba1c"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
        File.WriteAllText(At("query.json"), Asked);
        var preview = Run("query", "--schema", At("schema.json"), "--query", At("query.json"), "--preview");
        Assert.Equal(0, preview.Code);
        Assert.Equal(
            JsonNode.Parse(Assert.Single(Lines(Ask(Asked))))!["charged"]!.ToJsonString(),
            JsonNode.Parse(preview.Output)!["charged"]!.ToJsonString());
    }

    /// <summary>Goal: what a file's cells and rows hold never stops an answer. Method: no rows at all, cells that do not parse, short and long rows.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("p1,NaN,NaN,x,other,,\n,1,2,3,male,s,J45\n")]
    [InlineData("p1,40\np2,40,7.0,3,male,s0,J45,more,and more\n\n")]
    public void Data_never_stop_an_answer(string rows)
    {
        File.WriteAllText(At("in.csv"), string.Join(',', Material.Header) + "\n" + rows);
        Assert.Single(Lines(Ask("""{"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c"},{"kind":"quantile","attribute":"age","q":0.5}],"loss":{"epsilon":1}}""")));
    }

    /// <summary>Goal: a question that cannot be taken exits 2 with one line of field, value and allowed range. Method: one fault of each kind.</summary>
    [Theory]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":0}}""", "loss.epsilon: 0 is not allowed; ε is from 0.000001 to 1000")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":-1}}""", "loss.epsilon: -1 is not allowed; ε is from 0.000001 to 1000")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1e-320}}""", "loss.epsilon: 0.000")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1e308}}""", "loss.epsilon: 1000")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":"NaN"}}""", "loss.epsilon: \"NaN\" is not allowed;")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":"0,1"}}""", "loss.epsilon: \"0,1\" is not allowed;")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1,"delta":0.9}}""", "loss.delta: 0.9 is not allowed; δ is 0, or from 1e-15 to 0.5")]
    [InlineData("""{"measures":[{"kind":"count"}]}""", "loss: ")]
    [InlineData("""{"measures":[],"loss":{"epsilon":1}}""", "measures: 0 measures is not allowed; from 1 to 32 are taken")]
    [InlineData("""{"measures":[{"kind":"median"}],"loss":{"epsilon":1}}""", "measures[0].kind: median is not allowed;")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"visits","lower":9,"upper":9}],"loss":{"epsilon":1}}""", "measures[0].lower: 9 is not allowed; lower is less than upper")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"weight"}],"loss":{"epsilon":1}}""", "measures[0].attribute: weight is not allowed;")]
    [InlineData("""{"measures":[{"kind":"quantile","attribute":"age","q":1.5}],"loss":{"epsilon":1}}""", "measures[0].q: 1.5 is not allowed; a share is from 0 to 1")]
    [InlineData("""{"groupBy":["site"],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""", "loss.delta: 0 is not allowed; groups whose keys are not declared")]
    [InlineData("""{"where":[{"attribute":"patient_id","in":["p1"]}],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""", "where[0].attribute: patient_id is not allowed;")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"limit":3}""", "limit: ")]
    [InlineData("""[]""", "")]
    [InlineData("""{""", "--query: query.json is not allowed; JSON is needed; line 1 is not")]
    public void A_question_that_cannot_be_taken_is_refused_in_one_line(string query, string begins)
    {
        var refused = Ask(query);
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.StartsWith(begins, Assert.Single(refused.Error.TrimEnd('\n').Split('\n')));
        Assert.NotEqual("", refused.Error);
    }

    /// <summary>Goal: the same for options and files. Method: one fault of each kind.</summary>
    [Theory]
    [InlineData("--repeat: 0 is not allowed; a whole number from 1 to 10000000 is needed", "--repeat", "0")]
    [InlineData("--repeat: 10000001 is not allowed;", "--repeat", "10000001")]
    [InlineData("--repeat: 1e3 is not allowed;", "--repeat", "1e3")]
    [InlineData("--delimiter: :: is not allowed; one ASCII character", "--delimiter", "::")]
    [InlineData("--seed: this text is not allowed; 64 hexadecimal digits are needed", "--seed", "12")]
    [InlineData("", "--nosuch")]
    public void An_option_that_cannot_be_taken_is_refused_in_one_line(string begins, params string[] options)
    {
        var refused = Ask(Count, options);
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.StartsWith(begins, Assert.Single(refused.Error.TrimEnd('\n').Split('\n')));
        Assert.NotEqual("", refused.Error);
    }

    /// <summary>Goal: a missing or unfit file is named. Method: none of the three, a schema without a unit, a table without its column.</summary>
    [Fact]
    public void A_missing_or_unfit_file_is_refused_in_one_line()
    {
        void Refuses(string begins, string input, string schema, string query)
        {
            var refused = Run("query", "--input", At(input), "--schema", At(schema), "--query", At(query));
            Assert.Equal((2, ""), (refused.Code, refused.Output));
            Assert.StartsWith(begins, Assert.Single(refused.Error.TrimEnd('\n').Split('\n')));
        }

        File.WriteAllText(At("query.json"), Count);
        File.WriteAllText(At("nobody.json"), """{"attributes":{}}""");
        File.WriteAllText(At("other.csv"), "name,age\nx,3\n");
        File.WriteAllText(At("empty.csv"), "");
        Refuses("--input: none.csv is not allowed; a CSV file that exists is needed", "none.csv", "schema.json", "query.json");
        Refuses("--schema: none.json is not allowed; a file that exists is needed", "in.csv", "none.json", "query.json");
        Refuses("--query: none.json is not allowed; a file that exists is needed", "in.csv", "schema.json", "none.json");
        Refuses("privacyUnit: ", "in.csv", "nobody.json", "query.json");
        Refuses("", "other.csv", "schema.json", "query.json");
        Refuses("", "empty.csv", "schema.json", "query.json");
        Assert.Equal(2, Run("query").Code);
        Assert.Equal(2, Run("nonsense").Code);
    }

    private static string[] Lines((int Code, string Output, string Error) run)
    {
        Assert.Equal((0, ""), (run.Code, run.Error));
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private (int Code, string Output, string Error) Ask(string query, params string[] options)
    {
        File.WriteAllText(At("query.json"), query);
        return Run(["query", "--input", At("in.csv"), "--schema", At("schema.json"), "--query", At("query.json"), .. options]);
    }

    private string At(string file) => Path.Combine(folder, file);

    private static (int Code, string Output, string Error) Run(params string[] arguments) => Programs.Run("Anonymizer.Tool", "anonymize.dll", null, arguments);
}
