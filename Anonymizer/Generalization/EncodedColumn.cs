namespace Anonymizer.Generalization;

/// <summary>
/// A quasi-identifier as the search sees it: codes 0, 1, … for the values that occur, and for each level the code of the
/// generalized value.
/// </summary>
internal sealed class EncodedColumn
{
    private EncodedColumn(string name, long domainSize, string[][] labels, long[][] coverage, int[][] fromBase)
    {
        Name = name;
        DomainSize = domainSize;
        Labels = labels;
        Coverage = coverage;
        FromBase = fromBase;
        RowsAt = new long[labels.Length][];
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

    private static void SetParent(List<int> parents, int code, int parent)
    {
        if (code == parents.Count)
        {
            parents.Add(parent);
        }
    }
}
