namespace Anonymizer.LatticeSearch;

/// <summary>
/// Finds the transformation with the lowest score and proves it: every other one is shown to suppress too much, because a
/// coarser one does already (predictive tagging), or to score no better, because of a bound, or is looked at.
/// Binary searches along chains through the lattice find where suppression falls under the limit. Ties go to the lower sum of
/// levels, then to the lower node.
/// </summary>
/// <remarks>Kohlmayer, Prasser et al., Flash, PASSAT 2012; El Emam et al., OLA, JAMIA 16(5), 2009; Prasser et al., Lightning, TDP 9, 2016.</remarks>
internal sealed class OptimalSearch
{
    /// <summary>The largest lattice that is searched to the end. Thirteen bytes are held for each transformation.</summary>
    public const long LargestLattice = 4_000_000;

    private const int ChainsWithoutGain = 16;
    private const byte Unknown = 0;
    private const byte MayPass = 1;
    private const byte Settled = 2;

    private readonly SearchProblem problem;
    private readonly SearchLimits limits;
    private readonly Snapshots snapshots;
    private readonly Lock gate = new();
    private readonly byte[] states;
    private readonly double[] bounds;
    private readonly int[] order;
    private double bestScore = double.PositiveInfinity;
    private int bestSum;
    private long bestNode = -1;
    private long checkedNodes;
    private long reported;
    private bool expired;

    public OptimalSearch(SearchProblem problem, SearchLimits limits)
    {
        this.problem = problem;
        this.limits = limits;
        snapshots = new Snapshots(problem.Encoded);
        var size = (int)problem.Lattice.Size;
        states = new byte[size];
        bounds = new double[size];
        order = new int[size];
        Span<int> levels = stackalloc int[problem.Lattice.Columns];
        var keys = new double[size];
        for (var node = 0; node < size; node++)
        {
            problem.Lattice.LevelsOf(node, levels);
            order[node] = node;
            bounds[node] = problem.Scorer.LevelBound(levels);
            keys[node] = bounds[node] + (SumOf(levels) * 1e-12);
        }

        Array.Sort(keys, order);
    }

    /// <summary>The optimum's levels, or null when nothing passes; and whether that is proven.</summary>
    public (int[]? Levels, bool Proven, long Checked) Run()
    {
        // The top, so that a search that is cut short has something to give if anything passes. Then a good solution; then, from
        // the highest bound below it downwards, chains that reach up to the coarsest transformation that suppresses too much,
        // since that one settles all finer ones; then what no chain settled.
        Look(new Evaluator(problem, snapshots), states.Length - 1);
        Sweep(place => place, Chain, problem.Scorer.BoundsByLevel ? ChainsWithoutGain : int.MaxValue);
        if (problem.Scorer.BoundsByLevel)
        {
            Sweep(place => order.Length - 1 - place, Chain, int.MaxValue);
        }

        Sweep(place => place, (evaluator, node) => Look(evaluator, node), int.MaxValue);
        if (bestNode < 0)
        {
            return (null, !expired, checkedNodes);
        }

        var levels = new int[problem.Lattice.Columns];
        problem.Lattice.LevelsOf(bestNode, levels);
        return (levels, !expired, checkedNodes);
    }

    /// <summary>All workers take the nodes in turn and do something about those that are neither settled nor hopeless, until so many brought no gain in a row.</summary>
    private void Sweep(Func<int, int> placeOf, Action<Evaluator, int> act, int patience)
    {
        var workers = Math.Max(1, limits.Workers);
        var (next, idle) = (-1, 0);
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = limits.Cancellation }, _ =>
        {
            var evaluator = new Evaluator(problem, snapshots);
            for (var place = Interlocked.Increment(ref next); place < order.Length && idle < patience && !Stopped(); place = Interlocked.Increment(ref next))
            {
                var node = order[placeOf(place)];
                if (states[node] == Settled || Hopeless(node))
                {
                    continue;
                }

                var before = Volatile.Read(ref bestScore);
                act(evaluator, node);
                idle = Volatile.Read(ref bestScore) < before ? 0 : idle + 1;
            }
        });
    }

    private void Chain(Evaluator evaluator, int node)
    {
        if (states[node] == Unknown)
        {
            SearchChain(evaluator, ChainFrom(node));
        }
    }

    private bool Stopped()
    {
        limits.Cancellation.ThrowIfCancellationRequested();
        if (!expired && limits.Expired?.Invoke() == true)
        {
            expired = true;
        }

        return expired;
    }

    /// <summary>Whether the node cannot beat the best, given the bounds of its finer neighbours.</summary>
    private bool Hopeless(int node)
    {
        var bound = bounds[node];
        var rest = (long)node;
        for (var i = 0; i < problem.Lattice.Columns; i++)
        {
            (rest, var level) = Math.DivRem(rest, problem.Lattice.Levels(i));
            if (level > 0)
            {
                bound = Math.Max(bound, bounds[node - (int)problem.Lattice.Stride(i)]);
            }
        }

        bounds[node] = bound;
        return bound > Volatile.Read(ref bestScore) + 1e-12;
    }

    /// <summary>A path upwards from the node through nodes of which nothing is known, by the lowest bounds, beyond the best score too.</summary>
    private List<int> ChainFrom(int node)
    {
        var chain = new List<int> { node };
        while (true)
        {
            var (best, bestBound) = (-1, double.PositiveInfinity);
            var rest = (long)node;
            for (var i = 0; i < problem.Lattice.Columns; i++)
            {
                (rest, var level) = Math.DivRem(rest, problem.Lattice.Levels(i));
                if (level + 1 == problem.Lattice.Levels(i))
                {
                    continue;
                }

                var upper = node + (int)problem.Lattice.Stride(i);
                if (states[upper] == Unknown && bounds[upper] < bestBound)
                {
                    (best, bestBound) = (upper, bounds[upper]);
                }
            }

            if (best < 0)
            {
                return chain;
            }

            chain.Add(best);
            node = best;
        }
    }

    private void SearchChain(Evaluator evaluator, List<int> chain)
    {
        var (low, high) = (0, chain.Count - 1);
        while (low <= high && !Stopped())
        {
            var middle = (low + high) / 2;
            if (states[chain[middle]] != Unknown)
            {
                // Another worker came by: what it found decides as well as a look would.
                if (states[chain[middle]] == MayPass)
                {
                    high = middle - 1;
                }
                else
                {
                    low = middle + 1;
                }

                continue;
            }

            if (Look(evaluator, chain[middle]))
            {
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }
    }

    /// <summary>Looks at a node and tags what follows from it; gives whether coarser nodes may pass for what this one suppresses.</summary>
    private bool Look(Evaluator evaluator, int node)
    {
        Span<int> levels = stackalloc int[problem.Lattice.Columns];
        problem.Lattice.LevelsOf(node, levels);
        var found = evaluator.Evaluate(levels);
        lock (gate)
        {
            checkedNodes++;
            states[node] = Settled;
            bounds[node] = Math.Max(bounds[node], found.Bound);
            var sum = SumOf(levels);
            if (found.Score is { } score && (score < bestScore || (score == bestScore && (sum, node).CompareTo((bestSum, (int)bestNode)) < 0)))
            {
                (bestSum, bestNode) = (sum, node);
                Volatile.Write(ref bestScore, score);
            }

            var passes = found.Verdict.RowsForFiner <= problem.LimitRows;
            if (passes)
            {
                TagCoarser(node);
            }
            else
            {
                TagFiner(node);
            }

            Report();
            return passes;
        }
    }

    private void TagFiner(int node)
    {
        var rest = (long)node;
        for (var i = 0; i < problem.Lattice.Columns; i++)
        {
            (rest, var level) = Math.DivRem(rest, problem.Lattice.Levels(i));
            var lower = node - (int)problem.Lattice.Stride(i);
            if (level > 0 && states[lower] == Unknown)
            {
                states[lower] = Settled;
                TagFiner(lower);
            }
        }
    }

    private void TagCoarser(int node)
    {
        var rest = (long)node;
        for (var i = 0; i < problem.Lattice.Columns; i++)
        {
            (rest, var level) = Math.DivRem(rest, problem.Lattice.Levels(i));
            var upper = node + (int)problem.Lattice.Stride(i);
            if (level + 1 < problem.Lattice.Levels(i) && states[upper] == Unknown)
            {
                states[upper] = MayPass;
                TagCoarser(upper);
            }
        }
    }

    private void Report()
    {
        if (limits.Progress is null || checkedNodes - reported < 64)
        {
            return;
        }

        reported = checkedNodes;
        limits.Progress.Report(new SearchProgress(states.LongCount(state => state == Settled), states.Length, checkedNodes, bestNode < 0 ? null : bestScore));
    }

    private static int SumOf(ReadOnlySpan<int> levels)
    {
        var sum = 0;
        foreach (var level in levels)
        {
            sum += level;
        }

        return sum;
    }
}
