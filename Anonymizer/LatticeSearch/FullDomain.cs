using Anonymizer.Generalization;
using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>
/// Full-domain generalization with suppression: each column is generalized to one level throughout, and classes that do not
/// satisfy the models are suppressed. Begin here.
/// </summary>
public static class FullDomain
{
    /// <summary>Transformations up to which the optimum is proven; larger lattices are searched heuristically.</summary>
    public const long LargestProvenLattice = OptimalSearch.LargestLattice;

    /// <summary>Finds the transformation that loses least. <see cref="Anonymization.Fault"/> of the request is null.</summary>
    /// <exception cref="ArgumentException">The request has a fault.</exception>
    public static SearchResult Search(Anonymization request, Table table, SearchLimits limits)
    {
        Check(request, table);
        return Search(new SearchProblem(request, table, limits.Workers), limits);
    }

    /// <summary>The same for rows that were grouped elsewhere, such as in a database: it finds the transformation that the search of the rows finds.</summary>
    /// <returns>The recoding; of its table there are only the combinations.</returns>
    /// <exception cref="ArgumentException">The request has a fault, or counts are missing.</exception>
    public static SearchResult Search(Anonymization request, CountedCombinations counted, SearchLimits limits)
    {
        Check(request, counted.Table);
        if (request.Models.Select(model => model.Attribute).OfType<string>().Select(name => counted.OfValue.GetValueOrDefault(name)).Append(counted.Times).Any(counts => counts?.Length != counted.Table.Count))
        {
            throw new ArgumentException($"a count for each of {counted.Table.Count} combinations is needed, of rows and for each attribute of a model", nameof(counted));
        }

        return Search(new SearchProblem(request, counted.Table, limits.Workers, counted), limits);
    }

    /// <summary>The request's table under given levels, as an earlier search found them; without a recoding when they suppress more than the limit.</summary>
    /// <exception cref="ArgumentException">The request has a fault, or a level is outside its hierarchy.</exception>
    public static SearchResult At(Anonymization request, Table table, IReadOnlyList<int> levels, SearchLimits limits)
    {
        Check(request, table);
        var problem = new SearchProblem(request, table, limits.Workers);
        for (var i = 0; i < levels.Count; i++)
        {
            if (levels[i] < 0 || levels[i] >= problem.Lattice.Levels(i))
            {
                throw new ArgumentException($"level {levels[i]} of '{request.QuasiIdentifiers[i].Name}' must be from 0 to {problem.Lattice.Levels(i) - 1}", nameof(levels));
            }
        }

        return Found(problem, [.. levels], proven: false, looked: 1);
    }

    internal static SearchResult Search(SearchProblem problem, SearchLimits limits)
    {
        var (levels, proven, looked) = problem.Lattice.Size <= OptimalSearch.LargestLattice
            ? new OptimalSearch(problem, limits).Run()
            : new HeuristicSearch(problem, limits).Run();
        return levels is null
            ? new SearchResult(null, null, proven, problem.Lattice.Size, looked)
            : Found(problem, levels, proven, looked);
    }

    private static SearchResult Found(SearchProblem problem, int[] levels, bool proven, long looked)
    {
        var encoded = problem.Encoded;
        if (new Evaluator(problem, new Snapshots(encoded)).Settle(levels) is not { } settled)
        {
            return new SearchResult(null, null, proven, problem.Lattice.Size, looked);
        }

        var (classes, suppressed, classOfPart, verdict, score) = settled;
        var numbers = new int[classes.Count];
        var kept = new List<RecodedClass>();
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = suppressed[i] ? RecodedTable.Suppressed : kept.Count;
            if (!suppressed[i])
            {
                kept.Add(new RecodedClass([.. levels.Select((level, place) => encoded.Label(classes, i, place, level))], classes.Rows[i]));
            }
        }

        var classOfRow = new int[encoded.ClassOfRow.Length];
        for (var row = 0; row < classOfRow.Length; row++)
        {
            var part = encoded.ClassOfRow[row];
            classOfRow[row] = part == EncodedTable.Suppressed ? RecodedTable.Suppressed : numbers[classOfPart[part]];
        }

        var recoding = new Recoding(problem.Request.QuasiIdentifiers, levels, kept, encoded.Rows, verdict.Rows, encoded.UnmappedCells, score);
        return new SearchResult(recoding, new RecodedTable(recoding, classOfRow), proven, problem.Lattice.Size, looked);
    }

    private static void Check(Anonymization request, Table table)
    {
        if (request.Fault(table) is { } fault)
        {
            throw new ArgumentException(fault, nameof(request));
        }
    }
}
