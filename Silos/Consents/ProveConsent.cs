using Dapper;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>
/// What a patient takes away to check a snapshot with her own secret (<c>verify consent</c>). The newest register proves in a logarithm;
/// an older snapshot's tree is built again from its rows, which is linear.
/// </summary>
public sealed class ProveConsent(Database database, LedgerLog log, ReceiptWriter receipts)
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

        var (patient, directive, tree) = await database.ReadAsync(async connection => (
            await connection.QuerySingleAsync<(string Subject, string Salt)>("SELECT subject, salt FROM enrolments WHERE subject = @subject", new { subject }),
            await connection.QueryFirstOrDefaultAsync<string>(
                "SELECT signed FROM directives WHERE subject = @subject AND recorded <= @Recorded ORDER BY recorded DESC LIMIT 1", new { subject, taken.Recorded }),
            await TreeAsync(connection, taken.Recorded)), cancel);
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
    private static async Task<SnapshotTree> TreeAsync(System.Data.Common.DbConnection connection, long recorded)
    {
        var leaves = new Dictionary<Hash32, Hash32>();
        var signed = await connection.QueryAsync<(string Subject, string Signed, string Salt)>(
            """
            SELECT d.subject, d.signed, e.salt FROM directives d JOIN enrolments e ON e.subject = d.subject
            WHERE d.recorded <= @recorded AND e.salt <> '' ORDER BY d.recorded
            """,
            new { recorded });
        foreach (var (subject, text, written) in signed)
        {
            var salt = Hash32.Parse(written);
            leaves[Commitment.Of(Hash32.Of(subject), salt)] = Commitment.Of(ConsentStore.ContentOf(text), salt);
        }

        var erased = await connection.QueryAsync<(string Name, string Value)>(
            "SELECT name, value FROM consent_erased_leaves WHERE recorded <= @recorded AND until > @recorded ORDER BY recorded", new { recorded });
        foreach (var (name, value) in erased)
        {
            leaves[Hash32.Parse(name)] = Hash32.Parse(value);
        }

        return SnapshotTree.Of(leaves);
    }
}
