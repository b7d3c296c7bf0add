using Anonymizer.Generalization;
using Anonymizer.Tests.LatticeSearch;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Anonymizer.Tests.Generalization;

public sealed class MergerTests
{
    /// <summary>Goal: counts rolled up over any number of steps are the counts of the rows. Method: random tables, up to four random steps upwards, each from the table that the last one made; rows grouped as strings. FsCheck prints the seed of a failure.</summary>
    [Fact]
    public void Rolled_up_counts_are_recounted_ones() => ForAll(seed =>
    {
        var drawn = ExhaustiveTests.RandomCase.Of(seed);
        var random = new Random(seed);
        var encoded = EncodedTable.Of(drawn.Table, drawn.QuasiIdentifiers, ["s"], 2);
        var merger = new Merger(encoded);
        var (classes, levels) = (encoded.Base, new int[drawn.Hierarchies.Count]);
        for (var step = 0; step < 4; step++)
        {
            levels = [.. levels.Select((level, place) => Math.Min(level + random.Next(2), drawn.Hierarchies[place][0].Length - 1))];
            merger.Merge(classes, levels);
            classes = merger.ToTable(out _);
            var counted = Enumerable.Range(0, classes.Count).ToDictionary(
                index => string.Join('|', levels.Select((level, place) => encoded.Label(classes, index, place, level))),
                index => (classes.Rows[index], Values(encoded, classes.Details[0], index)));
            var recounted = drawn.Rows.Select((row, index) => (Key: string.Join('|', row.Select((value, place) => drawn.Hierarchies[place].Single(each => each[0] == value)[levels[place]])), index))
                .GroupBy(pair => pair.Key)
                .ToDictionary(group => group.Key, group => (group.Count(), string.Join(',', group.GroupBy(pair => drawn.Sensitive[pair.index]).Select(each => $"{each.Key}:{each.Count()}").Order(StringComparer.Ordinal))));
            Assert.Equal(recounted.OrderBy(pair => pair.Key, StringComparer.Ordinal), counted.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        }
    });

    /// <summary>Goal: keys of more than 64 bits group rightly, and rows suppressed for an unmapped value stay out. Method: 40 columns of 12 values, 400 rows in pairs; every combination twice.</summary>
    [Fact]
    public void Forty_columns_are_grouped_rightly()
    {
        var random = new Random(4);
        var half = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 40).Select(_ => $"{random.Next(12)}").ToArray()).ToArray();
        half[7][3] = "unknown";
        var names = Enumerable.Range(0, 40).Select(place => $"q{place}").ToArray();
        var tree = new IntervalHierarchy(0, 12, [3, 6]).Of([]);
        var encoded = EncodedTable.Of(RecodingTests.TableOf([.. half, .. half], names), [.. names.Select(name => new QuasiIdentifier(name, tree, UnmappedValue.Suppress))], [], 2);
        Assert.True(encoded.Words > 1);
        Assert.Equal(half.Where((_, row) => row != 7).Select(row => string.Join('|', row)).Distinct().Count(), encoded.Base.Count);
        Assert.All(encoded.Base.Rows, rows => Assert.Equal(0, rows % 2));
        Assert.Equal((2, EncodedTable.Suppressed), (encoded.SuppressedRows, encoded.ClassOfRow[207]));
        var merger = new Merger(encoded);
        merger.Merge(encoded.Base, Enumerable.Repeat(1, 40).ToArray());
        var merged = merger.ToTable(out _);
        Assert.Equal(398, merged.Rows.Sum());
        merger.Merge(merged, Enumerable.Repeat(3, 40).ToArray());
        Assert.Equal(398, Assert.Single(merger.Rows.ToArray()));
    }

    /// <summary>Goal: built-in hierarchies are monotone, and each value stays itself at level 0. Method: random bounds, widths, lengths and values; a hierarchy that was not would be refused when it is built, so the levels are compared pair by pair.</summary>
    [Fact]
    public void Built_in_hierarchies_are_monotone() => ForAll(seed =>
    {
        var random = new Random(seed);
        var (first, second, third) = (random.Next(1, 5), random.Next(1, 4), random.Next(1, 4));
        var lower = random.Next(-20, 20);
        string[] numbers = [.. Enumerable.Range(0, 12).Select(_ => $"{random.Next(-60, 90)}")];
        string[] codes = [.. Enumerable.Range(0, 12).Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (char)('A' + random.Next(3)))]))];
        string[] dates = [.. Enumerable.Range(0, 12).Select(_ => $"{random.Next(1900, 2030)}-{random.Next(1, 13):00}-{random.Next(1, 29):00}")];
        Check(new IntervalHierarchy(lower, lower + random.Next(1, 60), [first, first * second, first * second * third]).Of(numbers), numbers);
        Check(new CodeHierarchy([.. new[] { 4, 3, 2, 1 }.Where(_ => random.Next(2) == 0)]).Of(codes), codes);
        Check(new DateHierarchy((DateStep)random.Next(5)).Of(dates), dates);
    });

    private static void Check(Hierarchy hierarchy, string[] values)
    {
        foreach (var (one, other) in values.SelectMany(one => values.Select(other => (one, other))))
        {
            var agreed = false;
            for (var level = 0; level < hierarchy.Levels; level++)
            {
                var agree = hierarchy.Generalize(one, level) == hierarchy.Generalize(other, level);
                Assert.True(agree || !agreed, $"{one} and {other} part at level {level}");
                agreed = agree;
            }

            Assert.Equal(one, hierarchy.Generalize(one, 0));
            Assert.True(agreed);
        }
    }

    private static void ForAll(Action<int> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), property));

    private static string Values(EncodedTable encoded, ClassDetail detail, int index)
    {
        var rows = detail.RowsOf(index).ToArray();
        return string.Join(',', detail.ValuesOf(index).ToArray().Select((value, place) => $"{encoded.DetailColumns[0].Values[value]}:{rows[place]}").Order(StringComparer.Ordinal));
    }
}
