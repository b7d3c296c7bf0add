using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>
/// Local recoding: each class is generalized by itself, as little as its rows need, so the same value may be written exactly in
/// one row and generalized in another. Nothing is suppressed. Deterministic, and no optimum: rows leave through the transformation that
/// costs least and gathers enough of them; then the dearest classes are split, dissolved or relieved where that costs less.
/// </summary>
/// <remarks>The order of leaving is that of iterative full-domain recoding (Prasser et al., GigaScience 10(10), 2021); joining the
/// cheapest class is k-member clustering (Byun et al., DASFAA 2007). A class of the file may be several of ours that are written alike.</remarks>
public static class LocalRecoding
{
    /// <summary>Transformations that rows may leave through; of a larger lattice a selection is taken.</summary>
    private const long MostTransformations = 300_000;

    /// <summary>Classes merged in all, about, so that a large table takes fewer transformations instead of hours.</summary>
    private const long MostMerged = 1_000_000_000;

    /// <summary>Why this request cannot be honoured by local recoding, naming the model or metric; null when it can.</summary>
    public static string? Refusal(Anonymization request)
    {
        if (request.Models.FirstOrDefault(model => !model.SurvivesAnyMerge) is { } model)
        {
            return $"recoding 'local' cannot honour {model.GetType().Name}: a class that satisfies it may cease to when rows join; it takes k-anonymity and distinct l-diversity";
        }

        return request.Metric is LossMetric.Entropy or LossMetric.NormalizedEntropy
            ? "recoding 'local' has no entropy score, since a value is not generalized alike throughout; metric must be loss, loss-am, aecs or dm"
            : null;
    }

    /// <summary>Recodes the table. The recoding has no levels and cannot be applied to another table; without one when the table as a whole does not satisfy the models.</summary>
    /// <exception cref="ArgumentException">The request has a fault or a <see cref="Refusal"/>.</exception>
    public static SearchResult Search(Anonymization request, Table table, SearchLimits limits)
    {
        if ((request.Fault(table) ?? Refusal(request)) is { } fault)
        {
            throw new ArgumentException(fault, nameof(request));
        }

        var problem = new SearchProblem(request, table, limits.Workers);
        var classes = new LocalClasses(problem);
        var looked = Leave(problem, classes, limits);
        if (classes.Count == 0)
        {
            return new SearchResult(null, null, false, problem.Lattice.Size, looked);
        }

        classes.Improve(limits);
        return new SearchResult(classes.Recoding(), classes.Release(), false, problem.Lattice.Size, looked);
    }

    /// <summary>Lets rows leave through one transformation after another, cheapest first; what is left in the end joins the class where it costs least.</summary>
    private static long Leave(SearchProblem problem, LocalClasses classes, SearchLimits limits)
    {
        var order = Order(problem);
        var merger = new Merger(problem.Encoded);
        var rest = Enumerable.Range(0, problem.Encoded.Base.Count).ToArray();
        var source = problem.Encoded.Base;
        var looked = 0L;
        for (var place = 0; place < order.Count && rest.Length > 0;)
        {
            limits.Cancellation.ThrowIfCancellationRequested();
            var last = order.Count - 1;
            var levels = order[limits.Expired?.Invoke() == true ? place = last : place];
            looked++;
            merger.Merge(source, levels);
            var left = Take(problem, classes, merger, rest);
            if (left.Length < rest.Length)
            {
                source = Part(problem.Encoded.Base, left);
                rest = left;
            }

            var stride = Math.Max(1, rest.Length * (long)(last - place) / MostMerged);
            place = place == last ? order.Count : (int)Math.Min(last, place + stride);
            if (looked % 256 == 0)
            {
                limits.Progress?.Report(new SearchProgress(place, order.Count, looked, null));
            }
        }

        foreach (var part in classes.Count > 0 ? rest : [])
        {
            classes.Join(part);
        }

        return looked;
    }

    /// <summary>Takes the slots that satisfy the models as classes; gives the parts that are left.</summary>
    private static int[] Take(SearchProblem problem, LocalClasses classes, Merger merger, int[] parts)
    {
        var leaves = new bool[merger.Slots];
        var any = false;
        for (var slot = 0; slot < leaves.Length; slot++)
        {
            leaves[slot] = merger.Rows[slot] >= problem.LeastRows;
            any |= leaves[slot];
        }

        if (any && !problem.RowsDecide)
        {
            var table = merger.ToTable(out var classOfSlot);
            for (var slot = 0; slot < leaves.Length; slot++)
            {
                leaves[slot] &= classOfSlot[slot] >= 0 && problem.Examine(table, classOfSlot[slot]).Passes;
            }
        }

        if (!any)
        {
            return parts;
        }

        var members = new Dictionary<int, List<int>>();
        var left = new List<int>();
        for (var i = 0; i < parts.Length; i++)
        {
            var slot = merger.SlotOf[i];
            if (!leaves[slot])
            {
                left.Add(parts[i]);
                continue;
            }

            if (!members.TryGetValue(slot, out var list))
            {
                members.Add(slot, list = []);
            }

            list.Add(parts[i]);
        }

        foreach (var list in members.Values)
        {
            classes.Add(list);
        }

        return [.. left];
    }

    private static ClassTable Part(ClassTable whole, int[] parts) => new(
        [.. whole.Codes.Select(codes => Array.ConvertAll(parts, part => codes[part]))],
        Array.ConvertAll(parts, part => whole.Rows[part]),
        [.. whole.Details.Select(detail => detail.Select(parts))]);

    /// <summary>Transformations by the loss of their levels, ending with the top. Of a lattice too large some levels are passed over, or all but a path.</summary>
    private static List<int[]> Order(SearchProblem problem)
    {
        var choices = Enumerable.Range(0, problem.Lattice.Columns).Select(column => Enumerable.Range(0, problem.Lattice.Levels(column)).ToList()).ToArray();
        while (choices.Aggregate(1.0, (size, levels) => size * levels.Count) > MostTransformations && choices.Any(levels => levels.Count > 2))
        {
            var longest = choices.MaxBy(levels => levels.Count)!;
            longest.RemoveAt(longest.Count / 2);
        }

        var scorer = new LossScorer(problem.Encoded, geometric: false);
        var nodes = choices.Aggregate(1.0, (size, levels) => size * levels.Count) > MostTransformations ? Path(problem) : Products(choices);
        return [.. nodes.OrderBy(levels => scorer.LevelBound(levels)).ThenBy(levels => levels.Sum())];
    }

    private static List<int[]> Products(List<int>[] choices)
    {
        var nodes = new List<int[]> { new int[choices.Length] };
        for (var column = 0; column < choices.Length; column++)
        {
            nodes = [.. nodes.SelectMany(node => choices[column].Select(level =>
            {
                var next = node.ToArray();
                next[column] = level;
                return next;
            }))];
        }

        return nodes;
    }

    /// <summary>From the bottom to the top, each time raising the column with the most distinct values.</summary>
    private static List<int[]> Path(SearchProblem problem)
    {
        var columns = problem.Encoded.Columns;
        var node = new int[columns.Length];
        var path = new List<int[]> { node.ToArray() };
        while (Enumerable.Range(0, node.Length).Where(column => node[column] + 1 < columns[column].Levels).ToList() is { Count: > 0 } open)
        {
            node[open.MaxBy(column => columns[column].Labels[node[column]].Length)]++;
            path.Add(node.ToArray());
        }

        return path;
    }
}
