using Anonymizer.Generalization;

namespace Anonymizer.LatticeSearch;

/// <summary>
/// Class tables that were counted before and are worth rolling up from: a coarser transformation starts at the smallest of them
/// that is finer. Holds at most a fixed number of classes (eight times those of the table, and at least a million) and then
/// forgets the one unused longest, so memory does not grow with the search.
/// </summary>
internal sealed class Snapshots
{
    private const int MostTables = 192;
    private const double Worth = 0.6;
    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private readonly long mostClasses;
    private long classes;
    private long tick;

    public Snapshots(EncodedTable table, bool remember = true)
    {
        mostClasses = remember ? Math.Max(1_000_000, 8L * table.Base.Count) : 0;
        entries.Add(new Entry(new int[table.Columns.Length], table.Base));
    }

    /// <summary>The smallest known table at levels none of which is above the given ones.</summary>
    public ClassTable Finest(ReadOnlySpan<int> levels)
    {
        lock (gate)
        {
            var best = entries[0];
            foreach (var entry in entries)
            {
                if (entry.Table.Count < best.Table.Count && NotAbove(entry.Levels, levels))
                {
                    best = entry;
                }
            }

            best.LastUse = ++tick;
            return best.Table;
        }
    }

    /// <summary>Whether so many fewer classes than the source's are worth remembering.</summary>
    public static bool Pays(ClassTable source, int classes) => classes <= source.Count * Worth;

    /// <summary>Remembers a table.</summary>
    public void Add(ClassTable table, ReadOnlySpan<int> levels)
    {
        var entry = new Entry(levels.ToArray(), table);
        lock (gate)
        {
            entry.LastUse = ++tick;
            entries.Add(entry);
            classes += table.Count;
            while ((classes > mostClasses || entries.Count > MostTables) && entries.Count > 1)
            {
                var oldest = entries.Skip(1).MinBy(each => each.LastUse)!;
                classes -= oldest.Table.Count;
                entries.Remove(oldest);
            }
        }
    }

    private static bool NotAbove(int[] levels, ReadOnlySpan<int> bound)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i] > bound[i])
            {
                return false;
            }
        }

        return true;
    }

    private sealed class Entry(int[] levels, ClassTable table)
    {
        public int[] Levels => levels;

        public ClassTable Table => table;

        public long LastUse { get; set; }
    }
}
