namespace Anonymizer.Generalization;

/// <summary>One transformation while it is looked at: the finer classes it merged, the slots they fell into, and what is suppressed.</summary>
internal readonly ref struct Transformation
{
    private readonly ReadOnlySpan<bool> suppressed;

    public Transformation(Merger merger, ReadOnlySpan<int> levels, ReadOnlySpan<bool> suppressed, ReadOnlySpan<int> suppressedParts, int classes, Verdict verdict)
    {
        Source = merger.Source;
        Rows = merger.Rows;
        Levels = levels;
        this.suppressed = suppressed;
        SuppressedParts = suppressedParts;
        Classes = classes;
        Verdict = verdict;
    }

    /// <summary>The finer classes.</summary>
    public ClassTable Source { get; }

    public ReadOnlySpan<int> Levels { get; }

    /// <summary>Rows by slot; an empty slot is no class.</summary>
    public ReadOnlySpan<int> Rows { get; }

    /// <summary>The finer classes whose slots are suppressed.</summary>
    public ReadOnlySpan<int> SuppressedParts { get; }

    /// <summary>Classes, suppressed ones included.</summary>
    public int Classes { get; }

    public Verdict Verdict { get; }

    public bool IsSuppressed(int slot) => suppressed[slot];
}

/// <summary>What a transformation suppresses.</summary>
/// <param name="Rows">Rows in classes that do not satisfy the models, and rows suppressed for an unmapped value.</param>
/// <param name="Classes">Those classes.</param>
/// <param name="RowsForFiner">Rows among them that every finer transformation suppresses too: above the limit, all finer ones are above it.</param>
internal readonly record struct Verdict(long Rows, int Classes, long RowsForFiner);
