using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;
using Xunit;

namespace Anonymizer.Tests.Generalization;

public sealed class RecodingTests
{
    private static readonly QuasiIdentifier[] Attributes =
    [
        new("age", new IntervalHierarchy(0, 90, [10, 30]).Of([])),
        new("sex", Hierarchy.Flat(["m", "f"])),
    ];

    /// <summary>Goal: a recoding of a dataset version serves a part of it. Method: applied to the whole it gives the search's rows; applied to a part, the same classes.</summary>
    [Fact]
    public void A_recoding_applies_to_the_table_and_to_a_part_of_it()
    {
        var random = new Random(3);
        var cells = Enumerable.Range(0, 500).Select(_ => new[] { $"{random.Next(90)}", random.Next(3) == 0 ? "m" : "f" }).ToArray();
        var found = FullDomain.Search(new Anonymization(Attributes, [new KAnonymity(5)], 0.05m, LossMetric.Loss), TableOf(cells), SearchLimits.None);
        var again = found.Recoding!.Apply(TableOf(cells));
        Assert.Equal(found.Release!.ClassOfRow.ToArray(), again.ClassOfRow.ToArray());
        var part = found.Recoding.Apply(TableOf(cells[100..200]));
        Assert.Equal(found.Release.ClassOfRow[100..200].ToArray(), part.ClassOfRow.ToArray());
        Assert.Equal(Enumerable.Range(0, 100).Select(row => part.Value(row, 0)), Enumerable.Range(0, 100).Select(row => part.Column(0).Text(row)));
    }

    /// <summary>Goal: an unmapped value is written * or suppressed, and counted. Method: two rows with a sex that the hierarchy does not know.</summary>
    [Theory]
    [InlineData(UnmappedValue.Generalize, 0)]
    [InlineData(UnmappedValue.Suppress, 2)]
    public void An_unmapped_value_is_generalized_or_suppressed_and_counted(UnmappedValue unmapped, int suppressed)
    {
        string[][] cells = [["1", "m"], ["1", "m"], ["1", "x"], ["1", "x"]];
        var found = FullDomain.Search(
            new Anonymization([Attributes[0], Attributes[1] with { Unmapped = unmapped }], [new KAnonymity(2)], 0.5m, LossMetric.Loss), TableOf(cells), SearchLimits.None);
        Assert.Equal(2, found.Recoding!.UnmappedCells);
        Assert.Equal(suppressed, found.Recoding.SuppressedRows);
        Assert.Equal("*", found.Release!.Value(3, 1));
        Assert.Equal("m", found.Release.Value(0, 1));
    }

    /// <summary>Goal: k counts patients where a patient has several rows. Method: three rows of two patients are no class of three.</summary>
    [Fact]
    public void K_counts_patients()
    {
        string[][] cells = [["1", "m", "p1"], ["1", "m", "p1"], ["1", "m", "p2"], ["2", "f", "p3"], ["2", "f", "p4"], ["2", "f", "p5"]];
        var table = TableOf(cells, "age", "sex", "patient");
        var found = FullDomain.At(new Anonymization(Attributes, [new KAnonymity(3, "patient")], 0.5m, LossMetric.Loss), table, [0, 0], SearchLimits.None);
        Assert.Equal(3, found.Recoding!.SuppressedRows);
        Assert.Equal([-1, -1, -1, 0, 0, 0], found.Release!.ClassOfRow.ToArray());
    }

    internal static Table TableOf(string[][] cells, params string[] names) =>
        new([.. (names.Length == 0 ? ["age", "sex"] : names).Select((name, index) => ColumnOf(name, [.. cells.Select(row => row[index])]))]);

    private static CategoryColumn ColumnOf(string name, string[] cells)
    {
        var values = cells.Distinct().ToList();
        return new CategoryColumn(name, values, [.. cells.Select(cell => values.IndexOf(cell))]);
    }
}
