namespace Anonymizer.Generalization;

/// <summary>
/// A generalization hierarchy: for each value of a domain its generalized values, from level 0 (the value itself) to the
/// top. It is monotone: two values that agree at one level agree at every higher level, so that classes only merge upwards.
/// </summary>
/// <remarks>Sweeney, IJUFKS 10(5), 2002. The domain is the hierarchy's, not the data's: the loss of a value is measured
/// by the share of the domain it covers.</remarks>
public sealed class Hierarchy
{
    /// <summary>The value that says nothing.</summary>
    public const string Any = "*";

    private readonly string[][] labels;
    private readonly int[][] labelOfLeaf;
    private readonly Dictionary<string, int> leafOf;

    private Hierarchy(string[][] labels, int[][] labelOfLeaf, Dictionary<string, int> leafOf)
    {
        this.labels = labels;
        this.labelOfLeaf = labelOfLeaf;
        this.leafOf = leafOf;
    }

    /// <summary>Number of levels, the values themselves being the first; at least 1.</summary>
    public int Levels => labels.Length;

    /// <summary>Number of values in the domain.</summary>
    public int DomainSize => labelOfLeaf[0].Length;

    /// <summary>The distinct values of a level.</summary>
    public IReadOnlyList<string> Labels(int level) => labels[level];

    /// <summary>The generalized value at the level, or null when the value is not in the domain.</summary>
    public string? Generalize(string value, int level) =>
        leafOf.TryGetValue(value, out var leaf) ? labels[level][labelOfLeaf[level][leaf]] : null;

    /// <summary>
    /// Reads rows of the form value, generalized value, …, top. Gives null and the first fault when a row has another number of
    /// levels than the first, a value occurs twice, or the rows are not monotone.
    /// </summary>
    public static Hierarchy? FromRows(IReadOnlyList<IReadOnlyList<string>> rows, out HierarchyFault? fault)
    {
        fault = FaultOf(rows);
        if (fault is not null)
        {
            return null;
        }

        var levels = rows[0].Count;
        var labels = new string[levels][];
        var labelOfLeaf = new int[levels][];
        for (var level = 0; level < levels; level++)
        {
            var names = new List<string>();
            var index = new Dictionary<string, int>(StringComparer.Ordinal);
            labelOfLeaf[level] = new int[rows.Count];
            for (var row = 0; row < rows.Count; row++)
            {
                var name = rows[row][level];
                if (!index.TryGetValue(name, out var label))
                {
                    label = names.Count;
                    index.Add(name, label);
                    names.Add(name);
                }

                labelOfLeaf[level][row] = label;
            }

            labels[level] = [.. names];
        }

        var leafOf = new Dictionary<string, int>(rows.Count, StringComparer.Ordinal);
        for (var row = 0; row < rows.Count; row++)
        {
            leafOf.Add(rows[row][0], row);
        }

        return new Hierarchy(labels, labelOfLeaf, leafOf);
    }

    /// <summary>The hierarchy of an attribute that has none: each value, then <c>*</c>.</summary>
    public static Hierarchy Flat(IEnumerable<string> values) =>
        Built([.. values.DefaultIfEmpty(Any).Distinct(StringComparer.Ordinal).Select(value => new[] { value, Any })]);

    /// <summary>The leaf of a value, or -1 when it is not in the domain.</summary>
    internal int Leaf(string value) => leafOf.GetValueOrDefault(value, -1);

    /// <summary>The labels' indexes at a level, one a leaf.</summary>
    internal ReadOnlySpan<int> LabelsOfLeaves(int level) => labelOfLeaf[level];

    /// <summary>How many values of the domain each label of the level covers.</summary>
    internal long[] Coverage(int level)
    {
        var covered = new long[labels[level].Length];
        foreach (var label in labelOfLeaf[level])
        {
            covered[label]++;
        }

        return covered;
    }

    /// <summary>Rows that a builder made, and which therefore cannot be at fault.</summary>
    internal static Hierarchy Built(IReadOnlyList<IReadOnlyList<string>> rows) =>
        FromRows(rows, out var fault) ?? throw new InvalidOperationException(fault!.ToString());

    private static HierarchyFault? FaultOf(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (rows.Count == 0 || rows[0].Count == 0)
        {
            return new HierarchyFault(1, "", "a hierarchy needs at least one row with at least one level");
        }

        var levels = rows[0].Count;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var parents = new Dictionary<string, (string Parent, int Row)>[levels];
        for (var level = 0; level < levels; level++)
        {
            parents[level] = new(StringComparer.Ordinal);
        }

        for (var row = 0; row < rows.Count; row++)
        {
            var cells = rows[row];
            var value = cells.Count == 0 ? "" : cells[0];
            if (cells.Count != levels)
            {
                return new HierarchyFault(row + 1, value, $"has {cells.Count} levels where row 1 has {levels}");
            }

            if (!seen.TryAdd(value, row + 1))
            {
                return new HierarchyFault(row + 1, value, $"occurs already in row {seen[value]}");
            }

            for (var level = 0; level + 1 < levels; level++)
            {
                if (cells[level] == Any && cells[level + 1] != Any)
                {
                    return new HierarchyFault(row + 1, value, $"'*' at level {level} becomes '{cells[level + 1]}' at level {level + 1}; '*' stays '*'");
                }

                if (!parents[level].TryGetValue(cells[level], out var known))
                {
                    parents[level].Add(cells[level], (cells[level + 1], row + 1));
                }
                else if (known.Parent != cells[level + 1])
                {
                    return new HierarchyFault(row + 1, value, $"'{cells[level]}' at level {level} becomes '{cells[level + 1]}' here and '{known.Parent}' in row {known.Row}; a hierarchy must be monotone");
                }
            }
        }

        return null;
    }
}
