using System.Runtime.CompilerServices;
using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>The distinct keys of a run of rows, with their rows: one worker's part of the grouping.</summary>
internal sealed class RowGroups
{
    private RowGroups(int words)
    {
        Index = new ClassIndex(words);
        Index.Reset(1024);
    }

    public ClassIndex Index { get; }

    /// <summary>Rows of each key; longer than needed.</summary>
    public int[] Rows { get; private set; } = new int[2048];

    /// <summary>Groups the rows [from, to) and writes each one's class.</summary>
    /// <param name="times">How many rows each stands for; null where each stands for itself.</param>
    public static RowGroups Of(int from, int to, CategoryColumn[] sources, RowKeys[] cells, int words, int[]? times, int[] classOfRow)
    {
        var groups = new RowGroups(words);
        if (words == 1 && !cells.Any(cell => cell.MaySuppress))
        {
            groups.AddNarrow(from, to, sources, cells, times, classOfRow);
        }
        else
        {
            groups.AddWide(from, to, sources, cells, words, times, classOfRow);
        }

        return groups;
    }

    /// <summary>Takes in another part; gives for each of its classes the class here.</summary>
    public int[] Join(RowGroups other)
    {
        var words = Index.Words;
        var names = new int[other.Index.Count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = words == 1 ? Index.Of(other.Index.Keys[i]) : Index.Of(other.Index.Keys.AsSpan(i * words, words));
            Count(names[i], other.Rows[i]);
        }

        return names;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddNarrow(int from, int to, CategoryColumn[] sources, RowKeys[] cells, int[]? times, int[] classOfRow)
    {
        const int Block = 1024;
        Span<ulong> keys = stackalloc ulong[Block];
        for (var start = from; start < to; start += Block)
        {
            var block = keys[..Math.Min(Block, to - start)];
            block.Clear();
            for (var i = 0; i < sources.Length; i++)
            {
                var codes = sources[i].Codes.Slice(start, block.Length);
                var parts = cells[i].Keys;
                for (var row = 0; row < block.Length; row++)
                {
                    var code = codes[row];
                    block[row] += parts[code < 0 ? parts.Length - 1 : code];
                }
            }

            for (var row = 0; row < block.Length; row++)
            {
                var target = Index.Of(block[row]);
                Count(target, times is null ? 1 : times[start + row]);
                classOfRow[start + row] = target;
            }
        }
    }

    private void AddWide(int from, int to, CategoryColumn[] sources, RowKeys[] cells, int words, int[]? times, int[] classOfRow)
    {
        Span<ulong> key = stackalloc ulong[words];
        for (var row = from; row < to; row++)
        {
            key.Clear();
            var suppressed = false;
            for (var i = 0; i < sources.Length; i++)
            {
                var code = sources[i].Codes[row];
                var part = cells[i].Keys[code < 0 ? cells[i].Keys.Length - 1 : code];
                suppressed |= part == RowKeys.Suppress;
                key[cells[i].Word] += part;
            }

            if (suppressed)
            {
                classOfRow[row] = EncodedTable.Suppressed;
                continue;
            }

            var target = words == 1 ? Index.Of(key[0]) : Index.Of(key);
            Count(target, times is null ? 1 : times[row]);
            classOfRow[row] = target;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(int target, int rows)
    {
        if (target >= Rows.Length)
        {
            var larger = new int[Rows.Length * 2];
            Rows.CopyTo(larger, 0);
            Rows = larger;
        }

        Rows[target] += rows;
    }
}
