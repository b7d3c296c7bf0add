using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Queries.Tallies;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What a question would cost and how far off its answers may be, from question and schema alone: looking costs nothing.</summary>
public static class Preview
{
    private static readonly int[] CohortSizes = [30, 100, 1_000];

    /// <summary>
    /// <c>charged</c>, equal to what is later charged; <c>numbers</c>, over which it is split; and <c>error95</c> by measure: for counts and sums the
    /// half width of the 95 % interval, for others a table of it over groups of 30, 100 and 1,000 patients.
    /// A quantile's is in ranks, as a share of the group. Private keys add the count that a key must pass; a floor, <c>cellsShownFrom</c>, the noisy
    /// count from which a cell is shown.
    /// </summary>
    public static JsonObject Of(Query query, Schema schema, int smallCellFloor = 0)
    {
        _ = Pricing.Charge(query, schema);
        var plan = Plan.Of(query, smallCellFloor);
        var preview = new JsonObject
        {
            ["charged"] = Answer.ChargedToJson(plan.Charge, query.Loss.Epsilon),
            ["numbers"] = plan.Numbers,
            ["error95"] = new JsonObject(query.Measures.Select(measure => KeyValuePair.Create(measure.Name, ErrorOf(measure, plan)))),
        };
        if (smallCellFloor > 0)
        {
            preview["cellsShownFrom"] = smallCellFloor;
        }

        if (query.HasPrivateKeys)
        {
            preview["keysShownAbove"] = Answer.Json(plan.KeySelection().Threshold);
        }

        return preview;
    }

    private static JsonNode? ErrorOf(Measure measure, Plan plan) => measure switch
    {
        Measure.Count or Measure.Histogram or Measure.DistinctCount { OfUnits: false } => Answer.Json(plan.CountNoise().HalfWidth(0.05)),
        Measure.DistinctCount => Answer.Json(plan.UnitNoise().HalfWidth(0.05)),
        Measure.Sum sum => Answer.Json(sum.Type.Value(plan.SumNoise(Plan.LargestSum(sum)).HalfWidth(0.05))),
        Measure.Mean mean => Table(n => OfMean(mean, plan, n)),
        Measure.Variance variance => Table(n => OfVariance(variance, plan, n)),
        Measure.Quantile quantile => Table(n => OfQuantile(quantile, plan, n)),
        _ => throw new InvalidOperationException($"a measure of unknown kind {measure.GetType().Name}"),
    };

    private static JsonObject Table(Func<int, Rational> error) =>
        new(CohortSizes.Select(n => KeyValuePair.Create<string, JsonNode?>(n.ToString(CultureInfo.InvariantCulture), Answer.Json(error(n)))));

    // At worst, with the true mean at a bound: (sum's error + half the width · the count's error) / least count; half the width at most.
    private static Rational OfMean(Measure.Mean mean, Plan plan, int n)
    {
        BigInteger width = (BigInteger)mean.Upper - mean.Lower;
        var (sum, count) = (plan.SumNoise(width).HalfWidth(0.025), plan.CountNoise().HalfWidth(0.025));
        var halfTicks = new Rational(sum + (width * count), BigInteger.Max(1, n - count));
        return Rounding.Up((halfTicks > width ? (Rational)width : halfTicks) / 2 * mean.Type.Step, mean.Type.Step);
    }

    private static Rational OfVariance(Measure.Variance variance, Plan plan, int n)
    {
        var largest = new BigInteger(VarianceTally.Largest(variance));
        var count = plan.CountNoise().HalfWidth(0.05 / 3);
        var least = BigInteger.Max(1, n - count);
        var sum = new Rational(plan.SumNoise(largest).HalfWidth(0.05 / 3) + (largest * count), least);
        var squares = new Rational(plan.SumNoise(largest * largest).HalfWidth(0.05 / 3) + (largest * largest * count), least);
        var error = squares + (2 * largest * sum);
        var half = variance.Type.Step * new Rational(variance.Upper - variance.Lower, 2 * largest);
        return Rounding.Up((error > largest * largest ? (Rational)(largest * largest) : error) * half * half, variance.Type.Step);
    }

    private static Rational OfQuantile(Measure.Quantile quantile, Plan plan, int n)
    {
        var ranks = new Rational(QuantileTally.Margin(plan.Choice(QuantileTally.Weight(quantile)), 1_027), n);
        return Rounding.Up(ranks > 1 ? 1 : ranks, new Rational(1, 1));
    }
}
