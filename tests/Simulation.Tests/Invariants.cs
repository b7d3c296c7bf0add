using System.Collections;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Silos.Datasets;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Simulation.Tests;

/// <summary>What must hold after a run, whatever happened in it. Each looks at what left, at the chain and at the database, and trusts none of them alone.</summary>
internal static class Invariants
{
    /// <returns>What does not hold, a sentence each; empty when all holds.</returns>
    public static async Task<IReadOnlyList<string>> BrokenAsync(World world)
    {
        List<string> broken = [.. world.Network.Answers.SelectMany(left => OfAnswer(world, left))];
        broken.AddRange(world.Network.Answers.Where(left => KindOf(left) == EntryKind.Query).GroupBy(left => left.Asked).Where(twice => twice.Count() > 1).Select(twice => $"the question {twice.Key} was answered twice as a new one"));
        foreach (var silo in world.Silos)
        {
            broken.AddRange(await OfLogAsync(world, silo));
            broken.AddRange(await OfConsentAsync(world, silo));
        }

        return broken;
    }

    /// <summary>No answer without a final entry, settled, included in what the chain held when the answer left.</summary>
    private static IEnumerable<string> OfAnswer(World world, Left left)
    {
        var record = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(left.Body)!["receipt"]!);
        if (record.Open<Receipt>(World.On) is not { Body: { } receipt } || record.KeyId() != left.Silo.Identity.Key.Id)
        {
            yield return "a receipt is not signed by the hospital's log";
            yield break;
        }

        var entry = CanonicalJson.Read<Entry>(receipt.Entry);
        var checkpoint = Checkpoint.Parse(SignedNote.Parse(receipt.Checkpoint)!.Text)!;
        var anchored = world.Chain.Anchored(left.Silo.Identity.Register).FirstOrDefault(one => one.Size == (ulong)checkpoint.Size);
        if (left.Anchored <= (ulong)entry.Seq || anchored is null || anchored.Root != checkpoint.Root)
        {
            yield return FormattableString.Invariant($"an answer left before its entry {entry.Seq} was final");
        }

        if (!MerkleProof.Includes(TreeHash.Leaf(CanonicalJson.Bytes(receipt.Entry)), entry.Seq, checkpoint.Size, receipt.Proof, checkpoint.Root))
        {
            yield return FormattableString.Invariant($"the receipt of entry {entry.Seq} proves nothing");
        }

        if (entry.Kind == EntryKind.Query && world.Chain.Anchored(left.Silo.Identity.Register).SelectMany(one => one.Settlements).Count(charge => charge.Seq == (ulong)entry.Seq && charge.Posted) != 1)
        {
            yield return FormattableString.Invariant($"the answer of entry {entry.Seq} is not charged once");
        }
    }

    /// <summary>The log replays to the running state, and to the chain: root, charges, budgets, questions, seeds, snapshots, refusals. Nothing is pending, and no cap is passed.</summary>
    private static async Task<IReadOnlyList<string>> OfLogAsync(World world, SimulatedSilo silo)
    {
        var broken = new List<string>();
        var (log, database, register) = (silo.Part<LedgerLog>(), silo.Part<Database>(), silo.Identity.Register);
        var entries = await log.ReadAsync(0, long.MaxValue);
        var anchored = world.Chain.Anchored(register);
        var growth = new TreeGrowth(0, _ => throw new InvalidOperationException("an empty tree has no node"));
        entries.ToList().ForEach(entry => growth.Append(TreeHash.Leaf(CanonicalJson.Bytes(entry))));
        Expect(entries.Select(entry => entry.Seq).SequenceEqual(Enumerable.Range(0, entries.Count).Select(seq => (long)seq)), "the log has gaps");
        Expect(anchored is [.., var head] && head.Size == (ulong)entries.Count && head.Root == growth.Root(), "the log's root is not the chain's");
        var settled = anchored.SelectMany(one => one.Settlements).ToDictionary(charge => (long)charge.Seq);
        var charged = entries.Where(entry => entry.Charge is not null).ToList();
        Expect(charged.Select(entry => entry.Seq).Order().SequenceEqual(settled.Keys.Order()), "the chain settled other charges than the log holds");

        var accounts = (await database.ReadAsync(connection => connection.QueryAsync<(string Account, long Posted, long Pending)>("SELECT account, posted_rho, pending_rho FROM budgets"))).ToDictionary(row => row.Account);
        var posted = charged.Where(entry => settled.TryGetValue(entry.Seq, out var charge) && charge.Posted).ToList();
        foreach (var permit in world.Permits)
        {
            var spent = (long)world.Chain.Spent(permit.Id(), register).Rho;
            var cap = long.Parse(permit.Caps.Single(one => one.Register == register).Rho, CultureInfo.InvariantCulture);
            Expect(spent <= cap, "a permit's cap is passed on the chain");
            Expect(spent == posted.Where(entry => entry.Permit == permit.Id()).Sum(Rho), "a permit's charges in the log are not what the chain spent");
            Expect(accounts.GetValueOrDefault("permit:" + permit.Id()) is var account && (account.Posted, account.Pending) == (spent, 0), $"permit {permit.Id()}: the silo's account holds {accounts.GetValueOrDefault("permit:" + permit.Id())}, the chain spent {spent}");
        }

        Expect(accounts.GetValueOrDefault("register") is var whole && (whole.Posted, whole.Pending) == (posted.Sum(Rho), 0), "the register's account is not the sum of its charges");
        var questions = (await database.ReadAsync(connection => connection.QueryAsync<(string Id, string State, long? Seq, string Seed)>("SELECT id, state, seq, seed FROM queries"))).ToList();
        Expect(questions.All(one => one.State is "answered" or "refused" or "failed"), "a question is unfinished");
        Expect(questions.Where(one => one.Seq is not null).Select(one => one.Seq!.Value).Order().SequenceEqual(entries.Where(entry => entry.Kind == EntryKind.Query).Select(entry => entry.Seq)), "questions and their entries are not one to one");
        Expect(questions.Select(one => one.Seed).Distinct().Count() == questions.Count, "a seed was used twice");
        Expect(entries.Where(entry => entry.Nonce is not null).GroupBy(entry => (entry.Actor, entry.Nonce)).All(group => group.Count() == 1), "a nonce was used twice");
        await CountAsync("SELECT COUNT(*) FROM seeds", EntryKind.SeedCommitted);
        await CountAsync("SELECT COUNT(*) FROM consent_snapshots", EntryKind.ConsentSnapshot);
        await CountAsync("SELECT COUNT(*) FROM refusals", EntryKind.Denial);
        return broken;

        async Task CountAsync(string sql, string kind) =>
            Expect(await database.ReadAsync(connection => connection.ExecuteScalarAsync<long>(sql)) == entries.Count(entry => entry.Kind == kind), $"the database has another number than the log's {kind} entries");

        void Expect(bool holds, string otherwise)
        {
            if (!holds)
            {
                broken.Add($"{silo.Identity.Name}: {otherwise}");
            }
        }
    }

    /// <summary>Each answer counted exactly those whose newest decision, in the snapshot that its entry names, was yes; and that snapshot is no older than the question.</summary>
    private static async Task<IReadOnlyList<string>> OfConsentAsync(World world, SimulatedSilo silo)
    {
        var broken = new List<string>();
        var (database, vault) = (silo.Part<Database>(), silo.Part<Vault>());
        var names = silo.Part<DatasetShelf>().Find(SimulatedSilo.Dataset, out _)!.Patients;
        var subjects = (await database.ReadAsync(connection => connection.QueryAsync<(string Patient, string Subject)>("SELECT patient, subject FROM enrolments"))).ToDictionary(row => row.Patient, row => row.Subject);
        var snapshots = (await database.ReadAsync(connection => connection.QueryAsync<(string Root, long Recorded)>("SELECT root, recorded FROM consent_snapshots"))).ToDictionary(row => row.Root, row => row.Recorded);
        var counted = await database.ReadAsync(connection => connection.QueryAsync<(string Id, long Seq, byte[] Sealed)>("SELECT q.id, q.seq, c.sealed FROM query_cohorts c JOIN queries q ON q.id = c.query"));
        var entries = (await silo.Part<LedgerLog>().ReadAsync(0, long.MaxValue)).ToDictionary(entry => entry.Seq);
        var came = world.Network.Answers.Where(left => left.Silo == silo && KindOf(left) == EntryKind.Query).ToDictionary(left => left.Asked.ToString(), left => left.Decided);
        var all = world.Network.Decisions[silo];
        foreach (var (id, seq, packed) in counted)
        {
            var recorded = snapshots[entries[seq].ConsentRoot!.Value.ToString()];
            var newest = new Dictionary<string, bool>();
            all.Take((int)recorded).ToList().ForEach(made => newest[made.Subject] = made.Permits);
            var bits = Unpack(vault.Open(SimulatedSilo.Dataset, packed, "cohort:" + id));
            for (var row = 0; row < names.Count; row++)
            {
                if (bits[row] != newest.GetValueOrDefault(subjects[names[row]]))
                {
                    broken.Add(FormattableString.Invariant($"{silo.Identity.Name}: entry {seq} counted patient {row} against her decision at its snapshot of {recorded} decisions"));
                }
            }

            if (came.TryGetValue(id, out var decided) && recorded < decided)
            {
                broken.Add(FormattableString.Invariant($"{silo.Identity.Name}: entry {seq} names a snapshot of {recorded} decisions, and {decided} were recorded when its question came"));
            }
        }

        return broken;
    }

    private static string KindOf(Left left) => JsonNode.Parse(left.Body)!["receipt"]!["body"]!["entry"]!["kind"]!.GetValue<string>();

    private static long Rho(Entry entry) => long.Parse(entry.Charge!.Rho, CultureInfo.InvariantCulture);

    private static BitArray Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        var bits = new MemoryStream();
        brotli.CopyTo(bits);
        return new BitArray(bits.ToArray());
    }
}
