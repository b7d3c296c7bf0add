using System.Numerics;
using System.Runtime.CompilerServices;
using Anonymizer.Generalization;

namespace Anonymizer.LatticeSearch;

/// <summary>Looks at one transformation after another, each merged from the nearest finer one that is known. One instance a worker.</summary>
internal sealed class Evaluator(SearchProblem problem, Snapshots snapshots)
{
    private readonly Merger merger = new(problem.Encoded);
    private bool[] marks = [];
    private int[] parts = [];

    /// <summary>Counts the classes of the transformation, judges and, if it is within the suppression limit, scores it.</summary>
    public Evaluation Evaluate(ReadOnlySpan<int> levels)
    {
        merger.Merge(snapshots.Finest(levels), levels);
        var (classes, verdict) = Judge(levels);
        if (verdict.Rows > problem.LimitRows)
        {
            return new Evaluation(verdict, null, problem.Scorer.ClassBound(new Transformation(merger, levels, [], [], classes, verdict)));
        }

        var seen = new Transformation(merger, levels, marks, SuppressedParts(verdict), classes, verdict);
        return new Evaluation(verdict, problem.Scorer.Score(seen), problem.Scorer.ClassBound(seen));
    }

    /// <summary>The transformation's classes and, for each, whether it is suppressed; the class of each base class; and the score. Null when too much is suppressed.</summary>
    public (ClassTable Classes, bool[] Suppressed, int[] ClassOfPart, Verdict Verdict, double Score)? Settle(ReadOnlySpan<int> levels)
    {
        merger.Merge(problem.Encoded.Base, levels);
        var (count, verdict) = Judge(levels);
        if (verdict.Rows > problem.LimitRows)
        {
            return null;
        }

        var classes = merger.ToTable(out var classOfSlot);
        var suppressed = new bool[classes.Count];
        for (var slot = 0; slot < classOfSlot.Length; slot++)
        {
            if (classOfSlot[slot] >= 0)
            {
                suppressed[classOfSlot[slot]] = marks[slot];
            }
        }

        var classOfPart = new int[merger.Source.Count];
        for (var part = 0; part < classOfPart.Length; part++)
        {
            classOfPart[part] = classOfSlot[merger.SlotOf[part]];
        }

        var score = problem.Scorer.Score(new Transformation(merger, levels, marks, SuppressedParts(verdict), count, verdict));
        return (classes, suppressed, classOfPart, verdict, score);
    }

    /// <summary>Counts what does not satisfy every model, and marks its slots unless rows alone already suppress too much. Remembers the classes where merging from them will pay.</summary>
    private (int Classes, Verdict Verdict) Judge(ReadOnlySpan<int> levels)
    {
        var (classes, suppressedClasses, rows) = CountSmall(merger.Rows, problem.LeastRows);
        var lasting = rows;
        if (rows + problem.Encoded.SuppressedRows <= problem.LimitRows)
        {
            marks = marks.Length < merger.Slots ? new bool[merger.Slots] : marks;
            MarkSmall(merger.Rows, marks, problem.LeastRows);
        }

        var pays = Snapshots.Pays(merger.Source, classes);
        var examine = !problem.RowsDecide && rows + problem.Encoded.SuppressedRows <= problem.LimitRows;
        if (examine || pays)
        {
            var table = merger.ToTable(out var classOfSlot);
            if (pays)
            {
                snapshots.Add(table, levels);
            }

            for (var slot = 0; slot < classOfSlot.Length && examine; slot++)
            {
                if (classOfSlot[slot] < 0 || marks[slot])
                {
                    continue;
                }

                var (passes, mayPassFiner) = problem.Examine(table, classOfSlot[slot]);
                if (!passes)
                {
                    marks[slot] = true;
                    suppressedClasses++;
                    rows += merger.Rows[slot];
                    lasting += mayPassFiner ? 0 : merger.Rows[slot];
                }
            }
        }

        var anyway = problem.Encoded.SuppressedRows;
        return (classes, new Verdict(rows + anyway, suppressedClasses, lasting + anyway));
    }

    /// <summary>Classes, those of fewer rows than the least, and their rows. All rows of a table fit in 31 bits, so no lane overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Classes, int Small, long Rows) CountSmall(ReadOnlySpan<int> slotRows, int least)
    {
        var (classes, small, rows) = (Vector<int>.Zero, Vector<int>.Zero, Vector<int>.Zero);
        var bound = new Vector<int>(least);
        var slot = 0;
        for (; slot <= slotRows.Length - Vector<int>.Count; slot += Vector<int>.Count)
        {
            var size = new Vector<int>(slotRows[slot..]);
            var filled = Vector.GreaterThan(size, Vector<int>.Zero);
            var below = Vector.LessThan(size, bound) & filled;
            classes -= filled;
            small -= below;
            rows += size & below;
        }

        var (classCount, smallCount, rowCount) = (Vector.Sum(classes), Vector.Sum(small), Vector.Sum(rows));
        foreach (var size in slotRows[slot..])
        {
            classCount += size > 0 ? 1 : 0;
            smallCount += size > 0 && size < least ? 1 : 0;
            rowCount += size < least ? size : 0;
        }

        return (classCount, smallCount, rowCount);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MarkSmall(ReadOnlySpan<int> slotRows, bool[] marks, int least)
    {
        for (var slot = 0; slot < slotRows.Length && slot < marks.Length; slot++)
        {
            marks[slot] = slotRows[slot] < least & slotRows[slot] > 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<int> SuppressedParts(Verdict verdict)
    {
        var count = 0;
        if (verdict.Classes == 0)
        {
            return [];
        }

        var slots = merger.SlotOf;
        if (parts.Length < slots.Length)
        {
            parts = new int[slots.Length];
        }

        for (var part = 0; part < slots.Length; part++)
        {
            parts[count] = part;
            count += marks[slots[part]] ? 1 : 0;
        }

        return parts.AsSpan(0, count);
    }
}

/// <summary>One transformation looked at.</summary>
/// <param name="Score">Its score, or null when it suppresses more than the limit.</param>
/// <param name="Bound">No coarser transformation scores below it.</param>
internal readonly record struct Evaluation(Verdict Verdict, double? Score, double Bound);
