using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>The logs that Members names, and their keys. Read from the chain again when a checkpoint does not fit what is known.</summary>
internal sealed class KnownLogs(ChainClient chain)
{
    private MembersState? members;

    /// <summary>How this log's newest key signs.</summary>
    /// <returns>Null for a log that Members does not name.</returns>
    /// <exception cref="LedgerUnavailableException">The chain was never read and does not answer.</exception>
    public async Task<NoteKey?> FindAsync(SignedNote note, string origin, CancellationToken cancel)
    {
        if (members is not null && Find(members, origin) is { } known && note.IsSignedBy(known))
        {
            return known;
        }

        members = await chain.ReadMembersAsync(cancel);
        return Find(members, origin);
    }

    private static NoteKey? Find(MembersState members, string origin)
    {
        var id = Hash32.Of(origin);
        return members.Logs.FirstOrDefault(log => log.LogId == id) is { } log && members.Find(log.Member) is { } member
            ? NoteKey.Log(origin, PublicKey.From(member.Key))
            : null;
    }
}
