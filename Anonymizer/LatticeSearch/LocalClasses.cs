using Anonymizer.Generalization;
using Anonymizer.InformationLoss;

namespace Anonymizer.LatticeSearch;

/// <summary>
/// The classes of a local recoding: sets of base classes ("parts"), each class generalized to the lowest levels at which its
/// parts agree, and the moves that make them cheaper. Cost: rows times the share of the domain that is covered, summed over the columns.
/// </summary>
internal sealed class LocalClasses
{
    /// <summary>Pairs of a part and a class compared, at most. On adult the first 20 million bring most of what 400 million do, in a twentieth of the time.</summary>
    private const long MostCompared = 20_000_000;

    private readonly SearchProblem problem;
    private readonly EncodedTable encoded;
    private readonly int[][] codes;
    private readonly int[] rows;
    private readonly double[][][] shares;
    private readonly List<LocalClass> classes = [];

    public LocalClasses(SearchProblem problem)
    {
        this.problem = problem;
        encoded = problem.Encoded;
        rows = encoded.Base.Rows;
        codes = new int[encoded.Columns.Length][];
        shares = new double[codes.Length][][];
        for (var place = 0; place < codes.Length; place++)
        {
            var (column, own, chunk) = (encoded.Columns[place], encoded.CodesOfChunk[place], encoded.Base.Codes[encoded.ChunkOf(place)]);
            codes[place] = Array.ConvertAll(chunk, code => own[code]);
            shares[place] = [.. Enumerable.Range(0, column.Levels).Select(level => Array.ConvertAll(column.FromBase[level], label => column.Coverage[level][label] / (double)column.DomainSize))];
        }
    }

    public int Count => classes.Count;

    /// <summary>Adds a class of these parts.</summary>
    public void Add(List<int> parts) => classes.Add(Made(parts));

    /// <summary>Puts a part in the class where it costs least.</summary>
    public void Join(int part)
    {
        var (target, _) = Cheapest(part, null, double.PositiveInfinity);
        classes[classes.IndexOf(target!)] = Made([.. target!.Parts, part]);
    }

    /// <summary>Splits classes, dissolves them and moves parts where that makes the whole cheaper, the dearest classes first.</summary>
    public void Improve(SearchLimits limits)
    {
        var budget = MostCompared;
        foreach (var each in classes.OrderByDescending(each => each.Cost / each.Rows).ThenBy(each => each.Parts[0]).ToList())
        {
            limits.Cancellation.ThrowIfCancellationRequested();
            if (each.Cost == each.Floor || each.Parts.Count == 0)
            {
                continue;
            }

            budget -= (long)each.Parts.Count * classes.Count;
            if (budget < 0 || limits.Expired?.Invoke() == true)
            {
                break;
            }

            if (!Split(each) && !Dissolve(each) && problem.RowsDecide)
            {
                GiveAway(each);
            }
        }

        classes.RemoveAll(each => each.Parts.Count == 0);
    }

    /// <summary>The recoding as it is written: classes written alike are one.</summary>
    public Recoding Recoding()
    {
        var merged = Written().Values.OrderBy(entry => entry.Number).Select(entry => new RecodedClass(entry.Values, entry.Rows)).ToList();
        return new Recoding(problem.Request.QuasiIdentifiers, [], merged, encoded.Rows, encoded.SuppressedRows, encoded.UnmappedCells, Score(merged));
    }

    /// <summary>The table's rows under it.</summary>
    public RecodedTable Release()
    {
        var written = Written();
        var classOfPart = new int[encoded.Base.Count];
        foreach (var each in classes)
        {
            var number = written[NameOf(each)].Number;
            foreach (var part in each.Parts)
            {
                classOfPart[part] = number;
            }
        }

        var classOfRow = Array.ConvertAll(encoded.ClassOfRow, part => part == EncodedTable.Suppressed ? RecodedTable.Suppressed : classOfPart[part]);
        return new RecodedTable(Recoding(), classOfRow);
    }

    private Dictionary<string, (int Number, string[] Values, long Rows)> Written()
    {
        var written = new Dictionary<string, (int Number, string[] Values, long Rows)>(StringComparer.Ordinal);
        foreach (var each in classes)
        {
            var name = NameOf(each);
            written[name] = written.TryGetValue(name, out var known)
                ? (known.Number, known.Values, known.Rows + each.Rows)
                : (written.Count, ValuesOf(each), each.Rows);
        }

        return written;
    }

    private string NameOf(LocalClass each) => string.Join('\u001f', ValuesOf(each));

    private string[] ValuesOf(LocalClass each) =>
        [.. each.Levels.Select((level, place) => encoded.Columns[place].Labels[level][encoded.Columns[place].FromBase[level][codes[place][each.Parts[0]]]])];

    /// <summary>By the metric that was asked for, from the written cells.</summary>
    private double Score(List<RecodedClass> merged)
    {
        switch (problem.Request.Metric)
        {
            case LossMetric.AverageClassSize:
                return (double)encoded.Rows / (merged.Count + (encoded.SuppressedRows > 0 ? 1 : 0));
            case LossMetric.Discernibility:
                return merged.Sum(each => (double)each.Rows * each.Rows) + ((double)encoded.SuppressedRows * encoded.Rows);
            default:
                var covered = new long[codes.Length];
                foreach (var each in classes)
                {
                    for (var place = 0; place < covered.Length; place++)
                    {
                        var column = encoded.Columns[place];
                        covered[place] += each.Rows * column.Coverage[each.Levels[place]][column.FromBase[each.Levels[place]][codes[place][each.Parts[0]]]];
                    }
                }

                return ((LossScorer)problem.Scorer).ScoreOf(covered);
        }
    }

    /// <summary>Splits a class by one column one level down, if every piece satisfies k.</summary>
    private bool Split(LocalClass each)
    {
        if (!problem.RowsDecide || each.Rows < 2 * problem.LeastRows)
        {
            return false;
        }

        for (var place = 0; place < codes.Length; place++)
        {
            if (each.Levels[place] == 0)
            {
                continue;
            }

            var below = encoded.Columns[place].FromBase[each.Levels[place] - 1];
            var pieces = each.Parts.GroupBy(part => below[codes[place][part]]).Select(group => group.ToList()).ToList();
            if (pieces.All(piece => piece.Sum(part => rows[part]) >= problem.LeastRows))
            {
                each.Become(Made(pieces[0]));
                classes.AddRange(pieces.Skip(1).Select(Made));
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts every part of a class in another one, if that costs less in all.</summary>
    private bool Dissolve(LocalClass each)
    {
        var price = 0.0;
        var joins = new List<(int Part, LocalClass Target)>();
        foreach (var part in each.Parts)
        {
            var (target, added) = Cheapest(part, each, each.Cost - price);
            price += added;
            if (target is null || price >= each.Cost)
            {
                return false;
            }

            joins.Add((part, target));
        }

        // Prices were of one part at a time: two parts of this class may meet in one target, and then cost more than foreseen.
        var targets = joins.GroupBy(join => join.Target).Select(group => (Target: group.Key, After: Made([.. group.Key.Parts, .. group.Select(join => join.Part)]))).ToList();
        if (targets.Sum(move => move.After.Cost - move.Target.Cost) >= each.Cost)
        {
            return false;
        }

        foreach (var (target, after) in targets)
        {
            target.Become(after);
        }

        each.Become(new LocalClass([], 0, [], 0, 0));
        return true;
    }

    /// <summary>Moves parts out of a class that has more rows than it needs, each where that costs less.</summary>
    private void GiveAway(LocalClass each)
    {
        foreach (var part in each.Parts.ToList())
        {
            if (each.Rows - rows[part] < problem.LeastRows)
            {
                continue;
            }

            var without = Made([.. each.Parts.Where(other => other != part)]);
            var (target, added) = Cheapest(part, each, each.Cost - without.Cost);
            if (target is not null && added < each.Cost - without.Cost - 1e-9)
            {
                target.Become(Made([.. target.Parts, part]));
                each.Become(without);
            }
        }
    }

    /// <summary>The class, but for one, that the part makes dearer by least, and by how much; null when none is below the bound.</summary>
    private (LocalClass? Target, double Added) Cheapest(int part, LocalClass? not, double bound)
    {
        LocalClass? best = null;
        foreach (var each in classes)
        {
            if (each == not || each.Parts.Count == 0)
            {
                continue;
            }

            // The class's cells may only widen, and the part pays the class's share at least.
            var all = each.Rows + rows[part];
            var share = 0.0;
            var most = (bound + each.Cost) / all;
            for (var place = 0; place < codes.Length && share < most; place++)
            {
                var level = each.Levels[place];
                var (own, theirs) = (codes[place][part], each.Codes[place]);
                if (own != theirs)
                {
                    var labels = encoded.Columns[place].FromBase;
                    while (labels[level][own] != labels[level][theirs])
                    {
                        if (++level == labels.Length)
                        {
                            share = double.PositiveInfinity;
                            break;
                        }
                    }
                }

                share += level < shares[place].Length ? shares[place][level][theirs] : 0;
            }

            var added = (all * share) - each.Cost;
            if (added < bound)
            {
                (best, bound) = (each, added);
            }
        }

        return (best, best is null ? double.PositiveInfinity : bound);
    }

    private LocalClass Made(List<int> parts)
    {
        var levels = new int[codes.Length];
        var size = parts.Sum(part => rows[part]);
        var (share, floor) = (0.0, 0.0);
        for (var place = 0; place < levels.Length; place++)
        {
            var labels = encoded.Columns[place].FromBase;
            var first = codes[place][parts[0]];
            foreach (var part in parts)
            {
                while (levels[place] < labels.Length - 1 && labels[levels[place]][codes[place][part]] != labels[levels[place]][first])
                {
                    levels[place]++;
                }
            }

            share += shares[place][levels[place]][first];
            floor += shares[place][0][first];
        }

        return new LocalClass(parts, size, levels, size * share, size * floor) { Codes = [.. codes.Select(column => column[parts[0]])] };
    }
}
