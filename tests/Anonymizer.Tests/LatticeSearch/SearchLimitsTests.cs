using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tests.Generalization;
using Xunit;

namespace Anonymizer.Tests.LatticeSearch;

public sealed class SearchLimitsTests
{
    /// <summary>Goal: a search that is cut short gives what it has and says so. Method: a deadline that has passed before the first look; small and huge lattice.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    public void A_search_cut_short_gives_what_it_has(int columns)
    {
        var (request, table) = Problem(columns);
        var found = FullDomain.Search(request, table, new SearchLimits(Expired: () => true));
        Assert.False(found.Proven);
        Assert.NotNull(found.Recoding);
        Assert.InRange(found.Checked, 1, 2 + columns);
        Assert.All(found.Recoding.Classes, each => Assert.True(each.Rows >= 3));
    }

    /// <summary>Goal: a cancelled search stops without a result. Method: cancelled by the first report of progress, or before.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    public void A_cancelled_search_stops(int columns)
    {
        var (request, table) = Problem(columns);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => FullDomain.Search(request, table, new SearchLimits(Cancellation: source.Token)));
    }

    /// <summary>Goal: twenty quasi-identifiers are searched without an exception, better than by generalizing everything. Method: a lattice of 4^20, at most 400 looks.</summary>
    [Fact]
    public void Twenty_quasi_identifiers_are_searched()
    {
        var (request, table) = Problem(20);
        var looks = 0;
        var found = FullDomain.Search(request, table, new SearchLimits(Expired: () => Interlocked.Increment(ref looks) > 400));
        Assert.Equal(1L << 40, found.Transformations);
        Assert.True(found.Recoding!.Score < 1);
        Assert.False(found.Proven);
        Assert.True(LocalRecoding.Search(request, table, SearchLimits.None).Recoding!.Score < found.Recoding.Score);
    }

    /// <summary>Goal: tables at the edge have an answer. Method: no rows; fewer rows than k; one row and k of one class.</summary>
    [Fact]
    public void Tables_at_the_edge_have_an_answer()
    {
        QuasiIdentifier[] age = [new("age", Hierarchy.Flat(["1", "2"]))];
        SearchResult Of(int rows, decimal limit) => FullDomain.Search(
            new Anonymization(age, [new KAnonymity(3)], limit, LossMetric.Loss), RecodingTests.TableOf([.. Enumerable.Range(0, rows).Select(row => new[] { $"{row % 2 + 1}" })], "age"), SearchLimits.None);
        Assert.Equal((0, 0L), (Of(0, 0).Recoding!.Classes.Count, Of(0, 0).Recoding!.SuppressedRows));
        Assert.Null(Of(2, 0.5m).Recoding);
        Assert.Equal(2, Of(2, 1).Recoding!.SuppressedRows);
        Assert.Equal([1], Of(3, 0).Recoding!.Levels);
        Assert.Equal([0], Of(6, 0).Recoding!.Levels);
    }

    private static (Anonymization Request, Anonymizer.Tables.Table Table) Problem(int columns)
    {
        var random = new Random(9);
        var names = Enumerable.Range(0, columns).Select(place => $"q{place}").ToArray();
        var rows = Enumerable.Range(0, 500).Select(_ => names.Select(_ => $"{random.Next(12)}").ToArray()).ToArray();
        var tree = new IntervalHierarchy(0, 12, [3, 6]).Of([]);
        return (new Anonymization([.. names.Select(name => new QuasiIdentifier(name, tree))], [new KAnonymity(3)], 0.1m, LossMetric.Loss), RecodingTests.TableOf(rows, names));
    }
}
