using System.Text.Json;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>Which attributes of a dataset a question touches: those that select, group or are measured, or are written to a file or make its classes.</summary>
public static class TouchedData
{
    /// <summary>Stands for something that is touched and is no attribute: it has no category and no known day, so only those are asked who limit neither.</summary>
    private const int Unknown = -1;

    /// <summary>Columns of the definition, each once.</summary>
    /// <param name="output">Of the signed query.</param>
    /// <param name="canonical">The canonical query, or the canonical request for a file.</param>
    public static IReadOnlyList<int> Of(OpenedDataset dataset, string output, string canonical)
    {
        using var json = JsonDocument.Parse(canonical);
        var names = output == SignedQuery.File
            ? json.RootElement.GetProperty("attributes").EnumerateArray().Select(name => name.GetString()!).Concat(
                dataset.Definition.Attributes.Where(attribute => attribute.Role is AttributeRole.QuasiIdentifying or AttributeRole.Sensitive).Select(attribute => attribute.Name))
            : NamesIn(json.RootElement);
        return [.. names.Distinct(StringComparer.Ordinal).Select(name => ColumnOf(dataset, name))];
    }

    /// <summary>The categories of these columns; null for one that has none.</summary>
    public static IReadOnlyList<string?> Categories(OpenedDataset dataset, IReadOnlyList<int> columns) =>
        [.. columns.Select(column => column == Unknown ? null : dataset.Definition.Attributes[column].Category).Distinct()];

    /// <summary>When the records of one row were collected that these columns show.</summary>
    public static RecordSpan Collected(OpenedDataset dataset, int row, IReadOnlyList<int> columns)
    {
        var (span, cells) = (RecordSpan.None, dataset.Collected[row]);
        for (var i = 0; i < columns.Count; i++)
        {
            span = span.With(columns[i] == Unknown ? RecordSpan.Unknown : cells[columns[i]]);
        }

        return span;
    }

    /// <summary>Every name under "attribute" or "event" or in "groupBy", however deep: nothing that a question names is overlooked.</summary>
    private static IEnumerable<string> NamesIn(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().SelectMany(NamesIn),
        JsonValueKind.Object => json.EnumerateObject().SelectMany(member => member.Name switch
        {
            "attribute" or "event" => [member.Value.ToString()],
            "groupBy" => member.Value.EnumerateArray().Select(name => name.GetString()!),
            _ => NamesIn(member.Value),
        }),
        _ => [],
    };

    private static int ColumnOf(OpenedDataset dataset, string name)
    {
        for (var column = 0; column < dataset.Definition.Attributes.Count; column++)
        {
            if (dataset.Definition.Attributes[column].Name == name)
            {
                return column;
            }
        }

        return Unknown;
    }
}

/// <summary>Who of a dataset is in the cohort of a question: those whose decision permits this use of what it touches. Pure.</summary>
public static class SelectConsenting
{
    /// <returns>A flag a row of the dataset.</returns>
    /// <param name="output">Of the signed query.</param>
    /// <param name="canonical">The canonical query, or the canonical request for a file.</param>
    /// <param name="silencePermits">Whether silence permits the use of this dataset (<see cref="ReadSilence"/>). A file needs each patient's own choice in any case.</param>
    public static bool[] Of(ConsentState state, OpenedDataset dataset, Permit permit, Hash32 register, string output, string canonical, DateTimeOffset now, bool silencePermits = false)
    {
        var silentCount = silencePermits && output == SignedQuery.Statistics;
        var columns = TouchedData.Of(dataset, output, canonical);
        var use = ProposedUse.Of(permit, register, output, TouchedData.Categories(dataset, columns));
        var rows = RowConsents.Of(state, dataset.Patients);
        var covered = new bool?[rows.DistinctTerms];
        var selected = new bool[rows.Patients.Length];
        for (var row = 0; row < selected.Length; row++)
        {
            selected[row] = rows.Patients[row] is { } consent && (consent.Newest is { } newest
                ? (covered[rows.Terms[row]] ??= state.Covers(newest, use))
                    && ConsentState.Counts(consent, now)
                    && (newest.Collected is null || ConsentMatch.IsWithin(newest, consent.Validity, TouchedData.Collected(dataset, row, columns)))
                : silentCount && consent.IsSilent);
        }

        return selected;
    }
}
