namespace Anonymizer.Generalization;

/// <summary>
/// The equivalence classes of a table under one transformation: a key each (the codes of the generalized values, packed) and
/// the number of rows; and for each attribute that a privacy model asks about, the values in the class with their counts.
/// </summary>
internal sealed class ClassTable(int words, int count, ulong[] keys, int[] rows, ClassDetail[] details)
{
    /// <summary>The bit, in any word of a key, that says: suppressed whatever its size.</summary>
    public const ulong Forced = 1UL << 63;

    /// <summary>64-bit words of a key.</summary>
    public int Words => words;

    /// <summary>Number of classes.</summary>
    public int Count => count;

    /// <summary>Rows of each class; may be longer than <see cref="Count"/>.</summary>
    public int[] Rows => rows;

    public ulong[] Keys => keys;

    public ClassDetail[] Details => details;

    public ReadOnlySpan<ulong> Key(int index) => keys.AsSpan(index * words, words);

    public bool IsForced(int index)
    {
        var all = 0UL;
        foreach (var word in Key(index))
        {
            all |= word;
        }

        return all >= Forced;
    }

    /// <summary>A copy that holds no more than it needs and shares nothing with a worker's buffers.</summary>
    public ClassTable Detached() => new(words, count, keys.AsSpan(0, count * words).ToArray(), rows.AsSpan(0, count).ToArray(), details);
}

/// <summary>The values of one attribute in each class: class i holds <c>Values[Starts[i]..Starts[i + 1]]</c> with as many rows as <c>Rows</c> says.</summary>
internal sealed record ClassDetail(int[] Starts, int[] Values, int[] Rows)
{
    public ReadOnlySpan<int> ValuesOf(int index) => Values.AsSpan(Starts[index], Starts[index + 1] - Starts[index]);

    public ReadOnlySpan<int> RowsOf(int index) => Rows.AsSpan(Starts[index], Starts[index + 1] - Starts[index]);

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
