using System.Data.Common;
using System.Globalization;
using System.Text;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Ledger.Log;

/// <summary>Closes a batch: grows the tree by the entries that wait, and signs the checkpoint over it.</summary>
internal static class BatchCloser
{
    private const string ChargeMember = "\"charge\":{";

    /// <summary>Runs inside a transaction that holds the log's lock.</summary>
    /// <param name="most">Most entries in the batch; fewer are taken when they charge more than one transaction settles.</param>
    /// <returns>The signed checkpoint, stored; null when no entry waits.</returns>
    public static async Task<StoredCheckpoint?> CloseAsync(DbTransaction within, string origin, SigningKey key, int most, DateTimeOffset now)
    {
        var connection = within.Connection!;
        var first = (await LogStore.LastCheckpointAsync(connection, within))?.Size ?? 0;
        var rows = await LogStore.BodiesAsync(connection, first, first + most, within);
        if (rows.Count == 0)
        {
            return null;
        }

        var growth = new TreeGrowth(first, await LogStore.NodesAsync(connection, ProofPlan.Nodes(0, first), within));
        var charges = 0;
        foreach (var (seq, body) in rows)
        {
            if (body.Contains(ChargeMember, StringComparison.Ordinal) && ++charges > ChainClient.MostCharges)
            {
                break;
            }

            if (seq != growth.Size)
            {
                throw new LedgerHaltedException(string.Create(CultureInfo.InvariantCulture, $"entry {growth.Size} is missing from the database: entries were deleted after they were logged"));
            }

            growth.Append(TreeHash.Leaf(Encoding.UTF8.GetBytes(body)));
        }

        var note = SignedNote.Sign(new Checkpoint(origin, growth.Size, growth.Root(), now).Text(), origin, key).ToString();
        await LogStore.InsertNodesAsync(within, growth.Made);
        await LogStore.InsertCheckpointAsync(within, first, growth.Size, note);
        return new StoredCheckpoint { FirstSeq = first, Size = growth.Size, Note = note };
    }

    /// <summary>The charges of the entries with these texts, for the chain to settle.</summary>
    public static IReadOnlyList<BatchCharge> Charges(IEnumerable<(long Seq, string Body)> rows) =>
    [
        .. rows.Where(row => row.Body.Contains(ChargeMember, StringComparison.Ordinal)).Select(row => (row.Seq, Entry: LogStore.Read(row.Body)))
            .Where(row => row.Entry is { Charge: not null, Permit: not null })
            .Select(row => new BatchCharge((ulong)row.Seq, row.Entry.Permit!.Value, AmountOf(row.Entry.Charge!))),
    ];

    private static Amount AmountOf(Charge charge) =>
        new(ulong.Parse(charge.Rho, CultureInfo.InvariantCulture), ulong.Parse(charge.Delta, CultureInfo.InvariantCulture), (uint)charge.Files);
}
