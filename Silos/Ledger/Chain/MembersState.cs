using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>What a member may do; several at once.</summary>
[Flags]
public enum Roles
{
    None = 0,
    Organisation = 1,
    Board = 2,
    Witness = 4,
    Log = 8,
}

/// <summary>A member's key and roles; no roles means that the member has left.</summary>
public sealed record Member(Jwk Key, Roles Roles)
{
    /// <summary>RFC 7638 thumbprint.</summary>
    public Hash32 Id { get; } = Thumbprint(Key);

    private static Hash32 Thumbprint(Jwk jwk)
    {
        var key = PublicKey.From(jwk);
        return key.Id;
    }
}

/// <summary>A log: SHA-256 of its origin, the member whose key signs its checkpoints, and the account that anchors them.</summary>
public sealed record RegisteredLog(Hash32 LogId, Hash32 Member, string Account);

/// <summary>Everybody on the Members contract.</summary>
/// <param name="All">Past and present members in order of admission.</param>
/// <param name="Quorum">Approvals that a decision needs.</param>
/// <param name="Changes">Changes made so far.</param>
public sealed record MembersState(IReadOnlyList<Member> All, IReadOnlyList<RegisteredLog> Logs, int Quorum, ulong Changes)
{
    public IEnumerable<Member> Board => All.Where(member => member.Roles.HasFlag(Roles.Board));

    public IEnumerable<Member> Witnesses => All.Where(member => member.Roles.HasFlag(Roles.Witness));

    /// <summary>The member with this key id, if there is one.</summary>
    public Member? Find(Hash32 id) => All.FirstOrDefault(member => member.Id == id);
}
