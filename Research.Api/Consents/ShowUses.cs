using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Audit;
using Research.Api.Committee;
using Research.Api.Permits;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Consents;

/// <summary>Who used the records at a patient's hospitals, refusals as clearly as answers. The hub does not know whose records a question touched, and so cannot tell.</summary>
internal static class ShowUses
{
    private const int Most = 200;

    private static readonly string[] Kinds = [EntryKind.Query, EntryKind.Redelivery, EntryKind.Denial, EntryKind.Extract, EntryKind.Download];

    public static async Task<MyUses> ShowAsync(
        Caller caller, AccountStore accounts, PermitStore permits, ApplicationStore applications, SiloDirectory silos, ChainClient chain, RegisterLimits limits, FollowedLogs logs, AuditStore audit, CancellationToken cancel)
    {
        var mine = (await accounts.LinksAsync(caller.Id)).Select(link => link.Silo).Distinct().ToList();
        var summaries = (await PublicRegister.ReadAsync(permits, applications, silos, chain, cancel)).ToDictionary(one => one.Issued.Id, one => one.Item.Summaries);
        var unreachable = await logs.CatchUpAsync(cancel);
        List<AuditLine> lines = [];
        foreach (var silo in mine)
        {
            foreach (var kind in Kinds)
            {
                lines.AddRange(await audit.FindAsync(new AuditFilter(silo, null, null, null, kind, null, null, null, null), Most, newest: true));
            }
        }

        return new MyUses(
            [.. lines.OrderByDescending(line => line.Time, StringComparer.Ordinal).ThenByDescending(line => line.Seq).Take(Most).Select(line => new PatientUse(
                line.Log, line.Seq, line.Time, line.LogName, line.Kind, line.Outcome, line.Project, line.Purpose, line.Permit is null ? null : summaries.GetValueOrDefault(line.Permit), line.Rho))],
            await LossesAsync(mine, limits, cancel),
            [.. unreachable.Where(name => mine.Any(silo => silos.NameOf(silo) == name))]);
    }

    /// <summary>Nothing while the chain does not answer: a figure from elsewhere would be a guess.</summary>
    private static async Task<IReadOnlyList<PatientLoss>> LossesAsync(List<string> mine, RegisterLimits limits, CancellationToken cancel)
    {
        try
        {
            return [.. (await limits.ListAsync(cancel)).Where(register => mine.Contains(register.Register))
                .Select(register => new PatientLoss(register.Register, register.Hospital, register.SpentRho, register.SpentDelta, register.SpentFiles))];
        }
        catch (LedgerUnavailableException)
        {
            return [];
        }
    }
}
