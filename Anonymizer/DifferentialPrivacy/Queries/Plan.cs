using System.Collections.Concurrent;
using System.Numerics;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Mechanisms;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>
/// How a question is answered: what it is charged, into how many numbers its loss is split, and the noise of each.
/// Made from question, schema and floor alone; price, preview and answer all read it, so they cannot part.
/// </summary>
public sealed class Plan
{
    private const int MostCells = 100_000;

    private readonly ConcurrentDictionary<Sensitivity, Noise> noises = new();
    private readonly Rational epsilonShare;
    private readonly Rational rhoShare;

    private Plan(Query query, int smallCellFloor)
    {
        Query = query;
        SmallCellFloor = smallCellFloor;
        CountsExtra = smallCellFloor > 0 && !query.HasPrivateKeys && !query.Measures.Any(measure => measure is Measure.Count or Measure.Mean or Measure.Variance);
        Numbers = query.Measures.Sum(measure => measure.Numbers) + (query.HasPrivateKeys || CountsExtra ? 1 : 0);
        var (epsilon, delta) = (query.Loss.Epsilon, query.Loss.Delta);
        epsilonShare = epsilon / Numbers;
        if (query.Loss.IsPure)
        {
            Charge = PrivacyLoss.OfPure(epsilon);
            return;
        }

        // With private keys one half of δ pays for the selection, the other for the conversion.
        SelectionDelta = query.HasPrivateKeys ? delta / 2 : 0;
        var rho = ZeroConcentrated.RhoAsFraction(epsilon, query.HasPrivateKeys ? delta / 2 : delta);
        if (rho.Sign == 0)
        {
            throw new InputException("loss.epsilon", epsilon.ToString(), "with this δ a larger ε is needed");
        }

        rhoShare = rho / Numbers;
        Charge = PrivacyLoss.Of(rho, SelectionDelta);
    }

    public Query Query { get; }

    /// <summary>What the answer costs; the same that the preview shows and the filter decides on.</summary>
    public PrivacyLoss Charge { get; }

    /// <summary>Noisy numbers of each group, over which the loss is split evenly.</summary>
    public int Numbers { get; }

    /// <summary>Groups whose noisy count is below this are not shown; 0 for none.</summary>
    public int SmallCellFloor { get; }

    /// <summary>The part of δ that private selection of keys spends; 0 with public keys.</summary>
    public Rational SelectionDelta { get; }

    /// <summary>Whether a count that nobody asked for is taken to decide on small cells.</summary>
    internal bool CountsExtra { get; }

    /// <summary>Plans the answer.</summary>
    /// <param name="query">The question.</param>
    /// <param name="smallCellFloor">0 for none; up to 1,000,000.</param>
    /// <exception cref="InputException">The question's noise or number of groups is out of range.</exception>
    public static Plan Of(Query query, int smallCellFloor)
    {
        if (smallCellFloor == 0 && query.Plan is { } known)
        {
            return known;
        }

        if (smallCellFloor is < 0 or > 1_000_000)
        {
            throw new InputException("smallCellFloor", $"{smallCellFloor}", "a floor is from 0 to 1000000");
        }

        var cells = new BigInteger(query.Measures.Max(measure => measure is Measure.Histogram histogram ? histogram.Bins : 1));
        foreach (var attribute in query.GroupBy)
        {
            cells *= query.Schema.Attributes[attribute] is CategoryType { Values: { } values } ? values.Count : 1;
        }

        if (cells > MostCells)
        {
            throw new InputException("groupBy", $"{cells} cells", $"declared groups and bins make at most {MostCells} cells");
        }

        var plan = new Plan(query, smallCellFloor);
        foreach (var measure in query.Measures)
        {
            plan.CheckNoise(measure);
        }

        return plan;
    }

    /// <summary>The answer's losses for <see cref="ExactAccountant"/>: what would be lost if this and other questions had been fixed in advance.</summary>
    /// <remarks>For showing beside the filter's figure, whichever is less: a choice among candidates stands as any answer of its ε, which is more than
    /// its ρ; noise on a whole grid stands as Gaussian noise a part in 10^4 smaller, which covers the grid from σ = 30 steps on.</remarks>
    public IReadOnlyList<(LossDistribution Loss, int Count)> Losses()
    {
        if (Query.Loss.IsPure)
        {
            return [(new LossDistribution.Pure(Query.Loss.Epsilon.ToDouble()), 1)];
        }

        var choices = Query.Measures.OfType<Measure.Quantile>().Sum(quantile => quantile.Numbers);
        var groups = Query.Bound.ManyKeys ? Query.Bound.Groups : 1;
        var rho = rhoShare.ToDouble();
        List<(LossDistribution, int)> losses = [];
        if (Numbers > choices)
        {
            losses.Add((new LossDistribution.Gaussian((1 - 1e-4) / Math.Sqrt(2 * rho)), Numbers - choices));
        }

        if (choices > 0)
        {
            losses.Add((new LossDistribution.Pure(Math.Sqrt(8 * rho / groups)), choices * groups));
        }

        return losses;
    }

    /// <summary>Noise for counts of rows.</summary>
    internal Noise CountNoise() => NoiseFor(Query.Bound.OfRows(1));

    /// <summary>Noise for counts of patients.</summary>
    internal Noise UnitNoise() => NoiseFor(Query.Bound.OfUnits());

    /// <summary>Noise for sums to which a row adds at most this many grid units in absolute value.</summary>
    internal Noise SumNoise(BigInteger weight) => NoiseFor(Query.Bound.OfRows(weight));

    /// <summary>The private selection of keys, by the noisy number of patients in each group.</summary>
    internal GaussianThreshold KeySelection() =>
        new((GaussianNoise)UnitNoise(), SelectionDelta, Query.Bound.MostGroups);

    /// <summary>The exponential mechanism for scores that one row moves by at most <paramref name="weight"/>.</summary>
    internal ExponentialMechanism Choice(Rational weight)
    {
        var bound = Query.Bound;
        var groups = bound.ManyKeys ? bound.Groups : 1;
        var sensitivity = weight * bound.Rows;
        return Query.Loss.IsPure
            ? ExponentialMechanism.Pure(sensitivity, epsilonShare / groups)
            : ExponentialMechanism.Concentrated(sensitivity, rhoShare / groups);
    }

    private Noise NoiseFor(Sensitivity asked) => noises.GetOrAdd(
        asked, sensitivity => Query.Loss.IsPure ? new LaplaceNoise(sensitivity, epsilonShare) : new GaussianNoise(sensitivity, rhoShare));

    private void CheckNoise(Measure measure)
    {
        var weight = measure switch
        {
            Measure.Sum sum => LargestSum(sum),
            Measure.Mean mean => (BigInteger)mean.Upper - mean.Lower,
            Measure.Variance => BigInteger.One << 33,
            _ => BigInteger.One,
        };
        try
        {
            _ = SumNoise(weight);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new InputException(measure.Name, "noise beyond 2^56 grid units", "narrower bounds, a larger step, fewer rows a patient or a larger ε are needed");
        }
    }

    internal static BigInteger LargestSum(Measure.Sum sum) => BigInteger.Max(BigInteger.Abs(sum.Lower), BigInteger.Abs(sum.Upper));
}
