using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>The values of one attribute in each class: class i holds <c>Values[Starts[i]..Starts[i + 1]]</c> with as many rows as <c>Rows</c> says.</summary>
internal sealed record ClassDetail(int[] Starts, int[] Values, int[] Rows)
{
    public ReadOnlySpan<int> ValuesOf(int index) => Values.AsSpan(Starts[index], Starts[index + 1] - Starts[index]);

    public ReadOnlySpan<int> RowsOf(int index) => Rows.AsSpan(Starts[index], Starts[index + 1] - Starts[index]);

    /// <summary>The values of a column in each class; rows of no class are left out, and null is the last value.</summary>
    /// <param name="times">How many rows each stands for; null where each stands for itself.</param>
    public static ClassDetail Of(CategoryColumn column, int[] classOfRow, int classes, int[]? times)
    {
        var members = Enumerable.Range(0, classOfRow.Length).Where(row => classOfRow[row] >= 0 && times?[row] != 0).ToArray();
        var values = Array.ConvertAll(members, row => column.Codes[row] < 0 ? column.Values.Count : column.Codes[row]);
        var rows = Array.ConvertAll(members, row => times?[row] ?? 1);
        var each = new ClassDetail([.. Enumerable.Range(0, members.Length + 1)], values, rows);
        return each.Merge(Array.ConvertAll(members, row => classOfRow[row]), classes, column.Values.Count + 1);
    }

    /// <summary>The detail of some of the classes.</summary>
    public ClassDetail Select(int[] classes)
    {
        var starts = new int[classes.Length + 1];
        for (var i = 0; i < classes.Length; i++)
        {
            starts[i + 1] = starts[i] + ValuesOf(classes[i]).Length;
        }

        var (values, rows) = (new int[starts[^1]], new int[starts[^1]]);
        for (var i = 0; i < classes.Length; i++)
        {
            ValuesOf(classes[i]).CopyTo(values.AsSpan(starts[i]));
            RowsOf(classes[i]).CopyTo(rows.AsSpan(starts[i]));
        }

        return new ClassDetail(starts, values, rows);
    }

    /// <summary>Merges the parts' values into <paramref name="classes"/> classes, <paramref name="classOf"/> naming the class of each part.</summary>
    public ClassDetail Merge(ReadOnlySpan<int> classOf, int classes, int valueCount)
    {
        var partsBefore = new int[classes + 1];
        foreach (var target in classOf)
        {
            partsBefore[target + 1]++;
        }

        for (var i = 0; i < classes; i++)
        {
            partsBefore[i + 1] += partsBefore[i];
        }

        var parts = new int[classOf.Length];
        var next = partsBefore.AsSpan(0, classes).ToArray();
        for (var part = 0; part < classOf.Length; part++)
        {
            parts[next[classOf[part]]++] = part;
        }

        var at = new int[valueCount];
        var starts = new int[classes + 1];
        var values = new int[Starts[^1]];
        var rows = new int[Starts[^1]];
        var end = 0;
        for (var target = 0; target < classes; target++)
        {
            var start = end;
            foreach (var part in parts.AsSpan(partsBefore[target], partsBefore[target + 1] - partsBefore[target]))
            {
                for (var pair = Starts[part]; pair < Starts[part + 1]; pair++)
                {
                    var value = Values[pair];
                    var known = at[value] - 1;
                    if (known < start)
                    {
                        known = end++;
                        values[known] = value;
                        at[value] = end;
                    }

                    rows[known] += Rows[pair];
                }
            }

            starts[target + 1] = end;
        }

        return new ClassDetail(starts, values.AsSpan(0, end).ToArray(), rows.AsSpan(0, end).ToArray());
    }
}
