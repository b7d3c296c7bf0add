using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;
using Xunit;

namespace Anonymizer.Tests.PrivacyModels;

public sealed class TClosenessTests
{
    /// <summary>
    /// Goal: products of counts beyond 32 bits decide rightly. Method: 1.2 million rows, two classes of 600,000, three sensitive values
    /// under two inner nodes; the true hierarchical distance is 0.21, and t = 0.2 must refuse what t = 0.21 admits, for all three distances.
    /// </summary>
    [Theory]
    [InlineData(ValueDistance.Hierarchical)]
    [InlineData(ValueDistance.Equal)]
    [InlineData(ValueDistance.Ordered)]
    public void A_distance_just_above_t_is_refused_at_1_2_million_rows(ValueDistance distance)
    {
        // Class 0 has a, b in the shares 0.71, 0.29 and class 1 in 0.29, 0.71: both are at a distance of 0.21 from the whole.
        const int Half = 600_000;
        var group = new int[2 * Half];
        var value = new int[2 * Half];
        for (var row = 0; row < group.Length; row++)
        {
            group[row] = row / Half;
            value[row] = (row % Half < 0.71 * Half) == (group[row] == 0) ? 0 : 1;
        }

        var table = new Table([new CategoryColumn("q", ["g0", "g1"], group), new CategoryColumn("s", ["a", "b"], value)]);
        var tree = Hierarchy.FromRows([["a", "x", "*"], ["b", "y", "*"]], out _);
        bool Passes(decimal t) => FullDomain.At(
            new Anonymization([new QuasiIdentifier("q", Hierarchy.Flat(["g0", "g1"]))], [new TCloseness(t, "s", distance, tree)], 0, LossMetric.Loss), table, [0], SearchLimits.None).Release is not null;
        Assert.False(Passes(0.2m));
        Assert.False(Passes(0.2099999m));
        Assert.True(Passes(0.21m));
    }

    /// <summary>Goal: the entropy of a class at the bound is decided exactly. Method: l equal shares of any size are l-diverse, one row moved is not.</summary>
    [Fact]
    public void Entropy_at_the_bound_is_decided_in_whole_numbers()
    {
        var test = new EntropyLDiversity(7, "s").Prepare(new TableProfile(1, [], []));
        int[] even = [.. Enumerable.Repeat(123_457, 7)];
        Assert.True(test(even.Sum(), [0, 1, 2, 3, 4, 5, 6], even));
        int[] uneven = [.. Enumerable.Repeat(1000, 5), 999, 1001];
        Assert.False(test(7000, [0, 1, 2, 3, 4, 5, 6], uneven));
    }
}
