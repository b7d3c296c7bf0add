using System.Diagnostics;
using System.Globalization;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Benchmarks;

/// <summary>
/// <c>k-anonymity [--long]</c>: grouping and search times on adult, on adult resampled to 1.2 million rows and, with
/// <c>--long</c>, to 12 million; k = 5, all nine columns quasi-identifiers. The reference of the same run is a search without
/// pruning and without roll-up: every one of the 12,960 transformations counted from the distinct combinations.
/// </summary>
internal static class KAnonymity
{
    private static readonly string[] Names =
        ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];

    public static int Run(string[] args)
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED") ?? Path.Combine(RootFolder(), "..", "shared"), "data", "adult");
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"'{folder}' does not exist: set RESEARCHHUB_SHARED to the folder of shared material");
            return 2;
        }

        var attributes = Names.Select(name => new QuasiIdentifier(name, HierarchyOf(folder, name))).ToList();
        var adult = Adult(folder);
        Console.WriteLine("rows; distinct; metric; limit; group ms; search ms; search CPU ms; looked at; score; peak MB");
        Measure(adult, attributes, LossMetric.Loss, 0.02m, "first run of the process");
        foreach (var metric in new[] { LossMetric.Loss, LossMetric.LossArithmetic, LossMetric.AverageClassSize, LossMetric.Discernibility, LossMetric.Entropy })
        {
            foreach (var limit in new[] { 0m, 0.02m, 0.05m })
            {
                Measure(adult, attributes, metric, limit, "");
            }
        }

        Reference(adult, attributes);
        foreach (var rows in args.Contains("--long") ? new[] { 120_000, 1_200_000, 12_000_000 } : [120_000, 1_200_000])
        {
            MeasureAll(Resampled(adult, rows), attributes, "rows resampled");
            if (rows <= 1_200_000)
            {
                MeasureAll(Shuffled(adult, rows), attributes, "columns resampled independently");
            }
        }

        return 0;
    }

    private static void MeasureAll(Table table, List<QuasiIdentifier> attributes, string note)
    {
        foreach (var limit in new[] { 0m, 0.02m, 0.05m })
        {
            Measure(table, attributes, LossMetric.Loss, limit, note);
        }
    }

    private static void Measure(Table table, List<QuasiIdentifier> attributes, LossMetric metric, decimal limit, string note)
    {
        var request = new Anonymization(attributes, [new global::Anonymizer.PrivacyModels.KAnonymity(5)], limit, metric);
        var (group, search, cpu) = (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        SearchResult found = null!;
        var distinct = 0;
        for (var run = 0; run < (note.StartsWith("first", StringComparison.Ordinal) ? 1 : table.Count > 100_000 ? 1 : 5); run++)
        {
            GC.Collect();
            var watch = Stopwatch.StartNew();
            var problem = new SearchProblem(request, table, 2);
            group = Math.Min(group, watch.Elapsed.TotalMilliseconds);
            watch.Restart();
            var before = Environment.CpuUsage.TotalTime;
            found = FullDomain.Search(problem, SearchLimits.None);
            search = Math.Min(search, watch.Elapsed.TotalMilliseconds);
            cpu = Math.Min(cpu, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            distinct = problem.Encoded.Base.Count;
        }

        var peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{table.Count}; {distinct}; {metric}; {limit}; {group:f1}; {search:f1}; {cpu:f1}; {found.Checked}; {found.Recoding?.Score:r}; {peak}  {note}"));
    }

    private static void Reference(Table adult, List<QuasiIdentifier> attributes)
    {
        var problem = new SearchProblem(new Anonymization(attributes, [new global::Anonymizer.PrivacyModels.KAnonymity(5)], 0.02m, LossMetric.Loss), adult, 2);
        var watch = Stopwatch.StartNew();
        var levels = new int[problem.Lattice.Columns];
        var evaluator = new Evaluator(problem, new Snapshots(problem.Encoded, remember: false));
        var best = double.PositiveInfinity;
        for (var node = 0L; node < problem.Lattice.Size; node++)
        {
            problem.Lattice.LevelsOf(node, levels);
            best = Math.Min(best, evaluator.Evaluate(levels).Score ?? best);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"reference, one thread, every transformation from the distinct combinations, adult 0.02: {watch.Elapsed.TotalMilliseconds:f0} ms, score {best:r}"));
    }

    private static Table Resampled(Table table, int rows) => new([.. table.Columns.Select(column => column.ToCategories()).Select(column =>
    {
        // The same seed for every column: the same rows.
        var random = new Random(7);
        var codes = new int[rows];
        for (var row = 0; row < rows; row++)
        {
            codes[row] = column.Codes[random.Next(table.Count)];
        }

        return new CategoryColumn(column.Name, column.Values, codes);
    })]);

    /// <summary>Each cell drawn by itself: the columns' distributions stay, and the distinct combinations grow with the rows.</summary>
    private static Table Shuffled(Table table, int rows)
    {
        var random = new Random(8);
        return new Table([.. table.Columns.Select(column => column.ToCategories()).Select(column =>
        {
            var codes = new int[rows];
            for (var row = 0; row < rows; row++)
            {
                codes[row] = column.Codes[random.Next(table.Count)];
            }

            return new CategoryColumn(column.Name, column.Values, codes);
        })]);
    }

    private static Table Adult(string folder)
    {
        var cells = File.ReadAllLines(Path.Combine(folder, "adult.csv")).Skip(1).Where(line => line.Length > 0).Select(line => line.Split(';')).ToArray();
        return new Table([.. Names.Select((name, index) =>
        {
            var values = cells.Select(row => row[index]).Distinct().ToList();
            var codes = values.Select((value, code) => (value, code)).ToDictionary(pair => pair.value, pair => pair.code);
            return new CategoryColumn(name, values, [.. cells.Select(row => codes[row[index]])]);
        })]);
    }

    private static Hierarchy HierarchyOf(string folder, string name) => Hierarchy.FromRows(
        [.. File.ReadAllLines(Path.Combine(folder, $"adult_hierarchy_{name}.csv")).Where(line => line.Length > 0).Select(line => line.Split(';'))],
        out var fault) ?? throw new InvalidDataException(fault!.ToString());

    private static string RootFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is not null && !File.Exists(Path.Combine(folder.FullName, "ResearchHub.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
