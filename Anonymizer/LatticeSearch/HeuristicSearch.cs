using Anonymizer.Generalization;

namespace Anonymizer.LatticeSearch;

/// <summary>
/// For lattices too large to be searched to the end. First greedily upwards from the raw table, each time by the level that rids
/// it of most suppressed rows for the least loss, until few enough are suppressed; then best first downwards from there and from
/// the top. Ends when time is over, when what it may hold or look at is used up, or when nothing is left, which is a proof.
/// Given no deadline its result is the same on every run.
/// </summary>
/// <remarks>Prasser et al., Lightning, TDP 9, 2016, from which the best-first order is taken.</remarks>
internal sealed class HeuristicSearch
{
    /// <summary>Transformations looked at when no deadline is given.</summary>
    public const int MostLooks = 20_000;

    /// <summary>Transformations remembered as waiting or done; about 200 bytes each.</summary>
    private const int MostRemembered = 1_000_000;

    private readonly SearchProblem problem;
    private readonly SearchLimits limits;
    private readonly Evaluator[] evaluators;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly PriorityQueue<int[], (double, int)> waiting = new();
    private double bestScore = double.PositiveInfinity;
    private int[]? best;
    private long looks;

    public HeuristicSearch(SearchProblem problem, SearchLimits limits)
    {
        this.problem = problem;
        this.limits = limits;
        var snapshots = new Snapshots(problem.Encoded);
        evaluators = [.. Enumerable.Range(0, Math.Max(1, limits.Workers)).Select(_ => new Evaluator(problem, snapshots))];
    }

    /// <summary>The best levels found, or null; and whether they are proven best.</summary>
    public (int[]? Levels, bool Proven, long Checked) Run()
    {
        var top = Enumerable.Range(0, problem.Lattice.Columns).Select(column => problem.Lattice.Levels(column) - 1).ToArray();
        Take([top]);
        Climb();
        while (waiting.Count > 0 && !Over())
        {
            Take([.. Neighbours(waiting.Dequeue(), -1)]);
        }

        return (best, waiting.Count == 0, looks);
    }

    /// <summary>From the bottom up until the suppression limit is met.</summary>
    private void Climb()
    {
        var node = new int[problem.Lattice.Columns];
        var suppressed = Take([node])[0].Verdict.Rows;
        while (suppressed > problem.LimitRows && !Over())
        {
            var above = Neighbours(node, 1).ToList();
            if (above.Count == 0)
            {
                return;
            }

            var from = problem.Scorer.LevelBound(node);
            var found = Take(above);
            var (place, price) = (0, double.PositiveInfinity);
            for (var i = 0; i < above.Count; i++)
            {
                var rid = Math.Max(suppressed - found[i].Verdict.Rows, 0) + 0.5;
                var each = (problem.Scorer.LevelBound(above[i]) - from + 1e-9) / rid;
                (place, price) = each < price ? (i, each) : (place, price);
            }

            node = above[place];
            suppressed = found[place].Verdict.Rows;
        }
    }

    /// <summary>Looks at nodes, remembers the best, and puts those in the queue whose finer neighbours may pass.</summary>
    private Evaluation[] Take(List<int[]> nodes)
    {
        var found = new Evaluation[nodes.Count];
        var next = -1;
        Parallel.For(0, evaluators.Length, new ParallelOptions { MaxDegreeOfParallelism = evaluators.Length, CancellationToken = limits.Cancellation }, worker =>
        {
            for (var i = Interlocked.Increment(ref next); i < nodes.Count; i = Interlocked.Increment(ref next))
            {
                found[i] = evaluators[worker].Evaluate(nodes[i]);
            }
        });
        for (var i = 0; i < nodes.Count; i++)
        {
            looks++;
            seen.Add(NameOf(nodes[i]));
            if (found[i].Score is { } score && (score < bestScore || (score == bestScore && nodes[i].Sum() < best!.Sum())))
            {
                (bestScore, best) = (score, nodes[i]);
            }

            if (found[i].Verdict.RowsForFiner <= problem.LimitRows)
            {
                waiting.Enqueue(nodes[i], (found[i].Score ?? problem.Scorer.LevelBound(nodes[i]), nodes[i].Sum()));
            }
        }

        limits.Progress?.Report(new SearchProgress(seen.Count, problem.Lattice.Size, looks, best is null ? null : bestScore));
        return found;
    }

    private IEnumerable<int[]> Neighbours(int[] node, int step)
    {
        for (var column = 0; column < node.Length; column++)
        {
            var level = node[column] + step;
            if (level < 0 || level >= problem.Lattice.Levels(column))
            {
                continue;
            }

            var neighbour = node.ToArray();
            neighbour[column] = level;
            if (step > 0 || !seen.Contains(NameOf(neighbour)))
            {
                yield return neighbour;
            }
        }
    }

    private bool Over()
    {
        limits.Cancellation.ThrowIfCancellationRequested();
        return limits.Expired is null ? looks >= MostLooks : limits.Expired() || seen.Count >= MostRemembered;
    }

    private static string NameOf(int[] levels) => string.Create(levels.Length, levels, (characters, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            characters[i] = (char)from[i];
        }
    });
}
