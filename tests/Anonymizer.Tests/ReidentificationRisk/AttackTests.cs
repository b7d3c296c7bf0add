using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tests.LatticeSearch;
using Xunit;

namespace Anonymizer.Tests.ReidentificationRisk;

public sealed class AttackTests(ITestOutputHelper output)
{
    private static readonly string[] Names = ["age", "sex", "salary-class"];
    private static readonly string[] Plain = ["sex", "race", "native-country", "education"];

    /// <summary>Goal: our figures are the attack scripts'. Method: adult with occupation kept, 2-anonymous; homogeneity and downcoding by kanon_attacks.py on the written file against our own.</summary>
    [Fact]
    public void Our_figures_are_those_of_the_attack_scripts()
    {
        var release = Released(Names, 2);
        var file = Written("first", Names, release.ClassOfRow.Length, release.Value);
        var homogeneity = Script("homogeneity", file, [.. Names, "--sens", "occupation"]);
        var ours = Attacks.Homogeneous(release, Adult.Table.Find("occupation")!);
        Assert.Equal(homogeneity.GetProperty("homogeneous_share").GetDouble(), ours.HomogeneousShare, 9);
        Assert.Equal(homogeneity.GetProperty("mean_max_confidence").GetDouble(), ours.MeanConfidence, 9);
        Assert.Equal(homogeneity.GetProperty("prior_guess").GetDouble(), ours.PriorGuess, 9);
        Assert.True(homogeneity.GetProperty("min_class").GetInt32() >= 2);
        var downcoded = Script("downcode", file, [.. Names, "--k", "2", "--leaves", "sex=Male,Female", "salary-class=<=50K,>50K"]);
        Assert.Equal(downcoded.GetProperty("share").GetDouble(), Attacks.Downcode(release, 2).Determined, 9);
        output.WriteLine($"{ours}; {Attacks.Downcode(release, 2)}");
    }

    /// <summary>Goal: the intersection of two releases is measured as the script measures it. Method: two recodings of the first 800 rows, the true rows as the attacker's knowledge; columns whole or *, since the script reads no other labels.</summary>
    [Fact]
    public void The_intersection_of_two_releases_is_measured()
    {
        var (first, second) = (Released(Plain, 2, [0, 1, 2, 0], 800), Released(Plain, 2, [1, 0, 0, 3], 800));
        var truth = Written("truth", Plain, 800, (row, place) => Adult.Table.Find(Plain[place])!.Text(row)!);
        var script = Script("ganta", truth, [Written("r1", Plain, 800, first.Value), Written("r2", Plain, 800, second.Value), .. Plain, "--sens", "occupation"]);
        var ours = Attacks.Intersect(first, second, Head(800).Find("occupation")!);
        output.WriteLine($"{ours}; {script}");
        Assert.Equal(script.GetProperty("intersection_singletons").GetInt32() / 800.0, ours.SingleTogether, 9);
        Assert.Equal(script.GetProperty("correct").GetInt32() / 800.0, ours.Correct, 9);
    }

    private static Anonymizer.Tables.Table Head(int rows) => new([.. Adult.Table.Columns.Select(column => column.ToCategories())
        .Select(column => new Anonymizer.Tables.CategoryColumn(column.Name, column.Values, column.Codes[..rows].ToArray()))]);

    private static RecodedTable Released(string[] names, int k, int[]? levels = null, int rows = 0)
    {
        var table = rows == 0 ? Adult.Table : Head(rows);
        var request = new Anonymization([.. names.Select(name => new QuasiIdentifier(name, Adult.HierarchyOf(name)))], [new KAnonymity(k)], levels is null ? 0 : 1, LossMetric.Loss);
        return (levels is null ? FullDomain.Search(request, table, SearchLimits.None) : FullDomain.At(request, table, levels, SearchLimits.None)).Release!;
    }

    private static string Written(string name, string[] names, int rows, Func<int, int, string> cell)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("attacks").FullName, name + ".csv");
        var occupation = Adult.Table.Find("occupation")!;
        File.WriteAllLines(path, [string.Join(',', names) + ",occupation", .. Enumerable.Range(0, rows).Select(row =>
            string.Join(',', names.Select((_, place) => cell(row, place)).Append(occupation.Text(row))))]);
        return path;
    }

    private static JsonElement Script(string attack, string file, string[] arguments)
    {
        var script = Path.Combine(Adult.SharedFolder!, "tools", "kanon_attacks.py");
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo("python3", [script, attack, file, .. arguments]) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "python3 is not here: install it to run the attack scripts");
            throw;
        }

        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{attack} exits {process.ExitCode}"));
        return JsonDocument.Parse(answer).RootElement;
    }
}
