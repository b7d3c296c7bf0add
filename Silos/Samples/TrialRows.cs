using Silos.Ingestion;
using Silos.Ingestion.Hierarchies;
using Silos.Ingestion.Definitions;

namespace Silos.Samples;

/// <summary>Made-up rows with a dataset's schema, for a free trial: drawn from the definition alone, never from a patient's record, so
/// that they cost no privacy budget. They look right and mean nothing: no value depends on another.</summary>
public static class TrialRows
{
    private static readonly string[] Diagnoses = ["E11.9", "I10", "J45.9", "E78.5", "F32.9", "N18.9", "A90"];
    private static readonly string[] Codes = ["C1", "C2", "C3", "C4", "C5"];

    /// <summary>Every trial patient's id begins so.</summary>
    public const string IdPrefix = "synthetic-";

    /// <summary>Rows of a definition; equal arguments give equal rows.</summary>
    /// <param name="rows">0 or more.</param>
    public static IReadOnlyList<PatientRow> Of(DatasetDefinition definition, int rows, ulong seed) =>
        [.. Enumerable.Range(1, rows).Select(number =>
        {
            var random = new SampleRandom(seed, (ulong)number);
            return new PatientRow($"{IdPrefix}{number}", [.. definition.Attributes.Select(attribute => Draw(attribute, random))])
            {
                Events = [.. definition.Events.SelectMany(kind => Draw(kind, random)).OrderBy(one => one.Day).ThenBy(one => one.Kind, StringComparer.Ordinal).ThenBy(one => one.Code, StringComparer.Ordinal)],
            };
        })];

    /// <summary>Up to four events of a kind between 2015 and 2024; one at most of a kind that nothing follows, and seldom.</summary>
    private static IEnumerable<PatientEvent> Draw(EventDefinition kind, SampleRandom random)
    {
        var count = kind.Ends ? (random.Chance(0.05) ? 1 : 0) : Math.Min(kind.Most, random.Below(5));
        for (var i = 0; i < count; i++)
        {
            var code = kind.Code is null ? null : random.Of(kind.Hierarchy == "icd-10" ? Diagnoses : Codes);
            yield return new PatientEvent(kind.Name, code, kind.Ends ? new DateOnly(2025, 1, 1) : new DateOnly(2015, 1, 1).AddDays(random.Below(3_652)));
        }
    }

    private static Cell Draw(AttributeDefinition attribute, SampleRandom random)
    {
        if (random.Chance(0.03))
        {
            return Cell.Null;
        }

        switch (attribute.Type)
        {
            case AttributeType.WholeNumber or AttributeType.DecimalNumber:
                var (lower, upper) = ((long)((attribute.Lower ?? 0) / attribute.Step), (long)((attribute.Upper ?? 100) / attribute.Step));
                var place = (random.Unit() + random.Unit() + random.Unit()) / 3;
                return Cell.Number(lower + (long)(place * (upper - lower)));
            case AttributeType.Category:
                return Cell.Category(random.Of(attribute.Values ?? (attribute.Hierarchy == "ibge" ? [.. Municipalities.All.Select(m => m.Code)] : ["A", "B", "C", "D"])));
            default:
                return Cell.Set((attribute.Hierarchy == "icd-10" ? Diagnoses : Codes).Where(_ => random.Chance(0.2)));
        }
    }
}
