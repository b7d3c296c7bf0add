using System.Globalization;
using Silos.Ingestion.Definitions;

namespace Silos.Datasets;

/// <summary>The policy as entries commit to it: canonical JSON without numbers that have no canonical form.</summary>
public sealed record PolicyDocument(
    string Dataset, int K, int Cell, int L, string SuppressionLimit, string RhoPerQuery, string RhoPerPermit, string RhoPerRegister, IReadOnlyList<string> Uses, string Silence)
{
    public static PolicyDocument Of(DatasetDefinition definition)
    {
        var policy = definition.Policy;
        return new PolicyDocument(
            definition.Id,
            policy.K,
            policy.Cell,
            policy.L,
            policy.SuppressionLimit.ToString(CultureInfo.InvariantCulture),
            policy.RhoPerQuery.ToString(CultureInfo.InvariantCulture),
            policy.RhoPerPermit.ToString(CultureInfo.InvariantCulture),
            policy.RhoPerRegister.ToString(CultureInfo.InvariantCulture),
            policy.Uses,
            policy.Silence.ToString().ToLowerInvariant());
    }
}
