using System.Runtime.CompilerServices;

namespace Anonymizer.Generalization;

/// <summary>
/// Merges the classes of a finer transformation into those of a coarser one, so that a transformation costs as much as a finer
/// one has classes, whatever the rows. Each class falls into a slot; where there are few enough combinations of generalized
/// values a slot is their number, else slots are given out by a hash table. One instance a worker: buffers are reused, and what
/// it shows is valid until the next call.
/// </summary>
internal sealed class Merger(EncodedTable table)
{
    private const long FewSlots = 1 << 16;
    private const long MostSlots = 1 << 24;

    private readonly ClassIndex index = new(table.Words);
    private readonly ChunkMap[] maps = new ChunkMap[table.Chunks.Length];
    private int[] slotOf = [];
    private int[] rows = [];

    /// <summary>The classes that were merged.</summary>
    public ClassTable Source { get; private set; } = table.Base;

    /// <summary>The slot of each class of <see cref="Source"/>.</summary>
    public ReadOnlySpan<int> SlotOf => slotOf.AsSpan(0, Source.Count);

    /// <summary>Rows in each slot; an empty slot is no class.</summary>
    public ReadOnlySpan<int> Rows => rows.AsSpan(0, Slots);

    /// <summary>Number of slots, empty ones included.</summary>
    public int Slots { get; private set; }

    /// <summary>Merges the source's classes at the levels, none of which is below the source's.</summary>
    public void Merge(ClassTable source, ReadOnlySpan<int> levels)
    {
        Source = source;
        if (slotOf.Length < source.Count)
        {
            slotOf = new int[source.Count];
        }

        var combinations = 1.0;
        for (var i = 0; i < maps.Length; i++)
        {
            maps[i] = table.Chunks[i].At(levels);
            combinations *= maps[i].Size;
        }

        if (combinations <= Math.Min(MostSlots, Math.Max(FewSlots, 4L * source.Count)))
        {
            Slots = (int)combinations;
            NumberSlots();
        }
        else
        {
            index.Reset(source.Count);
            HashSlots();
            Slots = index.Count;
        }

        if (rows.Length < Slots)
        {
            rows = new int[Slots];
        }

        Array.Clear(rows, 0, Slots);
        Count();
    }

    /// <summary>The merged classes as a table of their own, which shares nothing with this. Gives for each slot its class, or -1.</summary>
    public ClassTable ToTable(out int[] classOfSlot)
    {
        classOfSlot = new int[Slots];
        classOfSlot.AsSpan().Fill(-1);
        var members = new int[Source.Count];
        var classes = 0;
        for (var i = 0; i < Source.Count; i++)
        {
            ref var target = ref classOfSlot[slotOf[i]];
            if (target < 0)
            {
                target = classes;
                members[classes++] = i;
            }
        }

        var classRows = new int[classes];
        var codes = new int[maps.Length][];
        for (var i = 0; i < classes; i++)
        {
            classRows[i] = rows[slotOf[members[i]]];
        }

        for (var chunk = 0; chunk < codes.Length; chunk++)
        {
            codes[chunk] = new int[classes];
            for (var i = 0; i < classes; i++)
            {
                codes[chunk][i] = Source.Codes[chunk][members[i]];
            }
        }

        var details = new ClassDetail[Source.Details.Length];
        if (details.Length > 0)
        {
            var classOf = new int[Source.Count];
            for (var i = 0; i < classOf.Length; i++)
            {
                classOf[i] = classOfSlot[slotOf[i]];
            }

            for (var i = 0; i < details.Length; i++)
            {
                details[i] = Source.Details[i].Merge(classOf, classes, table.DetailSizes[i]);
            }
        }

        return new ClassTable(codes, classRows, details);
    }

    /// <summary>Slots in mixed radix; a chunk that says nothing any more is passed over.</summary>
    private void NumberSlots()
    {
        var targets = slotOf.AsSpan(0, Source.Count);
        var stride = 1;
        var first = true;
        for (var i = 0; i < maps.Length; i++)
        {
            if (maps[i].Size == 1)
            {
                continue;
            }

            if (first)
            {
                Set(targets, Source.Codes[i], maps[i].Codes);
                first = false;
            }
            else
            {
                Add(targets, Source.Codes[i], maps[i].Codes, stride);
            }

            stride *= maps[i].Size;
        }

        if (first)
        {
            targets.Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Set(Span<int> targets, int[] codes, int[] map)
    {
        for (var i = 0; i < targets.Length && i < codes.Length; i++)
        {
            targets[i] = map[codes[i]];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(Span<int> targets, int[] codes, int[] map, int stride)
    {
        for (var i = 0; i < targets.Length && i < codes.Length; i++)
        {
            targets[i] += map[codes[i]] * stride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count()
    {
        var counts = rows;
        var targets = slotOf;
        var source = Source.Rows;
        for (var i = 0; i < source.Length; i++)
        {
            counts[targets[i]] += source[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashSlots()
    {
        Span<ulong> key = stackalloc ulong[table.Words];
        for (var i = 0; i < Source.Count; i++)
        {
            key.Clear();
            for (var chunk = maps.Length - 1; chunk >= 0; chunk--)
            {
                ref var word = ref key[table.WordOf[chunk]];
                word = (word * (ulong)maps[chunk].Size) + (ulong)maps[chunk].Codes[Source.Codes[chunk][i]];
            }

            slotOf[i] = key.Length == 1 ? index.Of(key[0]) : index.Of(key);
        }
    }
}
