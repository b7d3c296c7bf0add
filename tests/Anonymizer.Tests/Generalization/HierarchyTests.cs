using Anonymizer.Generalization;
using Xunit;

namespace Anonymizer.Tests.Generalization;

public sealed class HierarchyTests
{
    /// <summary>Goal: a wrong hierarchy says which row and value. Method: one fault of each kind.</summary>
    [Theory]
    [InlineData("a;x;*|b;x", "row 2, value 'b': has 2 levels where row 1 has 3")]
    [InlineData("a;x;*|b;x;*|a;y;*", "row 3, value 'a': occurs already in row 1")]
    [InlineData("a;x;p;*|b;x;q;*", "row 2, value 'b': 'x' at level 1 becomes 'q' here and 'p' in row 1; a hierarchy must be monotone")]
    [InlineData("a;*;p", "row 1, value 'a': '*' at level 1 becomes 'p' at level 2; '*' stays '*'")]
    public void A_fault_names_the_row_and_the_value(string rows, string message)
    {
        Assert.Null(Hierarchy.FromRows(Rows(rows), out var fault));
        Assert.Equal(message, fault!.ToString());
    }

    /// <summary>Goal: a value generalizes as its row says, and an unknown one to nothing. Method: two rows.</summary>
    [Fact]
    public void A_value_generalizes_level_by_level()
    {
        var hierarchy = Hierarchy.FromRows(Rows("a;x;*|b;y;*"), out _)!;
        Assert.Equal(["a", "x", "*"], Enumerable.Range(0, hierarchy.Levels).Select(level => hierarchy.Generalize("a", level)));
        Assert.Null(hierarchy.Generalize("c", 1));
    }

    /// <summary>Goal: built-in intervals nest, and values outside the bounds are gathered. Method: ages with an upper bound of 90.</summary>
    [Fact]
    public void Ages_above_the_bound_are_gathered()
    {
        var ages = new IntervalHierarchy(0, 90, [5, 10, 20]).Of(["93", "-1"]);
        Assert.Equal(["89", "85-89", "80-89", "80-89", "*"], Enumerable.Range(0, 5).Select(level => ages.Generalize("89", level)));
        Assert.Equal("90+", ages.Generalize("93", 1));
        Assert.Equal("<0", ages.Generalize("-1", 3));
    }

    /// <summary>Goal: dates and codes step as documented. Method: one of each.</summary>
    [Fact]
    public void Dates_and_codes_step_upwards()
    {
        var dates = new DateHierarchy(DateStep.Month).Of(["2024-05-31", "no date"]);
        Assert.Equal(["2024-05-31", "2024-05", "2024-Q2", "2024", "2020-2024", "2020-2029", "*"], Enumerable.Range(0, dates.Levels).Select(level => dates.Generalize("2024-05-31", level)));
        var codes = new CodeHierarchy([3, 1]).Of(["E11.9", "E11", "E"]);
        Assert.Equal(["E11.9", "E11*", "E*", "*"], Enumerable.Range(0, codes.Levels).Select(level => codes.Generalize("E11.9", level)));
        Assert.Equal("E11", codes.Generalize("E11", 1));
    }

    private static IReadOnlyList<IReadOnlyList<string>> Rows(string text) => [.. text.Split('|').Select(row => row.Split(';'))];
}
