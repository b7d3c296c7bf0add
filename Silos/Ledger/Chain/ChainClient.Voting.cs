using System.Text;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <content>What the board decides. Anybody may send these: only the signatures count.</content>
public sealed partial class ChainClient
{
    /// <summary>Puts a signed vote (a <see cref="Vote"/>, by key file or passkey) on the chain, which verifies it. A vote that already stands there is done.</summary>
    /// <exception cref="FormatException">The record is no vote for this deployment.</exception>
    public async Task<TransactionResult> CastVoteAsync(SignedRecord record, CancellationToken cancel = default)
    {
        var opened = record.Open<Vote>(Deployment.Deployed);
        if (opened.Body is not { } vote)
        {
            throw new FormatException("vote: " + opened.Reason);
        }

        if (opened.Signer != vote.Member)
        {
            throw new FormatException($"vote: member is '{vote.Member}'; allowed is the signing key '{opened.Signer}'");
        }

        if (vote.Decision is not ("approve" or "reject"))
        {
            throw new FormatException($"vote: decision is '{vote.Decision}'; allowed are 'approve' and 'reject' (the subject says of what)");
        }

        if (!Hash32.TryParse(vote.Nonce, out var nonce))
        {
            throw new FormatException($"vote: nonce is '{vote.Nonce}'; allowed is the base64url of 32 bytes");
        }

        var arguments = new AbiWriter().Word(vote.Member).Word(vote.Subject).Word(nonce).Flag(vote.Decision == "approve");
        var signature = Base64Text.Decode(record.Signature);
        var result = record.AuthenticatorData is null
            ? await SendAsync("Members", Deployment.Members, "castVote", arguments.Word(new Hash32(signature.AsSpan(..32))).Word(new Hash32(signature.AsSpan(32))), cancel)
            : await SendAsync("Members", Deployment.Members, "castVoteWithPasskey", arguments.Tuple(tuple => Write(tuple, record, signature)), cancel);
        return result.Refusal is { Error: "VotesAlreadyCast" } && await FindVoteAsync(vote, nonce, cancel) is { } standing ? standing : result;
    }

    /// <summary>Issues a permit on the terms that a quorum approved (<see cref="Subjects.Issue"/>). A permit that was already issued on these terms is done.</summary>
    public async Task<TransactionResult> IssuePermitAsync(Terms terms, CancellationToken cancel = default)
    {
        var result = await SendAsync("Permits", Deployment.Permits, "issue", new AbiWriter().Tuple(tuple => Subjects.Write(tuple, terms)), cancel);
        return result.Refusal is { Error: "PermitsInvalidStatus" } && await FindIssueAsync(terms, cancel) is { } standing ? standing : result;
    }

    /// <summary>Suspends a permit: one board member's approval of <see cref="Subjects.Act"/>.</summary>
    public Task<TransactionResult> SuspendAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("suspend", permitId, cancel);

    /// <summary>Resumes a suspended permit, by the quorum.</summary>
    public Task<TransactionResult> ResumeAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("resume", permitId, cancel);

    /// <summary>Revokes a permit for good, by the quorum.</summary>
    public Task<TransactionResult> RevokeAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("revoke", permitId, cancel);

    /// <summary>Gives a register the limit that the quorum approved (<see cref="Subjects.ChangeLimit"/>).</summary>
    public Task<TransactionResult> ChangeLimitAsync(Limit limit, CancellationToken cancel = default) =>
        SendAsync("Budgets", Deployment.Budgets, "changeLimit", new AbiWriter().Word(limit.Register).Amount(limit.Most), cancel);

    /// <summary>Admits a key, changes its roles, or with no roles sends it away; with <paramref name="replaces"/>, the member's old key goes and its logs pass to the new one.</summary>
    public Task<TransactionResult> ChangeMemberAsync(PublicKey key, Roles roles, Hash32? replaces = null, CancellationToken cancel = default) =>
        SendAsync("Members", Deployment.Members, "changeMember", new AbiWriter().Word(new Hash32(key.X)).Word(new Hash32(key.Y)).Number((ulong)roles).Word(replaces ?? default), cancel);

    /// <summary>Registers a log, or gives it another key or account.</summary>
    public Task<TransactionResult> ChangeLogAsync(RegisteredLog log, CancellationToken cancel = default) =>
        SendAsync("Members", Deployment.Members, "changeLog", new AbiWriter().Word(log.LogId).Word(log.Member).Address(log.Account), cancel);

    public Task<TransactionResult> ChangeQuorumAsync(int quorum, CancellationToken cancel = default) =>
        SendAsync("Members", Deployment.Members, "changeQuorum", new AbiWriter().Number((ulong)quorum), cancel);

    private Task<TransactionResult> ActAsync(string act, Hash32 permitId, CancellationToken cancel) =>
        SendAsync("Permits", Deployment.Permits, act, new AbiWriter().Word(permitId), cancel);

    private async Task<TransactionResult?> FindVoteAsync(Vote vote, Hash32 nonce, CancellationToken cancel)
    {
        string[] topics = [Artifact.Of("Members").Events["VoteCast"].Topic, vote.Subject.ToHex(), vote.Member.ToHex()];
        var cast = (await FindEventsAsync([Deployment.Members], topics, Deployment.FirstBlock, null, cancel))
            .FirstOrDefault(item => item.Hash("nonce") == nonce && item.Fields["approve"]!.GetValue<bool>() == (vote.Decision == "approve"));
        return cast is null ? null : await StandingAsync(cast, cancel);
    }

    private async Task<TransactionResult?> FindIssueAsync(Terms terms, CancellationToken cancel)
    {
        string[] topics = [Artifact.Of("Permits").Events["PermitIssued"].Topic, terms.PermitId.ToHex()];
        return await FindEventsAsync([Deployment.Permits], topics, Deployment.FirstBlock, null, cancel) is [var issued, ..]
            && issued.Number("notAfter") == (ulong)terms.NotAfter.ToUnixTimeSeconds() && Caps(issued).SequenceEqual(terms.Caps)
            ? await StandingAsync(issued, cancel)
            : null;
    }

    private static IEnumerable<Cap> Caps(ChainEvent issued) => issued.Fields["caps"]!.AsArray().Select(cap =>
        new Cap(Hash32.Parse(cap!["register"]!.GetValue<string>()), ChainEvent.ReadAmount(cap["most"]!)));

    private async Task<TransactionResult?> StandingAsync(ChainEvent standing, CancellationToken cancel) =>
        await transactions.ReadAsync(standing.Transaction, cancel) is { } receipt ? new TransactionResult(receipt, null) : null;

    /// <summary>OpenZeppelin's WebAuthnAuth: r, s, where challenge and type stand in clientDataJSON, and both byte strings.</summary>
    private static void Write(AbiWriter tuple, SignedRecord record, byte[] signature)
    {
        var client = Base64Text.Decode(record.ClientDataJSON!);
        tuple.Word(new Hash32(signature.AsSpan(..32))).Word(new Hash32(signature.AsSpan(32)))
            .Number(IndexOf(client, "\"challenge\":\""))
            .Number(IndexOf(client, "\"type\":\"webauthn.get\""))
            .Bytes(Base64Text.Decode(record.AuthenticatorData!))
            .Bytes(client);
    }

    private static ulong IndexOf(byte[] client, string text)
    {
        var index = client.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        return index >= 0 ? (ulong)index : throw new FormatException($"vote: clientDataJSON lacks {text} in the form that authenticators write (WebAuthn Level 2, 5.8.1.1)");
    }
}
