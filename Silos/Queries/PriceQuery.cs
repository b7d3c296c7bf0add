using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Queries;

/// <summary>What a question is charged. In every deployment the number that its preview shows: <see cref="PriceQueries.ByLoss"/>.</summary>
/// <param name="signed">What the researcher signed.</param>
/// <param name="query">The question.</param>
public delegate PrivacyLoss PriceQuery(SignedQuery signed, Query query);

/// <summary>The two price lists.</summary>
public static class PriceQueries
{
    private const string DevelopmentChain = "31337";

    /// <summary>The question's own loss, rounded up.</summary>
    public static PrivacyLoss ByLoss(SignedQuery signed, Query query) => Pricing.Charge(query);

    /// <summary>By loss; with the setting <c>Queries:FreshWithoutCharge</c>, for audits that draw
    /// thousands of answers, nothing for a question that is asked afresh. Its entry says so: a charge of 0. All else is as ever. Only the development chain allows it.</summary>
    /// <exception cref="InvalidOperationException">The setting is on with another chain, or is neither true nor false: the silo does not start.</exception>
    public static PriceQuery From(IConfiguration configuration, Deployment deployment)
    {
        var text = configuration["Queries:FreshWithoutCharge"];
        return text switch
        {
            null or "" => ByLoss,
            _ when !bool.TryParse(text, out _) => throw new InvalidOperationException($"configuration: Queries:FreshWithoutCharge is '{text}'; allowed are true and false"),
            _ when !bool.Parse(text) => ByLoss,
            _ when deployment.ChainId != DevelopmentChain => throw new InvalidOperationException(
                $"configuration: Queries:FreshWithoutCharge is for audits on chain {DevelopmentChain}; this is chain {deployment.ChainId}, where every answer is charged: take the setting away"),
            _ => (signed, query) => signed.Fresh ? PrivacyLoss.Zero : ByLoss(signed, query),
        };
    }
}
