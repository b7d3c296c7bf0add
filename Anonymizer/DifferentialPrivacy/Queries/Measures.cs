using System.Numerics;
using System.Text.Json;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Reads a <c>measures</c> list.</summary>
internal static class Measures
{
    private const int Most = 32;
    private const int MostBins = 1_000;

    public static IReadOnlyList<Measure> Read(Fields query, Schema schema)
    {
        var measures = query.List("measures").Select(item => Read(item.Element, item.Path, schema)).ToList();
        if (measures.Count is 0 or > Most)
        {
            throw new InputException("measures", $"{measures.Count} measures", $"from 1 to {Most} are taken");
        }

        // A second quantile of one attribute makes all of them carry their q in their names.
        var several = measures.OfType<Measure.Quantile>().GroupBy(quantile => quantile.Attribute).Where(same => same.Count() > 1).Select(same => same.Key).ToHashSet();
        measures = [.. measures.Select(measure => measure is Measure.Quantile quantile && several.Contains(quantile.Attribute) ? quantile with { Named = true } : measure)];
        if (measures.GroupBy(measure => measure.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InputException("measures", twice.Key, "each measure is asked once");
        }

        return [.. measures.OrderBy(measure => measure.Name, StringComparer.Ordinal)];
    }

    private static Measure Read(JsonElement json, string path, Schema schema)
    {
        var kind = new Fields(json, path).Text("kind");
        switch (kind)
        {
            case "count":
                _ = new Fields(json, path, "kind");
                return new Measure.Count();
            case "distinct":
                return ReadDistinct(new Fields(json, path, "kind", "attribute"), schema);
            case "sum":
            case "mean":
            case "variance":
                var bounded = new Fields(json, path, "kind", "attribute", "lower", "upper");
                var (attribute, type, lower, upper) = ReadBounds(bounded, schema);
                return kind == "sum" ? new Measure.Sum(attribute, type, lower, upper)
                    : kind == "mean" ? new Measure.Mean(attribute, type, lower, upper)
                    : new Measure.Variance(attribute, type, lower, upper);
            case "quantile":
                return ReadQuantile(new Fields(json, path, "kind", "attribute", "q", "lower", "upper"), schema);
            case "histogram":
                return ReadHistogram(json, path, schema);
            default:
                throw new InputException(path + ".kind", kind, "kinds are count, distinct, sum, mean, variance, quantile and histogram");
        }
    }

    private static Measure.DistinctCount ReadDistinct(Fields fields, Schema schema)
    {
        var attribute = fields.Text("attribute");
        if (attribute == schema.Unit.Attribute)
        {
            return new Measure.DistinctCount(attribute, OfUnits: true);
        }

        return schema.Find(attribute, fields.At("attribute")) is CategoryType
            ? new Measure.DistinctCount(attribute, OfUnits: false)
            : throw new InputException(fields.At("attribute"), attribute, "different values are counted of a category or of the privacy unit");
    }

    private static Measure.Quantile ReadQuantile(Fields fields, Schema schema)
    {
        var (attribute, type, lower, upper) = ReadBounds(fields, schema);
        var q = fields.Number("q");
        return q >= 0 && q <= 1 && q.Denominator <= 1_000_000
            ? new Measure.Quantile(attribute, type, q, lower, upper, Named: false)
            : throw new InputException(fields.At("q"), q.ToString(), "a share is from 0 to 1, in at most 6 decimals");
    }

    private static Measure.Histogram ReadHistogram(JsonElement json, string path, Schema schema)
    {
        var fields = new Fields(json, path, "kind", "attribute", "lower", "upper", "bins", "edges");
        var attribute = fields.Text("attribute");
        switch (schema.Find(attribute, fields.At("attribute")))
        {
            case CategoryType { Values: not null } category:
                _ = new Fields(json, path, "kind", "attribute");
                return new Measure.Histogram(attribute, category, null);
            case NumberType number when fields.Has("edges"):
                _ = new Fields(json, path, "kind", "attribute", "edges");
                var edges = fields.List("edges").Select(item => Tick(Fields.Number(item.Element, item.Path), number, item.Path, down: false)).ToArray();
                return edges.Length is > 1 and <= MostBins + 1 && edges.Zip(edges.Skip(1)).All(pair => pair.First < pair.Second)
                    ? new Measure.Histogram(attribute, number, edges)
                    : throw new InputException(fields.At("edges"), $"{edges.Length} edges", $"from 2 to {MostBins + 1} rising edges are needed, a step or more apart");
            case NumberType number:
                var bounds = ReadBounds(fields, schema);
                var width = bounds.Upper - bounds.Lower;
                var bins = fields.Count("bins", (int)Math.Min(10, width), (int)Math.Min(MostBins, width));
                return new Measure.Histogram(attribute, number, [.. Enumerable.Range(0, bins + 1).Select(i => bounds.Lower + (long)((BigInteger)width * i / bins))]);
            default:
                throw new InputException(fields.At("attribute"), attribute, "a histogram is of a number or of a category with declared values");
        }
    }

    private static (string Attribute, NumberType Type, long Lower, long Upper) ReadBounds(Fields fields, Schema schema)
    {
        var attribute = fields.Text("attribute");
        if (schema.Find(attribute, fields.At("attribute")) is not NumberType type)
        {
            throw new InputException(fields.At("attribute"), attribute, "an integer or decimal attribute is needed");
        }

        var lower = fields.Has("lower") ? Tick(fields.Number("lower"), type, fields.At("lower"), down: true) : type.Lower;
        var upper = fields.Has("upper") ? Tick(fields.Number("upper"), type, fields.At("upper"), down: false) : type.Upper;
        return lower < upper
            ? (attribute, type, lower, upper)
            : throw new InputException(fields.At("lower"), fields.Has("lower") ? fields.Number("lower").ToString() : "the declared lower", "lower is less than upper");
    }

    private static long Tick(Rational value, NumberType type, string field, bool down)
    {
        var ticks = down ? (value / type.Step).Floor() : (value / type.Step).Ceiling();
        return BigInteger.Abs(ticks) <= NumberType.LargestTick
            ? (long)ticks
            : throw new InputException(field, value.ToString(), "a bound is within 2^52 steps of 0");
    }
}
