using System.Diagnostics;
using System.Text.Json;
using Anonymizer.Tests.LatticeSearch;
using Xunit;

namespace Anonymizer.Tests.Tool;

/// <summary>The program as a custodian runs it. Its files are read by a reader of this test's own, and judged from the file alone.</summary>
public sealed class TableToolTests(ITestOutputHelper output)
{
    private readonly string folder = Directory.CreateTempSubdirectory("table").FullName;

    /// <summary>Goal: what is written satisfies what was asked, by the file alone. Method: adult with occupation sensitive; k, l and t recomputed from the written rows, and the report compared.</summary>
    [Theory]
    [InlineData("global", 0.05, 0.3)]
    [InlineData("local", 0.0, null)]
    public void The_written_file_satisfies_the_models(string recoding, double limit, double? t)
    {
        _ = Adult.Table;
        var models = new List<object> { new { kind = "k-anonymity", k = 5 }, new { kind = "distinct-l-diversity", l = 3, attribute = "occupation" } };
        if (t is not null)
        {
            models.Add(new { kind = "t-closeness", t, attribute = "occupation", distance = "equal" });
        }

        var config = Config("config.json", Adult.Names.ToDictionary(name => name, name => Attribute(name)), models, limit, recoding);
        Assert.Equal(0, Run("table", "--input", Shared("adult.csv"), "--delimiter", ";", "--config", config, "--output", At("out.csv"), "--report", At("report.json")));
        var rows = File.ReadAllLines(At("out.csv")).Select(line => line.Split(';')).ToList();
        Assert.Equal(30163, rows.Count);
        var occupation = Array.IndexOf(rows[0], "occupation");
        var quasi = Enumerable.Range(0, rows[0].Length).Where(column => column != occupation).ToArray();
        var all = rows.Skip(1).GroupBy(row => row[occupation]).ToDictionary(group => group.Key, group => group.Count() / 30162.0);
        var suppressed = 0;
        var classes = 0;
        foreach (var group in rows.Skip(1).GroupBy(row => string.Join('|', quasi.Select(column => row[column]))))
        {
            var members = group.ToList();
            if (quasi.All(column => members[0][column] == "*"))
            {
                suppressed = members.Count;
                continue;
            }

            classes++;
            var shares = members.GroupBy(row => row[occupation]).ToDictionary(each => each.Key, each => each.Count() / (double)members.Count);
            Assert.True(members.Count >= 5 && shares.Count >= 3, group.Key);
            Assert.True(t is null || all.Sum(pair => Math.Abs(pair.Value - shares.GetValueOrDefault(pair.Key))) / 2 <= t + 1e-9, group.Key);
        }

        using var report = JsonDocument.Parse(File.ReadAllText(At("report.json")));
        Assert.Equal(suppressed, report.RootElement.GetProperty("suppressedRows").GetInt32());
        Assert.Equal(classes, report.RootElement.GetProperty("classes").GetInt32());
        Assert.True(suppressed <= limit * 30162);
        output.WriteLine($"{classes} classes, {suppressed} suppressed; {report.RootElement.GetProperty("timing")}");
    }

    /// <summary>Goal: a planted class of k − 1 never appears. Method: four rows with a value of their own beside thirty others, k = 5; quotes, delimiters and line breaks in cells survive.</summary>
    [Fact]
    public void A_planted_class_of_four_never_appears()
    {
        var lines = Enumerable.Range(0, 30).Select(row => $"blue,\"a, \"\"b\"\"\n{row}\",x{row % 2}").Concat(Enumerable.Repeat("red,plain,x0", 4));
        File.WriteAllText(At("in.csv"), "colour,note,id\n" + string.Join('\n', lines) + "\n");
        var config = Config("config.json", new Dictionary<string, object> { ["colour"] = new { role = "quasi-identifying" }, ["note"] = new { role = "insensitive" } }, [new { kind = "k-anonymity", k = 5 }], 0.2);
        Assert.Equal(0, Run("table", "--input", At("in.csv"), "--config", config, "--output", At("out.csv"), "--report", At("report.json")));
        var text = File.ReadAllText(At("out.csv"));
        Assert.DoesNotContain("red", text);
        Assert.StartsWith("colour,note\nblue,\"a, \"\"b\"\"\n0\"\n", text);
        Assert.EndsWith("*,plain\n*,plain\n*,plain\n*,plain\n", text);
    }

    /// <summary>Goal: an earlier transformation is used again. Method: the report of a first run applied to the same file gives the same bytes; to a file that it does not fit, exit 1.</summary>
    [Fact]
    public void An_earlier_transformation_is_applied_again()
    {
        _ = Adult.Table;
        var config = Config("config.json", Adult.Names.ToDictionary(name => name, name => (object)new { role = "quasi-identifying", hierarchy = Shared($"adult_hierarchy_{name}.csv") }), [new { kind = "k-anonymity", k = 5 }], 0.02);
        Assert.Equal(0, Run("table", "--input", Shared("adult.csv"), "--delimiter", ";", "--config", config, "--output", At("a.csv"), "--report", At("a.json")));
        Assert.Equal(0, Run("table", "--input", Shared("adult.csv"), "--delimiter", ";", "--config", config, "--output", At("b.csv"), "--report", At("b.json"), "--apply", At("a.json")));
        Assert.Equal(File.ReadAllBytes(At("a.csv")), File.ReadAllBytes(At("b.csv")));
        File.WriteAllLines(At("few.csv"), File.ReadLines(Shared("adult.csv")).Take(200));
        Assert.Equal(1, Run("table", "--input", At("few.csv"), "--delimiter", ";", "--config", config, "--output", At("c.csv"), "--report", At("c.json"), "--apply", At("a.json")));
    }

    /// <summary>Goal: a wrong input exits 2 with one line that names field, value and range. Method: one fault of each kind.</summary>
    [Theory]
    [InlineData("""{"attributes":{"a":{"role":"quasi"}},"models":[{"kind":"k-anonymity","k":2}]}""", "attributes.a.role is 'quasi' but must be identifying, quasi-identifying, sensitive or insensitive")]
    [InlineData("""{"attributes":{"z":{"role":"sensitive"}},"models":[]}""", "attributes: 'z' is no column of the input, which has a, b")]
    [InlineData("""{"attributes":{"a":{"role":"quasi-identifying"}},"models":[{"kind":"k-anonymity","k":1}]}""", "k is 1 but must be at least 2")]
    [InlineData("""{"attributes":{"a":{"role":"quasi-identifying"}},"models":[{"kind":"k-anonymity","k":2}],"suppressionLimit":2}""", "suppressionLimit is 2 but must be from 0 to 1")]
    [InlineData("""{"attributes":{"a":{"role":"quasi-identifying"}},"models":[{"kind":"t-closeness","t":0.1,"attribute":"b","distance":"equal"}],"recoding":"local"}""", "recoding 'local' cannot honour TCloseness: a class that satisfies it may cease to when rows join; it takes k-anonymity and distinct l-diversity")]
    [InlineData("""{"attributes":{"a":{"role":"quasi-identifying","hierarchy":"h.csv"}},"models":[{"kind":"k-anonymity","k":2}]}""", "row 3, value '3': 'x' at level 1 becomes 'q' here and 'p' in row 1; a hierarchy must be monotone")]
    public void A_wrong_input_is_refused_in_one_line(string config, string message)
    {
        File.WriteAllText(At("in.csv"), "a,b\n1,2\n1,2\n");
        File.WriteAllText(At("h.csv"), "1,x,p\n2,y,p\n3,x,q\n");
        File.WriteAllText(At("config.json"), config);
        Assert.Equal(2, Run(out var error, "table", "--input", At("in.csv"), "--config", At("config.json"), "--output", At("out.csv"), "--report", At("report.json")));
        Assert.EndsWith(message, error.TrimEnd());
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static object Attribute(string name) => name == "occupation"
        ? new { role = "sensitive" }
        : new { role = "quasi-identifying", hierarchy = Shared($"adult_hierarchy_{name}.csv") };

    private static string Shared(string file) => Path.Combine(Path.GetFullPath(Adult.SharedFolder!), "data", "adult", file);

    private string At(string file) => Path.Combine(folder, file);

    private string Config(string file, object attributes, List<object> models, double limit, string recoding = "global")
    {
        File.WriteAllText(At(file), JsonSerializer.Serialize(new { attributes, models, suppressionLimit = limit, metric = "loss", recoding }));
        return At(file);
    }

    private int Run(params string[] arguments)
    {
        var code = Run(out var error, arguments);
        output.WriteLine(error);
        return code;
    }

    private static int Run(out string error, params string[] arguments)
    {
        var tool = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Anonymizer.Tool", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory)!), "anonymize.dll"));
        Assert.True(File.Exists(tool), $"'{tool}' is not built: build ResearchHub.sln first");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [tool, .. arguments]) { RedirectStandardError = true })!;
        error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
