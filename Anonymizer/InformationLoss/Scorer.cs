using Anonymizer.Generalization;

namespace Anonymizer.InformationLoss;

/// <summary>Scores transformations by one metric: smaller is better. One instance a search; safe for several workers at once.</summary>
internal abstract class Scorer(EncodedTable table)
{
    protected EncodedTable Table { get; } = table;

    protected EncodedColumn[] Columns => Table.Columns;

    public static Scorer For(LossMetric metric, EncodedTable table) => metric switch
    {
        LossMetric.Loss => new LossScorer(table, geometric: true),
        LossMetric.LossArithmetic => new LossScorer(table, geometric: false),
        LossMetric.AverageClassSize => new AverageClassSizeScorer(table),
        LossMetric.Discernibility => new DiscernibilityScorer(table),
        LossMetric.Entropy => new EntropyScorer(table, normalized: false),
        _ => new EntropyScorer(table, normalized: true),
    };

    /// <summary>A bound from below on the score of these levels, known without looking at a class; never falls when a level rises.</summary>
    public abstract double LevelBound(ReadOnlySpan<int> levels);

    /// <summary>Whether <see cref="LevelBound"/> says anything.</summary>
    public virtual bool BoundsByLevel => true;

    /// <summary>A bound from below on the score of a transformation and of every coarser one, from its classes.</summary>
    public virtual double ClassBound(Transformation seen) => double.NegativeInfinity;

    /// <summary>The score, the suppressed classes being suppressed.</summary>
    public abstract double Score(Transformation seen);

    /// <summary>Cut after ten decimals, as the formulas of the metrics have it, so that noise in the last bits decides nothing.</summary>
    protected static double Cut(double value) => Math.Floor(value * 1e10) / 1e10;
}
