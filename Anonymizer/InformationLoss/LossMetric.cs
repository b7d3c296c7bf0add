namespace Anonymizer.InformationLoss;

/// <summary>What the search minimizes. The formulas are those of ARX 3.9 (Prasser et al.), so that scores can be compared; suppressed rows pay in all of them.</summary>
public enum LossMetric
{
    /// <summary>The share of its domain that a value covers, per column, aggregated by the geometric mean. A suppressed cell costs 1. (Iyengar 2002.)</summary>
    Loss,

    /// <summary>The same, aggregated by the arithmetic mean.</summary>
    LossArithmetic,

    /// <summary>Average class size: rows by classes, all suppressed rows being one class. (LeFevre et al. 2006.)</summary>
    AverageClassSize,

    /// <summary>Discernibility: the sum of squared class sizes; a suppressed row costs the whole table. (Bayardo, Agrawal 2005.)</summary>
    Discernibility,

    /// <summary>Non-uniform entropy, summed over the columns; bits. (De Waal, Willenborg 1999; Gionis, Tassa 2009.)</summary>
    Entropy,

    /// <summary>The same, each column's divided by its own entropy, aggregated by the arithmetic mean.</summary>
    NormalizedEntropy,
}
