using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.PrivacyModels;

namespace Anonymizer.Tests.LatticeSearch;

/// <summary>The slow way: every transformation from the rows as strings, the models and metrics by their printed formulas in plain decimals and doubles. Shares nothing with the engine but the request.</summary>
internal sealed class Exhaustive(IReadOnlyList<string[][]> hierarchies, string[][] rows, string[] sensitive, IReadOnlyList<PrivacyModel> models, LossMetric metric, decimal limit)
{
    private readonly Dictionary<string, string[]>[] rowOf = [.. hierarchies.Select(rows => rows.ToDictionary(row => row[0]))];

    /// <summary>All transformations within the limit, with their scores; levels in lexical order.</summary>
    public List<(int[] Levels, double Score, int Suppressed, int Kept)> Passing()
    {
        var found = new List<(int[], double, int, int)>();
        var levels = new int[hierarchies.Count];
        while (true)
        {
            var (score, suppressed, kept) = Try(levels);
            if (suppressed <= Math.Floor(limit * rows.Length))
            {
                found.Add(([.. levels], score, suppressed, kept));
            }

            var column = 0;
            while (column < levels.Length && ++levels[column] == hierarchies[column][0].Length)
            {
                levels[column++] = 0;
            }

            if (column == levels.Length)
            {
                return found;
            }
        }
    }

    private (double Score, int Suppressed, int Kept) Try(int[] levels)
    {
        var recoded = rows.Select(row => row.Select((value, column) => rowOf[column][value][levels[column]]).ToArray()).ToArray();
        var classes = Enumerable.Range(0, rows.Length).GroupBy(row => string.Join('|', recoded[row])).Select(group => group.ToArray()).ToList();
        var kept = classes.Where(each => models.All(model => Holds(model, each))).ToList();
        var suppressed = classes.Except(kept).SelectMany(each => each).ToList();
        return (Score(levels, recoded, kept, suppressed), suppressed.Count, kept.Count);
    }

    private bool Holds(PrivacyModel model, int[] members)
    {
        var counts = members.GroupBy(row => sensitive[row]).ToDictionary(group => group.Key, group => group.Count());
        var whole = sensitive.GroupBy(value => value).ToDictionary(group => group.Key, group => group.Count());
        double P(string value) => counts.GetValueOrDefault(value) / (double)members.Length;
        double Q(string value) => whole[value] / (double)sensitive.Length;
        const double Slack = 1e-9;
        switch (model)
        {
            case KAnonymity k:
                return members.Length >= k.K;
            case DistinctLDiversity l:
                return counts.Count >= l.L;
            case EntropyLDiversity l:
                return counts.Keys.Sum(value => -P(value) * Math.Log(P(value))) >= Math.Log((double)l.L) - Slack;
            case RecursiveDiversity c:
                var falling = counts.Values.OrderDescending().ToList();
                return falling.Count >= c.L && falling[0] < c.C * falling.Skip(c.L - 1).Sum();
            case DeltaPresence d:
                var share = counts.GetValueOrDefault(d.Value) / (decimal)members.Length;
                return share >= d.Lower && share <= d.Upper;
            case TCloseness { Distance: ValueDistance.Equal } t:
                return whole.Keys.Sum(value => Math.Abs(P(value) - Q(value))) / 2 <= (double)t.T + Slack;
            case TCloseness { Distance: ValueDistance.Ordered } t:
                var (carried, sum) = (0.0, 0.0);
                foreach (var value in whole.Keys.Order(StringComparer.Ordinal))
                {
                    carried += P(value) - Q(value);
                    sum += Math.Abs(carried);
                }

                return sum / Math.Max(1, whole.Count - 1) <= (double)t.T + Slack;
            case TCloseness t:
                var distance = 0.0;
                var tree = t.Tree!;
                var nodes = whole.Keys.Select(value => (Path: Enumerable.Range(0, tree.Levels).Select(level => tree.Generalize(value, level)!).ToArray(), Extra: P(value) - Q(value))).ToList();
                for (var level = 1; level < tree.Levels; level++)
                {
                    foreach (var inner in nodes.GroupBy(node => node.Path[level]))
                    {
                        var children = inner.GroupBy(node => node.Path[level - 1]).Select(child => child.Sum(node => node.Extra)).ToList();
                        distance += (double)level / (tree.Levels - 1) * Math.Min(children.Where(extra => extra > 0).Sum(), -children.Where(extra => extra < 0).Sum());
                    }
                }

                return distance <= (double)t.T + Slack;
            default:
                throw new ArgumentException(model.ToString(), nameof(model));
        }
    }

    private double Score(int[] levels, string[][] recoded, List<int[]> kept, List<int> suppressed)
    {
        var n = rows.Length;
        switch (metric)
        {
            case LossMetric.AverageClassSize:
                return (double)n / (kept.Count + (suppressed.Count > 0 ? 1 : 0));
            case LossMetric.Discernibility:
                return kept.Sum(each => (double)each.Length * each.Length) + ((double)suppressed.Count * n);
            default:
                var columns = Enumerable.Range(0, levels.Length).Select(column => metric is LossMetric.Loss or LossMetric.LossArithmetic
                    ? Loss(column, levels[column], recoded, suppressed)
                    : Entropy(column, recoded, suppressed)).ToList();
                return metric switch
                {
                    LossMetric.Loss => Math.Pow(columns.Aggregate(1.0, (product, loss) => product * (1 + loss)), 1.0 / columns.Count) - 1,
                    LossMetric.Entropy => columns.Sum(),
                    _ => columns.Average(),
                };
        }
    }

    private double Loss(int column, int level, string[][] recoded, List<int> suppressed)
    {
        var (n, domain) = (rows.Length, (double)hierarchies[column].Length);
        var raw = 0.0;
        for (var row = 0; row < n; row++)
        {
            raw += suppressed.Contains(row) ? 1 : hierarchies[column].Count(each => each[level] == recoded[row][column]) / domain;
        }

        return domain == 1 ? 0 : Math.Max(0, (raw - (n / domain)) / (n - (n / domain)));
    }

    private double Entropy(int column, string[][] recoded, List<int> suppressed)
    {
        var before = rows.GroupBy(row => row[column]).ToDictionary(group => group.Key, group => group.Count());
        var after = recoded.GroupBy(row => row[column]).ToDictionary(group => group.Key, group => group.Count());
        var bits = Enumerable.Range(0, rows.Length).Sum(row => -Math.Log2((double)before[rows[row][column]] / after[recoded[row][column]]));
        bits += suppressed.GroupBy(row => recoded[row][column]).Sum(group => -group.Count() * Math.Log2((double)group.Count() / suppressed.Count));
        var whole = before.Values.Sum(count => -count * Math.Log2((double)count / rows.Length));
        return metric == LossMetric.Entropy ? bits : whole == 0 ? 0 : bits / whole;
    }
}
