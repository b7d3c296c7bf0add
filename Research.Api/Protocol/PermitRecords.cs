using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>What the board votes upon.</summary>
/// <param name="PermitId">SHA-256 of the permit document's canonical bytes.</param>
/// <param name="Permit">The document that would be issued, or that is in force.</param>
/// <param name="Questions">What can be decided now.</param>
/// <param name="Votes">Votes cast so far.</param>
public sealed record Ballot(string PermitId, JsonElement Permit, IReadOnlyList<BallotQuestion> Questions, IReadOnlyList<VoteView> Votes);

/// <summary>One question with exactly what a member signs.</summary>
/// <param name="Act"><c>issue</c>, <c>suspend</c>, <c>resume</c>, <c>revoke</c>.</param>
/// <param name="Subject">The 32 bytes (base64url) that a vote names.</param>
/// <param name="Needed">Approvals that the chain demands for this act.</param>
/// <param name="Bodies">For a caller with a linked member key: the vote to sign, by decision (<c>approve</c>, <c>reject</c>). Sign the canonical bytes (RFC 8785) of one.</param>
public sealed record BallotQuestion(string Act, string Subject, int Needed, IReadOnlyDictionary<string, JsonElement> Bodies);

/// <summary>A vote as it was cast.</summary>
/// <param name="Member">Key id of the member.</param>
/// <param name="Act">The question that it answers.</param>
public sealed record VoteView(string Member, string Act, string Decision, string Time, string? Transaction);

/// <summary>A signed record of type <c>vote</c>: body, key, signature, and a passkey's two members where one signed.</summary>
public sealed record VoteSubmission(JsonElement Vote, string? Reason = null);

/// <summary>What the vote led to.</summary>
/// <param name="State">The application's or the permit's state now.</param>
/// <param name="Counted">Approvals for the decision on the chain.</param>
public sealed record VoteOutcome(string State, string? PermitId, int Counted, int Quorum, string? Transaction);

/// <summary>A permit: the document, and its state on the chain, which is what silos obey.</summary>
/// <param name="State"><c>issued</c>, <c>active</c>, <c>suspended</c>, <c>revoked</c>, <c>expired</c>, <c>unknown</c> while the chain does not answer.</param>
/// <param name="Delivered">Register ids of the silos that hold the document.</param>
public sealed record PermitView(string Id, string State, string Application, string Title, JsonElement Permit, IReadOnlyList<string> Delivered, IReadOnlyList<RegisterSpent> Spent);

/// <summary>Cap and spending at one register as the chain has it: nano-rho, atto-delta, files.</summary>
public sealed record RegisterSpent(string Register, string CapRho, string CapDelta, int CapFiles, string SpentRho, string SpentDelta, int SpentFiles);
