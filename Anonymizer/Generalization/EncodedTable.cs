using System.Runtime.CompilerServices;
using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>
/// A table's rows, grouped once by the distinct combinations of their quasi-identifiers. Everything after this works on the
/// classes; the rows are touched again only to write them.
/// </summary>
internal sealed class EncodedTable
{
    private EncodedTable(EncodedColumn[] columns, ClassTable classes, int[] classOfRow, int[] detailSizes, IReadOnlyList<IReadOnlyList<string>> detailValues, long unmapped)
    {
        Columns = columns;
        Base = classes;
        ClassOfRow = classOfRow;
        DetailSizes = detailSizes;
        DetailValues = detailValues;
        UnmappedCells = unmapped;
    }

    public EncodedColumn[] Columns { get; }

    /// <summary>The classes at level 0 of every column.</summary>
    public ClassTable Base { get; }

    /// <summary>The class in <see cref="Base"/> of each row.</summary>
    public int[] ClassOfRow { get; }

    /// <summary>Number of values of each detail, null being the last.</summary>
    public int[] DetailSizes { get; }

    public IReadOnlyList<IReadOnlyList<string>> DetailValues { get; }

    /// <summary>Cells whose value its hierarchy does not know.</summary>
    public long UnmappedCells { get; }

    public int Rows => ClassOfRow.Length;

    /// <summary>Encodes and groups; the columns exist.</summary>
    public static EncodedTable Of(Table table, IReadOnlyList<QuasiIdentifier> attributes, IReadOnlyList<string> details, int workers)
    {
        var columns = new EncodedColumn[attributes.Count];
        var codes = new int[attributes.Count][];
        var sources = new CategoryColumn[attributes.Count];
        var unmapped = new bool[attributes.Count][];
        for (var i = 0; i < columns.Length; i++)
        {
            sources[i] = table.Find(attributes[i].Name)!.ToCategories();
            var values = sources[i].Codes.Contains(CategoryColumn.Null) ? [.. sources[i].Values, ""] : sources[i].Values;
            columns[i] = EncodedColumn.Of(attributes[i], values, out codes[i], out unmapped[i]);
        }

        var words = LayOut(columns);
        var keysOf = new ulong[columns.Length][];
        for (var i = 0; i < columns.Length; i++)
        {
            keysOf[i] = KeysOf(columns[i], codes[i], unmapped[i], attributes[i].Unmapped == UnmappedValue.Suppress);
        }

        var (classes, classOfRow) = Group(table.Count, columns, sources, keysOf, words, Math.Max(1, workers));
        var detailColumns = details.Select(name => table.Find(name)!.ToCategories()).ToArray();
        var encoded = new EncodedTable(
            columns,
            new ClassTable(words, classes.Count, classes.Keys, classes.Rows, [.. detailColumns.Select(column => DetailOf(column, classOfRow, classes.Count))]),
            classOfRow,
            [.. detailColumns.Select(column => column.Values.Count + 1)],
            [.. detailColumns.Select(column => column.Values)],
            Unmapped(sources, unmapped));
        encoded.CountRows();
        return encoded;
    }

    /// <summary>Gives each column its bits; no column straddles two words, and each word's highest bit is <see cref="ClassTable.Forced"/>. Gives the number of words.</summary>
    private static int LayOut(EncodedColumn[] columns)
    {
        var (word, used) = (0, 0);
        foreach (var column in columns.OrderByDescending(column => column.Bits))
        {
            if (used + column.Bits > 63)
            {
                (word, used) = (word + 1, 0);
            }

            column.Word = word;
            column.Shift = used;
            used += column.Bits;
        }

        return word + 1;
    }

    /// <summary>The key bits of each code of the source column, null's being the last.</summary>
    private static ulong[] KeysOf(EncodedColumn column, int[] codes, bool[] unmapped, bool suppress)
    {
        var keys = new ulong[codes.Length];
        for (var value = 0; value < codes.Length; value++)
        {
            keys[value] = (ulong)codes[value] << column.Shift;
            if (unmapped[value] && suppress)
            {
                keys[value] |= ClassTable.Forced;
            }
        }

        return keys;
    }

    private static (ClassTable Classes, int[] ClassOfRow) Group(
        int rows, EncodedColumn[] columns, CategoryColumn[] sources, ulong[][] keysOf, int words, int workers)
    {
        var classOfRow = new int[rows];
        var parts = new (ClassIndex Index, int[] Counts)[workers];
        var from = new int[workers + 1];
        for (var worker = 0; worker <= workers; worker++)
        {
            from[worker] = (int)((long)rows * worker / workers);
        }

        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
            parts[worker] = words == 1
                ? GroupNarrow(from[worker], from[worker + 1], sources, keysOf, classOfRow)
                : GroupWide(from[worker], from[worker + 1], columns, sources, keysOf, words, classOfRow));

        if (workers == 1)
        {
            return (new ClassTable(words, parts[0].Index.Count, parts[0].Index.Keys, parts[0].Counts, []), classOfRow);
        }

        var all = new ClassIndex(words);
        all.Reset(parts.Max(part => part.Index.Count));
        var counts = new int[parts.Sum(part => part.Index.Count)];
        var renamed = new int[workers][];
        for (var worker = 0; worker < workers; worker++)
        {
            var (index, partCounts) = parts[worker];
            renamed[worker] = new int[index.Count];
            for (var i = 0; i < index.Count; i++)
            {
                var key = index.Keys.AsSpan(i * words, words);
                var target = words == 1 ? all.Of(key[0]) : all.Of(key);
                renamed[worker][i] = target;
                counts[target] += partCounts[i];
            }
        }

        Parallel.For(1, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            var names = renamed[worker];
            foreach (ref var target in classOfRow.AsSpan(from[worker], from[worker + 1] - from[worker]))
            {
                target = names[target];
            }
        });
        return (new ClassTable(words, all.Count, all.Keys, counts, []), classOfRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (ClassIndex Index, int[] Counts) GroupNarrow(int from, int to, CategoryColumn[] sources, ulong[][] keysOf, int[] classOfRow)
    {
        const int Block = 1024;
        var index = new ClassIndex(1);
        index.Reset(1024);
        var counts = new int[2048];
        Span<ulong> keys = stackalloc ulong[Block];
        for (var start = from; start < to; start += Block)
        {
            var block = keys[..Math.Min(Block, to - start)];
            block.Clear();
            for (var i = 0; i < sources.Length; i++)
            {
                var codes = sources[i].Codes.Slice(start, block.Length);
                var bits = keysOf[i];
                for (var row = 0; row < block.Length; row++)
                {
                    var code = codes[row];
                    block[row] |= bits[code < 0 ? bits.Length - 1 : code];
                }
            }

            for (var row = 0; row < block.Length; row++)
            {
                var target = index.Of(block[row]);
                if (target >= counts.Length)
                {
                    Array.Resize(ref counts, counts.Length * 2);
                }

                counts[target]++;
                classOfRow[start + row] = target;
            }
        }

        return (index, counts);
    }

    private static (ClassIndex Index, int[] Counts) GroupWide(
        int from, int to, EncodedColumn[] columns, CategoryColumn[] sources, ulong[][] keysOf, int words, int[] classOfRow)
    {
        var index = new ClassIndex(words);
        index.Reset(1024);
        var counts = new int[2048];
        Span<ulong> key = stackalloc ulong[words];
        for (var row = from; row < to; row++)
        {
            key.Clear();
            for (var i = 0; i < sources.Length; i++)
            {
                var code = sources[i].Codes[row];
                key[columns[i].Word] |= keysOf[i][code < 0 ? keysOf[i].Length - 1 : code];
            }

            var target = index.Of(key);
            if (target >= counts.Length)
            {
                Array.Resize(ref counts, counts.Length * 2);
            }

            counts[target]++;
            classOfRow[row] = target;
        }

        return (index, counts);
    }

    private static ClassDetail DetailOf(CategoryColumn column, int[] classOfRow, int classes)
    {
        var rows = classOfRow.Length;
        var each = new ClassDetail(new int[rows + 1], new int[rows], new int[rows]);
        for (var row = 0; row < rows; row++)
        {
            each.Starts[row + 1] = row + 1;
            each.Values[row] = column.Codes[row] < 0 ? column.Values.Count : column.Codes[row];
            each.Rows[row] = 1;
        }

        return each.Merge(classOfRow, classes, column.Values.Count + 1);
    }

    private static long Unmapped(CategoryColumn[] sources, bool[][] unmapped)
    {
        var cells = 0L;
        for (var i = 0; i < sources.Length; i++)
        {
            if (!unmapped[i].AsSpan().Contains(true))
            {
                continue;
            }

            foreach (var code in sources[i].Codes)
            {
                cells += unmapped[i][code < 0 ? unmapped[i].Length - 1 : code] ? 1 : 0;
            }
        }

        return cells;
    }

    private void CountRows()
    {
        foreach (var column in Columns)
        {
            var rows = new long[column.Labels[0].Length];
            for (var i = 0; i < Base.Count; i++)
            {
                rows[column.CodeIn(Base.Key(i))] += Base.Rows[i];
            }

            column.CountRows(rows);
        }
    }
}
