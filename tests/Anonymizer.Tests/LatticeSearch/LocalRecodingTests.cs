using System.Diagnostics;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Anonymizer.Tests.LatticeSearch;

public sealed class LocalRecodingTests(ITestOutputHelper output)
{
    /// <summary>Goal: local recoding keeps more of adult than the peer's (0.0591), nothing suppressed, the same on every run. Method: k = 5; score and class sizes recomputed from the written cells.</summary>
    [Fact]
    public void Adult_is_recoded_with_less_loss_than_the_peers()
    {
        var request = new Anonymization(Adult.QuasiIdentifiers(), [new KAnonymity(5)], 0, LossMetric.LossArithmetic);
        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var found = LocalRecoding.Search(request, Adult.Table, SearchLimits.None);
        output.WriteLine($"{found.Recoding!.Score}, {found.Recoding.Classes.Count} classes, {watch.ElapsedMilliseconds} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds} CPU ms");
        var written = Enumerable.Range(0, Adult.Table.Count).Select(row => Enumerable.Range(0, 9).Select(place => found.Release!.Value(row, place)).ToArray()).ToArray();
        Assert.True(written.GroupBy(row => string.Join(';', row)).All(group => group.Count() >= 5));
        Assert.Equal(LossOf(written), found.Recoding.Score, 9);
        Assert.InRange(found.Recoding.Score, 0, 0.0591);
        var again = LocalRecoding.Search(request, Adult.Table, SearchLimits.None);
        Assert.Equal(found.Release!.ClassOfRow.ToArray(), again.Release!.ClassOfRow.ToArray());
    }

    /// <summary>Goal: whatever the table, classes satisfy the models and every cell covers its value. Method: random small tables; the written rows grouped as strings. FsCheck prints the seed of a failure.</summary>
    [Fact]
    public void Every_class_satisfies_the_models_and_every_cell_covers_its_value() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), CheckOne));

    /// <summary>Goal: a model that local recoding cannot honour is refused by name. Method: t-closeness, and an entropy metric.</summary>
    [Fact]
    public void What_cannot_be_honoured_is_refused()
    {
        var quasi = Adult.SharedFolder is null ? [] : Adult.QuasiIdentifiers("occupation");
        var close = new Anonymization(quasi, [new TCloseness(0.2m, "occupation", ValueDistance.Equal)], 0, LossMetric.Loss);
        Assert.Contains("TCloseness", LocalRecoding.Refusal(close));
        Assert.Contains("entropy", LocalRecoding.Refusal(close with { Models = [new KAnonymity(2)], Metric = LossMetric.Entropy }));
    }

    private static void CheckOne(int seed)
    {
        var drawn = ExhaustiveTests.RandomCase.Of(seed);
        PrivacyModel[] models = seed % 2 == 0 ? [new KAnonymity(3)] : [new KAnonymity(2), new DistinctLDiversity(2, "s")];
        var found = LocalRecoding.Search(new Anonymization(drawn.QuasiIdentifiers, models, 0, LossMetric.Loss), drawn.Table, SearchLimits.None);
        if (found.Release is null)
        {
            Assert.True(drawn.Rows.Length < 3 || drawn.Sensitive.Distinct().Count() < 2);
            return;
        }

        var rows = Enumerable.Range(0, drawn.Rows.Length).ToArray();
        foreach (var group in rows.GroupBy(row => string.Join('|', drawn.Hierarchies.Select((_, place) => found.Release.Value(row, place)))))
        {
            Assert.True(group.Count() >= (seed % 2 == 0 ? 3 : 2));
            Assert.True(seed % 2 == 0 || group.Select(row => drawn.Sensitive[row]).Distinct().Count() >= 2);
        }

        foreach (var row in rows)
        {
            for (var place = 0; place < drawn.Hierarchies.Count; place++)
            {
                Assert.Contains(found.Release.Value(row, place), drawn.Hierarchies[place].Single(each => each[0] == drawn.Rows[row][place]));
            }
        }
    }

    private static double LossOf(string[][] written) => Enumerable.Range(0, 9).Average(place =>
    {
        var rows = Adult.RowsOf(Adult.Names[place]);
        var share = new Dictionary<string, double>();
        for (var level = 0; level < rows[0].Count; level++)
        {
            foreach (var group in rows.GroupBy(row => row[level]))
            {
                share.TryAdd(group.Key, group.Count() / (double)rows.Count);
            }
        }

        var (n, least) = (written.Length, written.Length / (double)rows.Count);
        return (written.Sum(row => share[row[place]]) - least) / (n - least);
    });
}
