using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Audit;
using Research.Api.Permits;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Consents;

/// <summary>What a patient should know: every permit that touches a hospital of hers, and every change of policy there. A no is always possible, and nothing overrides it.</summary>
internal static class ShowNotices
{
    private const int Most = 200;

    public static async Task<IReadOnlyList<PatientNotice>> ShowAsync(
        Caller caller, AccountStore accounts, PermitStore permits, ApplicationStore applications, SiloDirectory silos, ChainClient chain, FollowedLogs logs, AuditStore audit, CancellationToken cancel)
    {
        var links = await accounts.LinksAsync(caller.Id);
        List<PatientNotice> notices = [];
        foreach (var (issued, item, permit) in await PublicRegister.ReadAsync(permits, applications, silos, chain, cancel))
        {
            notices.AddRange(links.Where(link => permit.Datasets.Any(dataset => dataset.Silo.ToString() == link.Silo)).Select(link => new PatientNotice(
                "new-use", issued.Issued, silos.NameOf(link.Silo) ?? link.Silo, item.Title, item.Summaries["en"], issued.Id, HubRoutes.MyDirectives)));
        }

        await logs.CatchUpAsync(cancel);
        foreach (var (silo, _) in links)
        {
            var changes = await audit.FindAsync(new AuditFilter(silo, null, null, null, EntryKind.PolicyChanged, null, null, null, null), Most);
            notices.AddRange(changes.Select(line => new PatientNotice(
                "policy-changed", line.Time, line.LogName, "The rules for records at this hospital changed", "Read them, and change your decision if you do not agree.", null, HubRoutes.MyDirectives)));
        }

        return [.. notices.OrderByDescending(notice => notice.Time, StringComparer.Ordinal).Take(Most)];
    }
}
