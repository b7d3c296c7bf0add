using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>What is asked of the engine: which columns may be generalized how, what every class must satisfy, and what is to be lost least.</summary>
/// <param name="QuasiIdentifiers">At least one; each names a column of the table once.</param>
/// <param name="Models">At least one, and a class must satisfy all.</param>
/// <param name="SuppressionLimit">The share of rows that may be suppressed, from 0 to 1; 0.05 by default in ResearchHub.</param>
/// <param name="Metric">What is minimized.</param>
public sealed record Anonymization(
    IReadOnlyList<QuasiIdentifier> QuasiIdentifiers,
    IReadOnlyList<PrivacyModel> Models,
    decimal SuppressionLimit,
    LossMetric Metric)
{
    /// <summary>The first thing wrong with the request for this table, naming field, value and range; null when it can be run.</summary>
    public string? Fault(Table table)
    {
        if (QuasiIdentifiers.Count == 0)
        {
            return "no attribute is quasi-identifying; at least one must be";
        }

        if (Models.Count == 0)
        {
            return "no privacy model is given; at least one must be";
        }

        if (SuppressionLimit is < 0 or > 1)
        {
            return $"suppressionLimit is {SuppressionLimit} but must be from 0 to 1";
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in QuasiIdentifiers)
        {
            if (table.Find(attribute.Name) is null)
            {
                return $"attribute '{attribute.Name}' is no column of the table";
            }

            if (!names.Add(attribute.Name))
            {
                return $"attribute '{attribute.Name}' is named twice";
            }
        }

        foreach (var model in Models)
        {
            if (model.Fault() is { } fault)
            {
                return fault;
            }

            if (model.Attribute is { } name && table.Find(name) is null)
            {
                return $"attribute '{name}' of a privacy model is no column of the table";
            }

            if (model.Attribute is { } quasi && names.Contains(quasi))
            {
                return $"attribute '{quasi}' of a privacy model is quasi-identifying; it must not be generalized";
            }
        }

        return null;
    }
}
