using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>A request and a table, encoded: what every search works on. Never changed while searches run.</summary>
internal sealed class SearchProblem
{
    private readonly (int Detail, ClassTest Test, bool SurvivesAnyMerge)[] tests;

    public SearchProblem(Anonymization request, Table table, int workers, CountedCombinations? counted = null)
    {
        var details = request.Models.Select(model => model.Attribute).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        Request = request;
        Encoded = EncodedTable.Of(table, request.QuasiIdentifiers, details, workers, counted?.Times, [.. details.Select(name => counted?.OfValue[name])]);
        Lattice = new Lattice(Encoded.Columns.Select(column => column.Levels));
        LimitRows = (long)decimal.Floor(request.SuppressionLimit * Encoded.Rows);
        Scorer = Scorer.For(request.Metric, Encoded);
        LeastRows = request.Models.OfType<KAnonymity>().Where(model => model.Patient is null).Select(model => model.K).DefaultIfEmpty(1).Max();
        var profiles = Encoded.DetailColumns.Select(column => ProfileOf(column, counted?.OfValue[column.Name], Encoded.Rows)).ToArray();
        tests = [.. request.Models
            .Where(model => model is not KAnonymity { Patient: null })
            .Select(model => (Detail: Array.IndexOf(details, model.Attribute), Model: model))
            .Select(entry => (entry.Detail, entry.Model.Prepare(profiles[entry.Detail]), entry.Model.SurvivesAnyMerge))];
    }

    public Anonymization Request { get; }

    public EncodedTable Encoded { get; }

    public Lattice Lattice { get; }

    public Scorer Scorer { get; }

    /// <summary>Rows that may be suppressed.</summary>
    public long LimitRows { get; }

    /// <summary>The rows that k-anonymity asks of a class; 1 when it is not asked for, or for patients.</summary>
    public int LeastRows { get; }

    /// <summary>Whether the number of rows alone decides on a class.</summary>
    public bool RowsDecide => tests.Length == 0;

    /// <summary>Whether the class passes the models that look at more than its rows; and if not, whether a finer transformation could suppress fewer of its rows.</summary>
    public (bool Passes, bool MayPassFiner) Examine(ClassTable classes, int index)
    {
        var (passes, mayPassFiner) = (true, LimitRows > 0);
        foreach (var (detail, test, survives) in tests)
        {
            if (!test(classes.Rows[index], classes.Details[detail].ValuesOf(index), classes.Details[detail].RowsOf(index)))
            {
                passes = false;
                mayPassFiner &= !survives;
            }
        }

        return (passes, !passes && mayPassFiner);
    }

    private static TableProfile ProfileOf(CategoryColumn column, int[]? times, int all)
    {
        var rows = new long[column.Values.Count + 1];
        for (var row = 0; row < column.Count; row++)
        {
            rows[column.Codes[row] < 0 ? rows.Length - 1 : column.Codes[row]] += times?[row] ?? 1;
        }

        return new TableProfile(all, column.Values, rows);
    }
}
