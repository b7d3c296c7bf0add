namespace Anonymizer.Generalization;

/// <summary>
/// A quasi-identifier as the search sees it: codes 0, 1, … for the values that occur, and for each level the code of the
/// generalized value. A level whose values are all one needs no bits in a class key.
/// </summary>
internal sealed class EncodedColumn
{
    private readonly ulong[]?[,] steps;

    private EncodedColumn(string name, long domainSize, string[][] labels, long[][] coverage, int[][] fromBase)
    {
        Name = name;
        DomainSize = domainSize;
        Labels = labels;
        Coverage = coverage;
        FromBase = fromBase;
        RowsAt = new long[labels.Length][];
        steps = new ulong[labels.Length, labels.Length][];
    }

    public string Name { get; }

    /// <summary>Rows of the hierarchy: the size of the domain, whatever of it occurs.</summary>
    public long DomainSize { get; }

    public int Levels => Labels.Length;

    /// <summary>The generalized values by level and code.</summary>
    public string[][] Labels { get; }

    /// <summary>How many values of the domain a generalized value covers, by level and code.</summary>
    public long[][] Coverage { get; }

    /// <summary>The code at a level for each code of level 0.</summary>
    public int[][] FromBase { get; }

    /// <summary>Rows of the table by level and code; filled when the rows are counted.</summary>
    public long[][] RowsAt { get; }

    /// <summary>Where the column stands in a class key.</summary>
    public int Word { get; set; }

    public int Shift { get; set; }

    public int Bits => BitsFor(Labels.Max(level => level.Length));

    public ulong Mask => Bits == 0 ? 0 : (ulong.MaxValue >> (64 - Bits)) << Shift;

    /// <summary>The column's code in a class key.</summary>
    public int CodeIn(ReadOnlySpan<ulong> key) => (int)((key[Word] & Mask) >> Shift);

    /// <summary>Encodes the values that occur; gives for each of them its code of level 0.</summary>
    public static EncodedColumn Of(QuasiIdentifier attribute, IReadOnlyList<string> values, out int[] codes, out bool[] unmapped)
    {
        var hierarchy = attribute.Hierarchy;
        var levels = hierarchy.Levels;
        var names = new List<string>[levels];
        var indexes = new Dictionary<string, int>[levels];
        var coverage = new List<long>[levels];
        var fromBase = new List<int>[levels];
        var covered = new long[levels][];
        for (var level = 0; level < levels; level++)
        {
            (names[level], indexes[level], coverage[level], fromBase[level]) = ([], new(StringComparer.Ordinal), [], []);
            covered[level] = hierarchy.Coverage(level);
        }

        codes = new int[values.Count];
        unmapped = new bool[values.Count];
        for (var value = 0; value < values.Count; value++)
        {
            var leaf = hierarchy.Leaf(values[value]);
            unmapped[value] = leaf < 0;
            for (var level = 0; level < levels; level++)
            {
                var label = leaf < 0 ? -1 : hierarchy.LabelsOfLeaves(level)[leaf];
                var name = leaf < 0 ? Hierarchy.Any : hierarchy.Labels(level)[label];
                if (!indexes[level].TryGetValue(name, out var code))
                {
                    code = names[level].Count;
                    indexes[level].Add(name, code);
                    names[level].Add(name);
                    coverage[level].Add(leaf < 0 ? hierarchy.DomainSize : covered[level][label]);
                }

                if (level > 0)
                {
                    SetParent(fromBase[level], codes[value], code);
                    continue;
                }

                codes[value] = code;
                SetParent(fromBase[0], code, code);
            }
        }

        return new EncodedColumn(
            attribute.Name,
            hierarchy.DomainSize,
            [.. names.Select(list => list.ToArray())],
            [.. coverage.Select(list => list.ToArray())],
            [.. fromBase.Select(list => list.ToArray())]);
    }

    /// <summary>Counts the rows of each generalized value from the counts of level 0.</summary>
    public void CountRows(long[] rowsOfBase)
    {
        for (var level = 0; level < Levels; level++)
        {
            RowsAt[level] = new long[Labels[level].Length];
            for (var code = 0; code < rowsOfBase.Length; code++)
            {
                RowsAt[level][FromBase[level][code]] += rowsOfBase[code];
            }
        }
    }

    /// <summary>The key bits of the target level for each code of the source level; null when the target says nothing.</summary>
    public ulong[]? Step(int from, int to)
    {
        if (Labels[to].Length == 1)
        {
            return null;
        }

        var step = steps[from, to];
        if (step is null)
        {
            step = new ulong[Labels[from].Length];
            for (var code = 0; code < FromBase[0].Length; code++)
            {
                step[FromBase[from][code]] = (ulong)FromBase[to][code] << Shift;
            }

            steps[from, to] = step;
        }

        return step;
    }

    private static void SetParent(List<int> parents, int code, int parent)
    {
        if (code == parents.Count)
        {
            parents.Add(parent);
        }
    }

    private static int BitsFor(int labels) => labels <= 1 ? 0 : 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)(labels - 1));
}
