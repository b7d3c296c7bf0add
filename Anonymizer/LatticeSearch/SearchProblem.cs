using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>A request and a table, encoded: what every search works on. Never changed while searches run.</summary>
internal sealed class SearchProblem
{
    private readonly (int Detail, ClassTest Test, bool SurvivesAnyMerge)[] tests;
    private readonly int leastRows;
    private readonly bool limitIsZero;

    public SearchProblem(Anonymization request, Table table, int workers)
    {
        var details = request.Models.Select(model => model.Attribute).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        Request = request;
        Encoded = EncodedTable.Of(table, request.QuasiIdentifiers, details, workers);
        Lattice = new Lattice(Encoded.Columns.Select(column => column.Levels));
        LimitRows = (long)decimal.Floor(request.SuppressionLimit * table.Count);
        limitIsZero = LimitRows == 0;
        Scorer = Scorer.For(request.Metric, Encoded);
        leastRows = request.Models.OfType<KAnonymity>().Where(model => model.Patient is null).Select(model => model.K).DefaultIfEmpty(1).Max();
        tests = [.. request.Models
            .Where(model => model is not KAnonymity { Patient: null })
            .Select(model => (Detail: Array.IndexOf(details, model.Attribute), Model: model))
            .Select(entry => (entry.Detail, entry.Model.Prepare(ProfileOf(entry.Detail)), entry.Model.SurvivesAnyMerge))];
    }

    public Anonymization Request { get; }

    public EncodedTable Encoded { get; }

    public Lattice Lattice { get; }

    public Scorer Scorer { get; }

    /// <summary>Rows that may be suppressed.</summary>
    public long LimitRows { get; }

    /// <summary>Marks the classes that do not satisfy every model, and counts them.</summary>
    public Verdict Judge(ClassTable classes, Span<bool> suppressed)
    {
        var (rows, count, lasting) = (0L, 0, 0L);
        for (var i = 0; i < suppressed.Length; i++)
        {
            var size = classes.Rows[i];
            var (passes, mayPassLater) = size < leastRows || (classes.Keys[i * classes.Words] >= ClassTable.Forced) ? (false, false) : (true, false);
            if (passes && (tests.Length > 0 || classes.Words > 1))
            {
                (passes, mayPassLater) = Examine(classes, i);
            }

            suppressed[i] = !passes;
            if (!passes)
            {
                rows += size;
                count++;
                lasting += mayPassLater ? 0 : size;
            }
        }

        return new Verdict(rows, count, limitIsZero ? rows : lasting);
    }

    /// <summary>Whether the class passes; and if not, whether a finer transformation could suppress fewer of its rows.</summary>
    private (bool Passes, bool MayPassFiner) Examine(ClassTable classes, int index)
    {
        if (classes.IsForced(index))
        {
            return (false, false);
        }

        var (passes, mayPassFiner) = (true, true);
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

    private TableProfile ProfileOf(int detail)
    {
        var rows = new long[Encoded.DetailSizes[detail]];
        var pairs = Encoded.Base.Details[detail];
        for (var i = 0; i < pairs.Values.Length; i++)
        {
            rows[pairs.Values[i]] += pairs.Rows[i];
        }

        return new TableProfile(Encoded.Rows, Encoded.DetailValues[detail], rows);
    }
}

/// <summary>What a transformation suppresses.</summary>
/// <param name="Rows">Rows in classes that do not satisfy the models.</param>
/// <param name="Classes">Those classes.</param>
/// <param name="RowsForFiner">Rows among them that every finer transformation suppresses too: above the limit, all finer ones are above it.</param>
internal readonly record struct Verdict(long Rows, int Classes, long RowsForFiner);
