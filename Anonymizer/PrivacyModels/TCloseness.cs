using System.Globalization;
using Anonymizer.Generalization;

namespace Anonymizer.PrivacyModels;

/// <summary>t-closeness: the sensitive values of every class are distributed as in the whole table, up to an earth mover's distance of t.</summary>
/// <param name="T">From 0 to 1. At most nine decimals count; what is finer is cut off, which is the stricter side.</param>
/// <param name="Distance">How far two values are apart.</param>
/// <param name="Tree">The sensitive attribute's own hierarchy; needed by <see cref="ValueDistance.Hierarchical"/>, and the order of its rows by
/// <see cref="ValueDistance.Ordered"/> where the values are no numbers.</param>
/// <remarks>Li, Li, Venkatasubramanian, ICDE 2007. Both sides are multiplied out and compared in 128-bit whole numbers: at 1.2 million
/// rows a product of two counts no longer fits in 32 bits, and a wrapped product once released a table that was not t-close.</remarks>
public sealed record TCloseness(decimal T, string Sensitive, ValueDistance Distance, Hierarchy? Tree = null) : PrivacyModel
{
    private const long Scale = 1_000_000_000;

    public override string Attribute => Sensitive;

    public override string? Fault() =>
        T is < 0 or > 1 ? $"t is {T} but must be from 0 to 1"
        : Distance == ValueDistance.Hierarchical && Tree is null ? $"distance 'hierarchical' needs a hierarchy of '{Sensitive}'" : null;

    internal override bool SurvivesAnyMerge => false;

    internal override ClassTest Prepare(TableProfile profile) => Distance switch
    {
        ValueDistance.Equal => Equal(profile),
        ValueDistance.Ordered => Ordered(profile),
        _ => Hierarchical(profile),
    };

    private long ScaledT => (long)(T * Scale);

    /// <summary>Half the sum of |cᵢ·N − Cᵢ·n| is at most t·n·N.</summary>
    private ClassTest Equal(TableProfile profile)
    {
        return (rows, values, rowsOfValue) =>
        {
            // Values that the class lacks add their whole share of the table: all shares of the table add up to one.
            Int128 distance = 0;
            var absent = profile.Rows;
            for (var i = 0; i < values.Length; i++)
            {
                var whole = profile.RowsOfValue[values[i]];
                distance += Int128.Abs(((Int128)rowsOfValue[i] * profile.Rows) - ((Int128)whole * rows));
                absent -= whole;
            }

            distance += (Int128)absent * rows;
            return distance * Scale <= (Int128)2 * ScaledT * rows * profile.Rows;
        };
    }

    /// <summary>The sum over the order of |what was carried so far| is at most t·(m − 1)·n·N.</summary>
    private ClassTest Ordered(TableProfile profile)
    {
        var order = Order(profile);
        var rank = new int[profile.RowsOfValue.Length];
        for (var i = 0; i < order.Length; i++)
        {
            rank[order[i]] = i;
        }

        return (rows, values, rowsOfValue) =>
        {
            var inClass = new int[order.Length];
            for (var i = 0; i < values.Length; i++)
            {
                inClass[rank[values[i]]] = rowsOfValue[i];
            }

            Int128 carried = 0;
            Int128 distance = 0;
            for (var i = 0; i < order.Length; i++)
            {
                carried += ((Int128)inClass[i] * profile.Rows) - ((Int128)profile.RowsOfValue[order[i]] * rows);
                distance += Int128.Abs(carried);
            }

            return distance * Scale <= (Int128)ScaledT * Math.Max(1, order.Length - 1) * rows * profile.Rows;
        };
    }

    /// <summary>The values that occur in the table, as numbers where all are, else as the hierarchy's rows order them, else as text; null last.</summary>
    private int[] Order(TableProfile profile)
    {
        var occurring = Enumerable.Range(0, profile.RowsOfValue.Length).Where(value => profile.RowsOfValue[value] > 0);
        var none = profile.Values.Count;
        var numbers = profile.Values.Select(text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : (decimal?)null).ToArray();
        return numbers.All(number => number is not null)
            ? [.. occurring.OrderBy(value => value == none).ThenBy(value => value == none ? 0 : numbers[value])]
            : [.. occurring.OrderBy(value => value == none)
                .ThenBy(value => value == none ? 0 : Tree?.Leaf(profile.Values[value]) is >= 0 and var leaf ? leaf : int.MaxValue)
                .ThenBy(value => value == none ? "" : profile.Values[value], StringComparer.Ordinal)];
    }

    /// <summary>The sum over inner nodes of level · min(surplus of the children above, lack of the children below) is at most t·height·n·N.</summary>
    private ClassTest Hierarchical(TableProfile profile)
    {
        var (nodesAt, parents) = Nodes(profile);
        var height = parents.Length;
        return (rows, values, rowsOfValue) =>
        {
            var extras = new Int128[nodesAt[0]];
            for (var value = 0; value < extras.Length; value++)
            {
                extras[value] = -(Int128)profile.RowsOfValue[value] * rows;
            }

            for (var i = 0; i < values.Length; i++)
            {
                extras[values[i]] += (Int128)rowsOfValue[i] * profile.Rows;
            }

            Int128 distance = 0;
            for (var level = 1; level <= height; level++)
            {
                var above = new Int128[nodesAt[level]];
                var below = new Int128[nodesAt[level]];
                for (var node = 0; node < extras.Length; node++)
                {
                    ref var side = ref (extras[node] > 0 ? ref above : ref below)[parents[level - 1][node]];
                    side += extras[node];
                }

                extras = new Int128[nodesAt[level]];
                for (var node = 0; node < extras.Length; node++)
                {
                    distance += level * Int128.Min(above[node], -below[node]);
                    extras[node] = above[node] + below[node];
                }
            }

            return distance * Scale <= (Int128)ScaledT * Math.Max(1, height) * rows * profile.Rows;
        };
    }

    /// <summary>The tree over the table's values: nodes by level, and each node's parent. A value that the hierarchy lacks hangs directly under the root.</summary>
    private (int[] NodesAt, int[][] Parents) Nodes(TableProfile profile)
    {
        var tree = Tree!;
        var top = tree.Levels - 1;
        var nodesAt = new int[top + 1];
        var parents = new int[top][];
        nodesAt[0] = profile.RowsOfValue.Length;
        var nodeOfValue = Enumerable.Range(0, nodesAt[0]).ToArray();
        for (var level = 1; level <= top; level++)
        {
            var index = new Dictionary<(string, int), int>();
            parents[level - 1] = new int[nodesAt[level - 1]];
            for (var value = 0; value < nodeOfValue.Length; value++)
            {
                var name = value < profile.Values.Count ? tree.Generalize(profile.Values[value], level) : null;
                var key = level == top ? (Hierarchy.Any, -1) : name is null ? ("", value) : (name, -1);
                if (!index.TryGetValue(key, out var node))
                {
                    node = index.Count;
                    index.Add(key, node);
                }

                parents[level - 1][nodeOfValue[value]] = node;
                nodeOfValue[value] = node;
            }

            nodesAt[level] = index.Count;
        }

        return (nodesAt, parents);
    }
}

/// <summary>How far two sensitive values are apart, from 0 to 1.</summary>
public enum ValueDistance
{
    /// <summary>Any two values are at distance 1.</summary>
    Equal,

    /// <summary>By the number of values between them in the order.</summary>
    Ordered,

    /// <summary>By the level of their common ancestor in the attribute's hierarchy.</summary>
    Hierarchical,
}
