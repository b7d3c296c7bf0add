using System.Runtime.CompilerServices;

namespace Anonymizer.Generalization;

/// <summary>
/// Merges the classes of a finer transformation into those of a coarser one, so that the cost of a transformation follows the
/// classes of a finer one and never the rows. One instance a worker: the buffers are reused, and a result is valid until the
/// next call unless <see cref="ClassTable.Detached"/>.
/// </summary>
internal sealed class RollUp(EncodedTable table)
{
    private readonly EncodedColumn[] columns = table.Columns;
    private readonly ClassIndex index = new(table.Base.Words);
    private readonly Step[] steps = new Step[table.Columns.Length];
    private readonly ulong[] keep = new ulong[table.Base.Words];
    private int[] rows = [];
    private int[] classOf = [];

    /// <summary>For each class of the last source, its class in the result; longer than the source.</summary>
    public ReadOnlySpan<int> ClassOf => classOf;

    /// <summary>Rolls classes at the levels <paramref name="from"/> up to the levels <paramref name="to"/>, none of which may be lower.</summary>
    public ClassTable To(ClassTable source, ReadOnlySpan<int> from, ReadOnlySpan<int> to)
    {
        var stepCount = Plan(from, to);
        index.Reset(Expected(source.Count, to));
        if (classOf.Length < source.Count)
        {
            classOf = new int[source.Count];
            rows = new int[source.Count];
        }

        if (source.Words == 1)
        {
            MergeNarrow(source, stepCount);
        }
        else
        {
            MergeWide(source, stepCount);
        }

        var details = source.Details.Length == 0 ? [] : new ClassDetail[source.Details.Length];
        for (var i = 0; i < details.Length; i++)
        {
            details[i] = source.Details[i].Merge(classOf.AsSpan(0, source.Count), index.Count, table.DetailSizes[i]);
        }

        return new ClassTable(source.Words, index.Count, index.Keys, rows, details);
    }

    /// <summary>No more classes than the source has, nor than there are combinations of generalized values.</summary>
    private int Expected(int sourceCount, ReadOnlySpan<int> to)
    {
        var combinations = 2.0;
        for (var i = 0; i < to.Length; i++)
        {
            combinations *= columns[i].Labels[to[i]].Length;
        }

        return (int)Math.Min(combinations, sourceCount);
    }

    private int Plan(ReadOnlySpan<int> from, ReadOnlySpan<int> to)
    {
        keep.AsSpan().Fill(ulong.MaxValue);
        var stepCount = 0;
        for (var i = 0; i < columns.Length; i++)
        {
            if (from[i] == to[i])
            {
                continue;
            }

            var column = columns[i];
            keep[column.Word] &= ~column.Mask;
            if (column.Step(from[i], to[i]) is { } codes)
            {
                steps[stepCount++] = new Step(codes, column.Word, column.Shift, column.Mask >> column.Shift);
            }
        }

        return stepCount;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MergeNarrow(ClassTable source, int stepCount)
    {
        var keys = source.Keys;
        var sourceRows = source.Rows;
        var kept = keep[0];
        var targets = classOf;
        var counts = rows;
        var seen = 0;
        for (var i = 0; i < source.Count; i++)
        {
            var key = keys[i];
            var rolled = key & kept;
            foreach (ref readonly var step in steps.AsSpan(0, stepCount))
            {
                rolled |= step.Codes[(int)((key >> step.Shift) & step.Mask)];
            }

            var target = index.Of(rolled);
            if (target == seen)
            {
                counts[seen++] = sourceRows[i];
            }
            else
            {
                counts[target] += sourceRows[i];
            }

            targets[i] = target;
        }
    }

    private void MergeWide(ClassTable source, int stepCount)
    {
        Span<ulong> rolled = stackalloc ulong[source.Words];
        var seen = 0;
        for (var i = 0; i < source.Count; i++)
        {
            var key = source.Key(i);
            for (var word = 0; word < rolled.Length; word++)
            {
                rolled[word] = key[word] & keep[word];
            }

            foreach (ref readonly var step in steps.AsSpan(0, stepCount))
            {
                rolled[step.Word] |= step.Codes[(int)((key[step.Word] >> step.Shift) & step.Mask)];
            }

            var target = index.Of(rolled);
            if (target == seen)
            {
                rows[seen++] = source.Rows[i];
            }
            else
            {
                rows[target] += source.Rows[i];
            }

            classOf[i] = target;
        }
    }

    private readonly record struct Step(ulong[] Codes, int Word, int Shift, ulong Mask);
}
