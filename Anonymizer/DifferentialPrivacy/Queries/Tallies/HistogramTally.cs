using System.Numerics;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>Rows by bin in each group. Bins are disjoint, so together they cost what one count costs.</summary>
internal sealed class HistogramTally : Tally
{
    private readonly Measure.Histogram measure;
    private readonly Noise noise;
    private readonly int floor;
    private readonly NumberColumn? numbers;
    private readonly CategoryColumn? categories;
    private readonly int[] places = [];
    private readonly long[] edges = [];
    private readonly long[] gathered = new long[512];
    private readonly long[] counts;
    private readonly JsonObject[] labels;
    private BigInteger? halfWidth;

    public HistogramTally(int groups, Measure.Histogram measure, Table table, Noise noise, int floor)
    {
        (this.measure, this.noise, this.floor) = (measure, noise, floor);
        counts = new long[groups * measure.Bins];
        labels = [.. Enumerable.Range(0, measure.Bins).Select(Label)];
        if (measure.Edges is { } rising)
        {
            numbers = Columns.Numbers(table, measure.Attribute, (NumberType)measure.Type);
            edges = [.. rising];
            return;
        }

        categories = Columns.Categories(table, measure.Attribute);
        var declared = ((CategoryType)measure.Type).Values!.ToList();
        places = [.. categories.Values.Select(value => declared.IndexOf(value))];
    }

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            var bin = groups[i] < 0 ? -1 : BinOf(rows.IsEmpty ? start + i : rows[i]);
            if (bin >= 0)
            {
                counts[(groups[i] * measure.Bins) + bin]++;
            }
        }
    }

    public override void Put(int group, ReadOnlySpan<Int128> numbers)
    {
        for (var bin = 0; bin < measure.Bins; bin++)
        {
            counts[(group * measure.Bins) + bin] = (long)numbers[bin];
        }
    }

    public override Released Release(int group, IRandomSource source, string label)
    {
        var bins = new (JsonObject, NumberCell?)[measure.Bins];
        for (var bin = 0; bin < bins.Length; bin++)
        {
            var noisy = noise.Add(counts[(group * measure.Bins) + bin], source.For($"{label}/{bin}"));
            bins[bin] = (labels[bin], floor > 0 && noisy < floor ? null : CountTally.Cell(noisy, noise, ref halfWidth));
        }

        return new Released(new HistogramCell(bins), null);
    }

    private int BinOf(int row)
    {
        if (numbers is null)
        {
            var code = categories!.Codes[row];
            return code < 0 ? -1 : places[code];
        }

        var tick = numbers.Ticks[row];
        if (tick == NumberColumn.Null)
        {
            return -1;
        }

        var found = Array.BinarySearch(edges, tick);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, measure.Bins - 1);
    }

    private JsonObject Label(int bin) => measure.Type is NumberType type
        ? new JsonObject { ["atLeast"] = Answer.Json(type.Value(measure.Edges![bin])), ["below"] = Answer.Json(type.Value(measure.Edges[bin + 1])) }
        : new JsonObject { ["is"] = ((CategoryType)measure.Type).Values![bin] };
}
