using Dapper;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>
/// What a patient takes away to check a snapshot with her own secret (<c>verify consent</c>). An older snapshot's tree is the newest one with what
/// happened since taken back: the cost grows with that, not with the register.
/// </summary>
public sealed class ProveConsent(Database database, ConsentRegister register, LedgerLog log, ReceiptWriter receipts)
{
    /// <param name="release">The release's entry, whose snapshot is proven; null for the newest snapshot that is final.</param>
    /// <returns>The proof, or field, value and what is allowed.</returns>
    public async Task<(ConsentProof? Proof, string? Fault)> RunAsync(string subject, long? release, CancellationToken cancel)
    {
        var used = release is { } seq ? await log.FindAsync(seq, cancel) : null;
        if (release is not null && used?.Entry.ConsentRoot is null)
        {
            return (null, $"release: {release}; allowed is the final entry of a release");
        }

        var snapshot = await FindAsync(used?.Entry.ConsentRoot, used?.Entry.Seq ?? long.MaxValue, cancel);
        if (snapshot is not { } taken || await log.FindAsync(taken.Seq, cancel) is not { } entry)
        {
            return (null, "release: its snapshot is not final yet; ask again");
        }

        var state = await register.CatchUpAsync(cancel);
        var (patient, directive, tree) = await database.ReadAsync(async connection => (
            await connection.QuerySingleAsync<(string Subject, string Salt)>("SELECT subject, salt FROM enrolments WHERE subject = @subject", new { subject }),
            await connection.QueryFirstOrDefaultAsync<string>(
                "SELECT signed FROM directives WHERE subject = @subject AND recorded <= @Recorded ORDER BY recorded DESC LIMIT 1", new { subject, taken.Recorded }),
            await TreeAsync(connection, state, taken.Recorded)), cancel);
        var salt = Hash32.Parse(patient.Salt);
        var proof = tree.With(TakeSnapshot.BlindName, Hash32.Parse(taken.Blind)).Prove(Commitment.Of(Hash32.Of(subject), salt));
        return (
            new ConsentProof(
                subject, salt, receipts.Write(entry, new Dictionary<string, Opening>()), proof, directive is null ? null : ConsentStore.ReadRecord(directive),
                used is null ? null : receipts.Write(used, new Dictionary<string, Opening>())),
            null);
    }

    private async Task<(long Seq, string Blind, long Recorded)?> FindAsync(Hash32? root, long before, CancellationToken cancel)
    {
        var rows = await database.ReadAsync(connection => connection.QueryAsync<(long Seq, string Blind, long Recorded)>(
            root is null
                ? "SELECT seq, blind, recorded FROM consent_snapshots ORDER BY seq DESC LIMIT 20"
                : "SELECT seq, blind, recorded FROM consent_snapshots WHERE root = @root AND seq < @before ORDER BY seq DESC LIMIT 1",
            new { root = root?.ToString(), before }), cancel);
        foreach (var row in rows)
        {
            if (await log.FindAsync(row.Seq, cancel) is not null)
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>The tree as it was after this event: with the leaves, whose salts are gone, of those who were erased later.</summary>
    private static async Task<SnapshotTree> TreeAsync(System.Data.Common.DbConnection connection, ConsentState state, long recorded)
    {
        var changed = await connection.QueryAsync<(string Subject, string Salt, string? Signed)>(
            """
            SELECT e.subject, e.salt, (SELECT d.signed FROM directives d WHERE d.subject = e.subject AND d.recorded <= @recorded ORDER BY d.recorded DESC LIMIT 1)
            FROM enrolments e
            WHERE e.salt <> '' AND e.subject IN (SELECT subject FROM directives WHERE recorded > @recorded AND recorded <= @newest)
            """,
            new { recorded, newest = state.Recorded });
        var tree = state.Tree;
        foreach (var (subject, written, signed) in changed)
        {
            var salt = Hash32.Parse(written);
            var name = Commitment.Of(Hash32.Of(subject), salt);
            tree = signed is null ? tree.Without(name) : tree.With(name, Commitment.Of(ConsentStore.ContentOf(signed), salt));
        }

        var erased = await connection.QueryAsync<(string Name, string Value, long Recorded)>(
            "SELECT name, value, recorded FROM consent_erased_leaves WHERE until > @recorded ORDER BY recorded", new { recorded });
        foreach (var leaves in erased.GroupBy(leaf => Hash32.Parse(leaf.Name)))
        {
            var then = leaves.LastOrDefault(leaf => leaf.Recorded <= recorded);
            tree = then.Value is null ? tree.Without(leaves.Key) : tree.With(leaves.Key, Hash32.Parse(then.Value));
        }

        return tree;
    }
}
