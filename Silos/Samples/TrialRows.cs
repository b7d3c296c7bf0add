using Silos.Ingestion;
using Silos.Ingestion.Hierarchies;
using Silos.Ingestion.Definitions;

namespace Silos.Samples;

/// <summary>Made-up rows with a dataset's schema, for a free trial: drawn from the definition alone, never from a patient's record, so
/// that they cost no privacy budget. They look right and mean nothing: no value depends on another.</summary>
public static class TrialRows
{
    /// <summary>Every trial patient's id begins so.</summary>
    public const string IdPrefix = "synthetic-";

    /// <summary>Rows of a definition; equal arguments give equal rows.</summary>
    /// <param name="rows">0 or more.</param>
    public static IReadOnlyList<PatientRow> Of(DatasetDefinition definition, int rows, ulong seed) =>
        [.. Enumerable.Range(1, rows).Select(number =>
        {
            var random = new SampleRandom(seed, (ulong)number);
            return new PatientRow($"{IdPrefix}{number}", [.. definition.Attributes.Select(attribute => Draw(attribute, random))]);
        })];

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
                string[] codes = attribute.Hierarchy == "icd-10" ? ["E11.9", "I10", "J45.9", "E78.5", "F32.9", "N18.9", "A90"] : ["C1", "C2", "C3", "C4", "C5"];
                return Cell.Set(codes.Where(_ => random.Chance(0.2)));
        }
    }
}
