using System.Numerics;

namespace Anonymizer.PrivacyModels;

/// <summary>Distinct l-diversity: every class holds at least l different values of the sensitive attribute.</summary>
/// <param name="L">Values, from 2 up.</param>
/// <remarks>Machanavajjhala et al., TKDD 1(1), 2007. Says nothing about how frequent the most frequent value is.</remarks>
public sealed record DistinctLDiversity(int L, string Sensitive) : PrivacyModel
{
    public override string Attribute => Sensitive;

    public override string? Fault() => L < 2 ? $"l is {L} but must be at least 2" : null;

    internal override bool SurvivesAnyMerge => true;

    internal override ClassTest Prepare(TableProfile profile) => (_, values, _) => values.Length >= L;
}

/// <summary>Entropy l-diversity: the entropy of the sensitive values in every class is at least log l.</summary>
/// <param name="L">Greater than 1; need not be whole.</param>
/// <remarks>Machanavajjhala et al., TKDD 1(1), 2007. Near the boundary it is decided in whole numbers, as n^n ≥ l^n · Π cᵢ^cᵢ.</remarks>
public sealed record EntropyLDiversity(decimal L, string Sensitive) : PrivacyModel
{
    private const double Doubt = 1e-9;
    private const long LargestExact = 1 << 16;

    public override string Attribute => Sensitive;

    public override string? Fault() => L is > 1 and <= 1_000_000 ? null : $"l is {L} but must be above 1 and at most 1000000";

    internal override bool SurvivesAnyMerge => false;

    internal override ClassTest Prepare(TableProfile profile) => (rows, _, rowsOfValue) =>
    {
        var weighted = 0.0;
        foreach (var count in rowsOfValue)
        {
            weighted += count * Math.Log(count);
        }

        var over = Math.Log(rows) - (weighted / rows) - Math.Log((double)L);
        return Math.Abs(over) > Doubt ? over > 0 : Exact(rows, rowsOfValue);
    };

    /// <summary>The inequality in whole numbers, the counts divided by what divides all of them; a class too large for that, and within 1e-9 of the bound, does not pass.</summary>
    private bool Exact(int rows, ReadOnlySpan<int> rowsOfValue)
    {
        var divisor = rows;
        foreach (var count in rowsOfValue)
        {
            divisor = (int)BigInteger.GreatestCommonDivisor(divisor, count);
        }

        var n = rows / divisor;
        if (n > LargestExact)
        {
            return false;
        }

        var scale = new BigInteger(1_000_000);
        var right = BigInteger.Pow(new BigInteger(decimal.Ceiling(L * 1_000_000m)), n);
        foreach (var count in rowsOfValue)
        {
            right *= BigInteger.Pow(count / divisor, count / divisor);
        }

        return BigInteger.Pow(n * scale, n) >= right;
    }
}

/// <summary>Recursive (c, l)-diversity: in every class the most frequent sensitive value occurs less than c times as often as the l-th and all rarer ones together.</summary>
/// <param name="C">Greater than 0.</param>
/// <param name="L">Values, from 2 up.</param>
/// <remarks>Machanavajjhala et al., TKDD 1(1), 2007.</remarks>
public sealed record RecursiveDiversity(decimal C, int L, string Sensitive) : PrivacyModel
{
    public override string Attribute => Sensitive;

    public override string? Fault() =>
        L < 2 ? $"l is {L} but must be at least 2" : C is > 0 and <= 1_000_000 ? null : $"c is {C} but must be above 0 and at most 1000000";

    internal override bool SurvivesAnyMerge => false;

    internal override ClassTest Prepare(TableProfile profile) => (rows, values, rowsOfValue) =>
    {
        if (values.Length < L)
        {
            return false;
        }

        var falling = rowsOfValue.ToArray();
        Array.Sort(falling, (left, right) => right.CompareTo(left));
        var tail = 0L;
        foreach (var count in falling.AsSpan(L - 1))
        {
            tail += count;
        }

        return falling[0] < C * tail;
    };
}
