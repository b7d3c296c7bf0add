using System.Text;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <content>What the board decides. Anybody may send these: only the signatures count.</content>
public sealed partial class ChainClient
{
    /// <summary>Longest that a block's events are awaited after its state was seen. anvil lets go of its state before it stores the block; other nodes show both at once.</summary>
    private static readonly TimeSpan EventsBehindState = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

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
        return await OrStandingAsync(result, "Members", "VoteCast", [vote.Subject, vote.Member], cast =>
            cast.Hash("nonce") == nonce && cast.Fields["approve"]!.GetValue<bool>() == (vote.Decision == "approve"), cancel);
    }

    /// <summary>Issues a permit on the terms that a quorum approved (<see cref="Subjects.Issue"/>). A permit that was already issued on these terms is done.</summary>
    public async Task<TransactionResult> IssuePermitAsync(Terms terms, CancellationToken cancel = default)
    {
        var result = await SendAsync("Permits", Deployment.Permits, "issue", new AbiWriter().Tuple(tuple => Subjects.Write(tuple, terms)), cancel);
        return await OrStandingAsync(result, "Permits", "PermitIssued", [terms.PermitId], issued =>
            issued.Number("notAfter") == (ulong)terms.NotAfter.ToUnixTimeSeconds() && Caps(issued).SequenceEqual(terms.Caps), cancel);
    }

    /// <summary>Suspends a permit: one board member's approval of <see cref="Subjects.Act"/>. One that is suspended is done.</summary>
    public Task<TransactionResult> SuspendAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("suspend", "PermitSuspended", PermitStatus.Suspended, permitId, cancel);

    /// <summary>Resumes a suspended permit, by the quorum. One that was resumed is done.</summary>
    public Task<TransactionResult> ResumeAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("resume", "PermitResumed", PermitStatus.Active, permitId, cancel);

    /// <summary>Revokes a permit for good, by the quorum. One that is revoked is done.</summary>
    public Task<TransactionResult> RevokeAsync(Hash32 permitId, CancellationToken cancel = default) => ActAsync("revoke", "PermitRevoked", PermitStatus.Revoked, permitId, cancel);

    /// <summary>Gives a register the limit that the quorum approved (<see cref="Subjects.ChangeLimit"/>). A limit that stands is done.</summary>
    public async Task<TransactionResult> ChangeLimitAsync(Limit limit, CancellationToken cancel = default)
    {
        var result = await SendAsync("Budgets", Deployment.Budgets, "changeLimit", new AbiWriter().Word(limit.Register).Amount(limit.Most), cancel);
        return await OrStandingAsync(result, "Budgets", "LimitChanged", [limit.Register], last => ChainEvent.ReadAmount(last.Fields["most"]!) == limit.Most, cancel);
    }

    /// <summary>Says what silence about a dataset means, as the quorum approved (<see cref="Subjects.SetSilence"/>). What stands is done.</summary>
    public async Task<TransactionResult> SetSilenceAsync(Hash32 register, Hash32 dataset, bool permits, CancellationToken cancel = default)
    {
        var result = await SendAsync("Permits", Deployment.Permits, "setSilence", new AbiWriter().Word(register).Word(dataset).Flag(permits), cancel);
        return await OrStandingAsync(result, "Permits", "SilenceChanged", [register, dataset], last => last.Fields["permits"]!.GetValue<bool>() == permits, cancel);
    }

    /// <summary>
    /// Admits a key, changes its roles, or with no roles sends it away; with <paramref name="replaces"/>, the member's old key goes and its logs pass to the new one.
    /// A key that has these roles is done.
    /// </summary>
    public async Task<TransactionResult> ChangeMemberAsync(PublicKey key, Roles roles, Hash32? replaces = null, CancellationToken cancel = default)
    {
        var result = await SendAsync("Members", Deployment.Members, "changeMember", new AbiWriter().Word(new Hash32(key.X.Span)).Word(new Hash32(key.Y.Span)).Number((ulong)roles).Word(replaces ?? default), cancel);
        return await OrStandingAsync(result, "Members", "MemberChanged", [key.Id], last => last.Number("roles") == (ulong)roles, cancel);
    }

    /// <summary>Registers a log, or gives it another key or account. A log that is registered so is done.</summary>
    public async Task<TransactionResult> ChangeLogAsync(RegisteredLog log, CancellationToken cancel = default)
    {
        var result = await SendAsync("Members", Deployment.Members, "changeLog", new AbiWriter().Word(log.LogId).Word(log.Member).Address(log.Account), cancel);
        return await OrStandingAsync(result, "Members", "LogChanged", [log.LogId], last =>
            last.Hash("member") == log.Member && string.Equals(last.Fields["account"]!.GetValue<string>(), log.Account, StringComparison.OrdinalIgnoreCase), cancel);
    }

    /// <summary>Sets how many approvals a decision needs. A quorum that stands is done.</summary>
    public async Task<TransactionResult> ChangeQuorumAsync(int quorum, CancellationToken cancel = default)
    {
        var result = await SendAsync("Members", Deployment.Members, "changeQuorum", new AbiWriter().Number((ulong)quorum), cancel);
        return await OrStandingAsync(result, "Members", "QuorumChanged", [], last => last.Number("quorum") == (ulong)quorum, cancel);
    }

    private async Task<TransactionResult> ActAsync(string act, string happened, PermitStatus reached, Hash32 permitId, CancellationToken cancel)
    {
        var result = await SendAsync("Permits", Deployment.Permits, act, new AbiWriter().Word(permitId), cancel);
        return result.Done || (await ReadPermitAsync(permitId, default, cancel)).Status != reached
            ? result
            : await OrStandingAsync(result, "Permits", happened, [permitId], _ => true, cancel);
    }

    /// <summary>
    /// The result; or, where the contract refused, the transaction that already brought about what was asked, if the last such event is its.
    /// A refusal rests on state, which a node may show before the block's events, so the events are looked at until <see cref="EventsBehindState"/> is over.
    /// </summary>
    private async Task<TransactionResult> OrStandingAsync(TransactionResult result, string contract, string name, Hash32[] indexed, Func<ChainEvent, bool> isWhatWasAsked, CancellationToken cancel)
    {
        var address = contract switch { "Members" => Deployment.Members, "Permits" => Deployment.Permits, _ => Deployment.Budgets };
        string[] topics = [Artifact.Of(contract).Events[name].Topic, .. indexed.Select(value => value.ToHex())];
        var refused = clock.GetTimestamp();
        while (!result.Done)
        {
            var last = clock.GetElapsedTime(refused) >= EventsBehindState;
            var events = await FindEventsAsync([address], topics, Deployment.FirstBlock, null, cancel);
            if (events is [.., var newest] && isWhatWasAsked(newest) && await transactions.ReadAsync(newest.Transaction, cancel) is { } receipt)
            {
                return new TransactionResult(receipt, null);
            }

            if (last)
            {
                break;
            }

            await Task.Delay(LookAgain, clock, cancel);
        }

        return result;
    }

    private static IEnumerable<Cap> Caps(ChainEvent issued) => issued.Fields["caps"]!.AsArray().Select(cap =>
        new Cap(Hash32.Parse(cap!["register"]!.GetValue<string>()), ChainEvent.ReadAmount(cap["most"]!)));

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
