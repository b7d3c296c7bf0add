using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;
using Anonymizer.Tests.Generalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Anonymizer.Tests.LatticeSearch;

public sealed class ExhaustiveTests
{
    private static readonly int Cases = Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 3000 : 150;

    /// <summary>Goal: the optimum is the optimum, for every metric and every model. Method: random tables of at most 40 rows over random hierarchies, against every transformation counted from the rows as strings. FsCheck prints the seed of a failure.</summary>
    [Theory]
    [InlineData(LossMetric.Loss)]
    [InlineData(LossMetric.LossArithmetic)]
    [InlineData(LossMetric.AverageClassSize)]
    [InlineData(LossMetric.Discernibility)]
    [InlineData(LossMetric.Entropy)]
    [InlineData(LossMetric.NormalizedEntropy)]
    public void The_search_finds_what_an_exhaustive_search_finds(LossMetric metric) => Check(metric, heuristic: false);

    /// <summary>Goal: given time, the heuristic search ends with the optimum too. Method: the same comparison, the heuristic search forced.</summary>
    [Theory]
    [InlineData(LossMetric.Loss)]
    [InlineData(LossMetric.Discernibility)]
    public void The_heuristic_search_ends_with_the_optimum(LossMetric metric) => Check(metric, heuristic: true);

    private static void Check(LossMetric metric, bool heuristic) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Compare(RandomCase.Of(seed), metric, heuristic)));

    private static void Compare(RandomCase drawn, LossMetric metric, bool heuristic)
    {
        var passing = new Exhaustive(drawn.Hierarchies, drawn.Rows, drawn.Sensitive, drawn.Models, metric, drawn.Limit).Passing();
        var request = new Anonymization(drawn.QuasiIdentifiers, drawn.Models, drawn.Limit, metric);
        Assert.Null(request.Fault(drawn.Table));
        SearchResult found;
        if (heuristic)
        {
            var problem = new SearchProblem(request, drawn.Table, 2);
            var (levels, proven, _) = new HeuristicSearch(problem, SearchLimits.None).Run();
            Assert.True(proven);
            found = levels is null ? new SearchResult(null, null, true, 0, 0) : FullDomain.At(request, drawn.Table, levels, SearchLimits.None);
        }
        else
        {
            found = FullDomain.Search(request, drawn.Table, SearchLimits.None);
            Assert.True(found.Proven);
        }

        if (passing.Count == 0)
        {
            Assert.Null(found.Recoding);
            return;
        }

        var best = passing.Min(each => each.Score);
        Assert.NotNull(found.Recoding);
        Assert.Equal(best, found.Recoding.Score, Math.Max(1, Math.Abs(best)) * 1e-8);
        var same = passing.Single(each => each.Levels.SequenceEqual(found.Recoding.Levels));
        Assert.Equal(same.Suppressed, found.Recoding.SuppressedRows);
        Assert.Equal(same.Kept, found.Recoding.Classes.Count);
    }

    /// <summary>A small table with hierarchies and models, all drawn from one number.</summary>
    internal sealed record RandomCase(IReadOnlyList<string[][]> Hierarchies, string[][] Rows, string[] Sensitive, IReadOnlyList<PrivacyModel> Models, decimal Limit)
    {
        public IReadOnlyList<QuasiIdentifier> QuasiIdentifiers =>
            [.. Hierarchies.Select((rows, column) => new QuasiIdentifier($"q{column}", Hierarchy.FromRows(rows, out _)!))];

        public Table Table => RecodingTests.TableOf(
            [.. Rows.Select((row, index) => row.Append(Sensitive[index]).ToArray())],
            [.. Hierarchies.Select((_, column) => $"q{column}"), "s"]);

        public static RandomCase Of(int seed)
        {
            var random = new Random(seed);
            var hierarchies = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Tree(random, random.Next(1, 8), "v")).ToList();
            var rows = Enumerable.Range(0, random.Next(1, 40)).Select(_ => hierarchies.Select(tree => tree[Math.Min(random.Next(tree.Length), random.Next(tree.Length))][0]).ToArray()).ToArray();
            var sensitive = rows.Select(_ => $"s{Math.Min(random.Next(4), random.Next(4))}").ToArray();
            var distance = (ValueDistance)random.Next(3);
            PrivacyModel[] all =
            [
                new KAnonymity(random.Next(2, 6)),
                new DistinctLDiversity(random.Next(2, 4), "s"),
                new EntropyLDiversity(random.Next(11, 30) / 10m, "s"),
                new EntropyLDiversity(2, "s"),
                new RecursiveDiversity(random.Next(1, 5), 2, "s"),
                new DeltaPresence(0, random.Next(30, 90) / 100m, "s", "s0"),
                new TCloseness(random.Next(5, 60) / 100m, "s", distance, distance == ValueDistance.Hierarchical ? Hierarchy.FromRows(Tree(random, 4, "s"), out _) : null),
            ];
            PrivacyModel[] models = [.. all.Where(_ => random.Next(3) == 0)];
            return new RandomCase(hierarchies, rows, sensitive, models.Length == 0 ? [all[0]] : models, random.Next(3) switch { 0 => 0m, 1 => 0.1m, _ => random.Next(100) / 100m });
        }

        /// <summary>A monotone hierarchy of so many values: at each level, neighbours join at random; the top is *.</summary>
        private static string[][] Tree(Random random, int values, string prefix)
        {
            var levels = random.Next(0, 3);
            var groups = Enumerable.Range(0, values).ToArray();
            var rows = groups.Select(value => new List<string> { $"{prefix}{value}" }).ToArray();
            for (var level = 1; level <= levels; level++)
            {
                var joined = Enumerable.Range(0, values).Select(_ => random.Next(1 + (values / (level + 1)))).ToArray();
                groups = [.. groups.Select(group => joined[group])];
                for (var value = 0; value < values; value++)
                {
                    rows[value].Add($"l{level}g{groups[value]}");
                }
            }

            return [.. rows.Select(row => row.Append("*").ToArray())];
        }
    }
}
