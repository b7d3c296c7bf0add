using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>
/// The 32 bytes that a vote names, computed as the contracts compute them: SHA-256 over the ABI encoding of what is voted
/// upon. Subjects of acts that can be repeated contain the chain's count of such acts, so that old votes lapse.
/// </summary>
public static class Subjects
{
    /// <summary>Issuing a permit on exactly these terms.</summary>
    public static Hash32 Issue(Terms terms) => Hash32.Of(new AbiWriter().Tuple(tuple => Write(tuple, terms)).ToArray());

    /// <summary>The next act on an issued permit.</summary>
    /// <param name="acts">How many acts the permit has seen (<see cref="PermitState.Acts"/>).</param>
    public static Hash32 Act(Hash32 permitId, PermitAct act, ulong acts) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/permit").Word(permitId).Number((ulong)act).Number(acts).ToArray());

    /// <summary>Giving a register this limit.</summary>
    /// <param name="changes">How often the board changed it (<see cref="RegisterBudget.Changes"/>).</param>
    public static Hash32 ChangeLimit(Limit limit, ulong changes) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/limit").Word(limit.Register).Amount(limit.Most).Number(changes).ToArray());

    /// <summary>Saying whether silence permits the use of a dataset.</summary>
    /// <param name="dataset">SHA-256 of its name at the silo.</param>
    /// <param name="changes">How often the board changed it (<see cref="SilenceState.Changes"/>).</param>
    public static Hash32 SetSilence(Hash32 register, Hash32 dataset, bool permits, ulong changes) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/silence").Word(register).Word(dataset).Flag(permits).Number(changes).ToArray());

    /// <summary>Admitting a key, changing its roles or (no roles) sending it away.</summary>
    /// <param name="replaces">The member's old key, which loses its roles and passes on its logs.</param>
    /// <param name="changes">How often the members were changed (<see cref="MembersState.Changes"/>).</param>
    public static Hash32 ChangeMember(PublicKey key, Roles roles, Hash32? replaces, ulong changes) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/member").Word(new Hash32(key.X.Span)).Word(new Hash32(key.Y.Span)).Number((ulong)roles).Word(replaces ?? default).Number(changes).ToArray());

    /// <summary>Registering a log, or giving it another key or account.</summary>
    public static Hash32 ChangeLog(RegisteredLog log, ulong changes) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/log").Word(log.LogId).Word(log.Member).Address(log.Account).Number(changes).ToArray());

    public static Hash32 ChangeQuorum(int quorum, ulong changes) =>
        Hash32.Of(new AbiWriter().Literal("researchhub/quorum").Number((ulong)quorum).Number(changes).ToArray());

    internal static void Write(AbiWriter tuple, Terms terms) =>
        tuple.Word(terms.PermitId)
            .Number((ulong)terms.NotAfter.ToUnixTimeSeconds())
            .Array(terms.Caps, (cap, item) => cap.Word(item.Register).Amount(item.Most));
}
