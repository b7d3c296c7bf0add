using System.Globalization;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>What every release owes: a permit in force, a consent snapshot and a dataset version older than itself, a nonce of its own, and a charge that the chain posted within the caps.</summary>
internal sealed class ReleaseCheck(ChainReplay chain, Func<long, DateTimeOffset?> blockTime, Findings findings)
{
    private static readonly string[] Releases = [EntryKind.Query, EntryKind.Extract, EntryKind.Redelivery];

    public void Run(IReadOnlyList<LoggedEntry> entries)
    {
        foreach (var log in entries.GroupBy(entry => entry.Origin))
        {
            CheckInputs([.. log]);
            new SeedCheck(findings).Run([.. log]);
        }

        foreach (var entry in entries)
        {
            CheckPermit(entry);
        }

        CheckCharges(entries);
        CheckCaps(entries);
    }

    /// <summary>Within one log: the snapshot, the dataset version and the nonce of each release.</summary>
    private void CheckInputs(IReadOnlyList<LoggedEntry> log)
    {
        var before = findings.Wrong.Count;
        var snapshots = new HashSet<Hash32>();
        var versions = new HashSet<Hash32>();
        var nonces = new HashSet<(Hash32, string)>();
        var releases = 0;
        foreach (var (origin, _, entry, _) in log)
        {
            if (entry.Kind == EntryKind.ConsentSnapshot && entry.ConsentRoot is { } root)
            {
                snapshots.Add(root);
            }

            if (entry.Kind is EntryKind.DatasetRegistered or EntryKind.DatasetVersion && entry.DatasetRoot is { } version)
            {
                versions.Add(version);
            }

            if (!Releases.Contains(entry.Kind))
            {
                continue;
            }

            releases++;
            if (entry.ConsentRoot is { } used && !snapshots.Contains(used))
            {
                Wrong(origin, entry, log.Any(other => other.Entry.ConsentRoot == used && other.Entry.Kind == EntryKind.ConsentSnapshot) ? "uses a consent snapshot that is newer than itself" : "uses a consent snapshot that was never anchored");
            }

            if (entry.DatasetRoot is { } read && !versions.Contains(read))
            {
                Wrong(origin, entry, "uses a dataset version that was not registered before it");
            }

            if (entry.Nonce is { } nonce && !nonces.Add((entry.Actor, nonce)))
            {
                Wrong(origin, entry, "reused nonce: answers a signed request that was answered before");
            }
        }

        if (findings.Wrong.Count == before && releases > 0)
        {
            findings.Check(true, string.Create(CultureInfo.InvariantCulture, $"releases of {log[0].Origin}: {releases}, each with an older consent snapshot and dataset version, and a nonce of its own"), "");
        }
    }

    private void CheckPermit(LoggedEntry logged)
    {
        var (origin, _, entry, anchor) = logged;
        if (!Releases.Contains(entry.Kind) || anchor is null)
        {
            return;
        }

        if (entry.Permit is not { } id || chain.Permits.GetValueOrDefault(id) is not { } permit)
        {
            Wrong(origin, entry, "has no permit that the board issued");
        }
        else if (permit.Issued > anchor.Block)
        {
            Wrong(origin, entry, string.Create(CultureInfo.InvariantCulture, $"permit after release: its permit was issued in block {permit.Issued}, after it was anchored in block {anchor.Block}"));
        }
    }

    /// <summary>Entries' charges and the chain's events are the same, one to one.</summary>
    private void CheckCharges(IReadOnlyList<LoggedEntry> entries)
    {
        var before = findings.Wrong.Count;
        var expected = new HashSet<(Hash32, long)>();
        foreach (var (origin, log, entry, anchor) in entries.Where(logged => logged.Entry.Charge is not null))
        {
            expected.Add((log, entry.Seq));
            var settled = chain.Charges.GetValueOrDefault((log, entry.Seq));
            if (settled is null || anchor is null || settled.Transaction != anchor.Transaction)
            {
                Wrong(origin, entry, "has a charge that the chain did not settle with its checkpoint");
            }
            else if (settled.Permit != entry.Permit || (settled.Refusal == ChargeRefusal.None && Charge.Of(settled.Amount.Rho, settled.Amount.Delta, (int)settled.Amount.Files) != entry.Charge))
            {
                Wrong(origin, entry, "has another charge than the chain settled");
            }
        }

        foreach (var (log, seq) in chain.Charges.Keys.Where(charge => !expected.Contains(charge)))
        {
            findings.Check(false, "", string.Create(CultureInfo.InvariantCulture, $"log {log}: the chain settled a charge of entry {seq}, which charges nothing"));
        }

        if (findings.Wrong.Count == before)
        {
            findings.Check(true, string.Create(CultureInfo.InvariantCulture, $"charges: {expected.Count} entries' charges are the chain's, {chain.Charges.Values.Count(charge => charge.Refusal != ChargeRefusal.None)} of them refused"), "");
        }
    }

    /// <summary>Decides each charge again, in the order of the chain, as Budgets did: the same were refused for the same reasons, and no cap or limit was ever passed.</summary>
    private void CheckCaps(IReadOnlyList<LoggedEntry> entries)
    {
        var before = findings.Wrong.Count;
        var asked = entries.Where(logged => logged.Entry.Charge is not null).ToDictionary(logged => (logged.Log, logged.Entry.Seq), logged => AmountOf(logged.Entry.Charge!));
        var spentBy = new Dictionary<(Hash32, Hash32), UInt128[]>();
        var spent = new Dictionary<Hash32, UInt128[]>();
        foreach (var ((register, seq), charge) in chain.Charges.OrderBy(charge => charge.Value.Block).ThenBy(charge => charge.Value.Index))
        {
            var amount = charge.Refusal == ChargeRefusal.None ? charge.Amount : asked.GetValueOrDefault((register, seq));
            var decided = Decide(register, charge, amount, spentBy, spent);
            if (decided != charge.Refusal)
            {
                findings.Check(false, "", string.Create(CultureInfo.InvariantCulture, $"log {register}: the charge of entry {seq} {Difference(charge.Refusal, decided)}"));
            }

            if (charge.Refusal == ChargeRefusal.None)
            {
                Add(spentBy, (charge.Permit, register), amount);
                Add(spent, register, amount);
            }
        }

        if (findings.Wrong.Count == before)
        {
            findings.Check(true, "budgets: no permit's cap and no register's limit was ever passed", "");
        }
    }

    private ChargeRefusal Decide(Hash32 register, ChargeEvent charge, Amount amount, Dictionary<(Hash32, Hash32), UInt128[]> spentBy, Dictionary<Hash32, UInt128[]> spent)
    {
        if (chain.Permits.GetValueOrDefault(charge.Permit) is not { } permit || permit.Issued > charge.Block)
        {
            return ChargeRefusal.UnknownPermit;
        }

        var status = permit.StatusAt(charge.Block, charge.Index);
        if (status != PermitStatus.Revoked && blockTime((long)charge.Block) > permit.NotAfter)
        {
            return ChargeRefusal.PermitExpired;
        }

        return status == PermitStatus.Suspended ? ChargeRefusal.PermitSuspended
            : status == PermitStatus.Revoked ? ChargeRefusal.PermitRevoked
            : permit.Caps.FirstOrDefault(cap => cap.Register == register) is not { } cap ? ChargeRefusal.RegisterNotGranted
            : !Fits(spentBy, (charge.Permit, register), amount, cap.Most) ? ChargeRefusal.OverPermitCap
            : !Fits(spent, register, amount, chain.LimitsOf(register).LastOrDefault(set => set.Block <= charge.Block).Most) ? ChargeRefusal.OverRegisterLimit
            : ChargeRefusal.None;
    }

    private static string Difference(ChargeRefusal settled, ChargeRefusal decided) => (settled, decided) switch
    {
        (ChargeRefusal.None, ChargeRefusal.OverPermitCap) => "was posted and passes the permit's cap",
        (ChargeRefusal.None, ChargeRefusal.OverRegisterLimit) => "was posted and passes the register's limit",
        (ChargeRefusal.None, _) => $"was posted, and should have been refused: {decided}",
        (_, ChargeRefusal.None) => $"was refused ({settled}), and should have been posted",
        _ => $"was refused for {settled}; the reason was {decided}",
    };

    private static Amount AmountOf(Charge charge) =>
        new(ulong.Parse(charge.Rho, CultureInfo.InvariantCulture), ulong.Parse(charge.Delta, CultureInfo.InvariantCulture), (uint)charge.Files);

    private static bool Fits<T>(Dictionary<T, UInt128[]> sums, T key, Amount amount, Amount most)
        where T : notnull
    {
        var sum = sums.GetValueOrDefault(key) ?? [0, 0, 0];
        return sum[0] + amount.Rho <= most.Rho && sum[1] + amount.Delta <= most.Delta && sum[2] + amount.Files <= most.Files;
    }

    private static void Add<T>(Dictionary<T, UInt128[]> sums, T key, Amount amount)
        where T : notnull
    {
        var sum = sums.TryGetValue(key, out var found) ? found : sums[key] = [0, 0, 0];
        sum[0] += amount.Rho;
        sum[1] += amount.Delta;
        sum[2] += amount.Files;
    }

    private void Wrong(string origin, Entry entry, string what) =>
        findings.Check(false, "", string.Create(CultureInfo.InvariantCulture, $"log {origin}: entry {entry.Seq} ({entry.Kind}) {what}"));
}
