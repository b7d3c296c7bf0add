using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>A page of the access log, newest first.</summary>
/// <param name="Next">Pass as <c>after</c> for the next, older page; null at the end.</param>
/// <param name="Gaps">Entries that a log has and the hub's copy lacks: somebody deleted rows, or the log withholds them.</param>
/// <param name="Unreachable">Hospitals whose log did not answer just now: what they logged since is missing from the page.</param>
public sealed record AuditPage(IReadOnlyList<AuditLine> Lines, string? Next, IReadOnlyList<LogGap> Gaps, IReadOnlyList<string> Unreachable);

/// <summary>One line of a log, in words.</summary>
/// <param name="Log">The log's id.</param>
/// <param name="LogName">Hospital, or hub.</param>
/// <param name="Outcome"><c>answered</c>, <c>redelivered</c>, <c>refused</c>, <c>produced</c>, <c>voided</c>, <c>recorded</c>.</param>
/// <param name="Actor">Key id.</param>
/// <param name="Person">Whose key it is, where the hub knows.</param>
/// <param name="Rho">Nano-rho charged; null where nothing was.</param>
/// <param name="Proof">Route of the line's proof.</param>
public sealed record AuditLine(
    string Log,
    string LogName,
    long Seq,
    string Time,
    string Kind,
    string Outcome,
    string Actor,
    string? Person,
    string? Application,
    string? Project,
    string? Purpose,
    string? Permit,
    string? Rho,
    string? Delta,
    string Proof);

/// <summary>Entries that are missing, from one seq to another, both included.</summary>
public sealed record LogGap(string Log, long From, long To);

/// <summary>A witness of the logs, and what she says of the single-file checker. The hub repeats it; who doubts the hub asks at <paramref name="Url"/> + <c>checker</c>.</summary>
/// <param name="Key">Her public key (JWK), by which co-signatures and the statement are checked.</param>
/// <param name="Says"><c>vouches</c>, <c>none</c>, <c>silent</c>, or <c>not-hers</c> for an answer that her key did not sign for this deployment.</param>
/// <param name="Checker">SHA-256 of the file that she vouches for, as 64 hexadecimal digits.</param>
/// <param name="Statement">The signed <c>checker-statement</c>, as it came.</param>
public sealed record WitnessView(string Name, string Url, JsonElement Key, string Says, string? Checker, JsonElement? Statement)
{
    public const string Vouches = "vouches";
    public const string NoChecker = "none";
    public const string Silent = "silent";
    public const string NotHers = "not-hers";
}

/// <summary>A pattern in what a project asked by which somebody could be singled out. It is for people to look at: counts are noisy, and nothing is proven by it.</summary>
/// <param name="Seq">Of the entry of kind <c>alarm</c> in the hub's log.</param>
/// <param name="Kind"><c>near-cohorts</c>, <c>near-cohorts-more</c>, <c>repeats</c> or <c>refusals</c>.</param>
/// <param name="Project">The application's title.</param>
/// <param name="First">The conditions of the one cohort, as JSON; the day for refusals and for more near cohorts.</param>
/// <param name="Second">The conditions of the other; empty where there is none.</param>
/// <param name="Times">Questions so far: two for near cohorts. Of more near cohorts, the day's pairs until then.</param>
public sealed record AuditAlert(
    long Seq, string Kind, string Time, string Application, string? Project, string Permit, string Silo, string Dataset, string First, string Second, long Times)
{
    /// <summary>Two answered questions, one cohort within the other, whose rest may be fewer than eleven.</summary>
    public const string NearCohorts = "near-cohorts";

    /// <summary>An eleventh such pair of a project at a dataset in a day; those from there on are not told one by one.</summary>
    public const string MoreNearCohorts = "near-cohorts-more";

    /// <summary>Ten charged answers about one cohort.</summary>
    public const string Repeats = "repeats";

    /// <summary>Twenty refusals in a day.</summary>
    public const string Refusals = "refusals";
}

/// <summary>A permit in the public register: no names of people, no counts.</summary>
/// <param name="Summaries">Lay summary by language (en, pt-BR, fr, id, vi, ko).</param>
/// <param name="Translated">Languages in which the summary is the applicant's own text; the others show the original.</param>
/// <param name="Conditions">What the board demanded, in words.</param>
public sealed record RegisterItem(
    string Permit,
    string Title,
    IReadOnlyDictionary<string, string> Summaries,
    IReadOnlyList<string> Translated,
    string Purpose,
    string User,
    IReadOnlyList<string> Hospitals,
    IReadOnlyList<string> Outputs,
    string NotBefore,
    string NotAfter,
    string State,
    string? Conditions);

/// <summary>Something that a patient should know: a new use of records at her hospital, or a changed policy.</summary>
/// <param name="Kind"><c>new-use</c>, <c>policy-changed</c>.</param>
/// <param name="Object">Route by which she says no.</param>
public sealed record PatientNotice(string Kind, string Time, string Hospital, string Title, string Text, string? Permit, string Object);

/// <summary>A permit as a signed token (JWS, ES256): anybody with the hub's public key checks it.</summary>
public sealed record PermitToken(string Token, JsonElement Key);

/// <summary>What may ever be spent on a register, and what was: nano-rho, atto-delta, files.</summary>
public sealed record RegisterView(string Register, string Hospital, string LimitRho, string LimitDelta, int LimitFiles, string SpentRho, string SpentDelta, int SpentFiles);

/// <summary>A limit that a member proposes or votes on.</summary>
public sealed record LimitProposal(string Rho, string Delta, int Files);

/// <summary>What a member signs to give a register a limit.</summary>
public sealed record LimitBallot(string Register, LimitProposal Limit, BallotQuestion Question, IReadOnlyList<VoteView> Votes);

/// <summary>A vote on a register's limit.</summary>
public sealed record LimitVote(LimitProposal Limit, JsonElement Vote);

/// <summary>What a member signs to say what silence about a dataset means.</summary>
/// <param name="Standing">What the chain says now: <c>deny</c>, or <c>permit</c>. A silo obeys a permit only where the hospital's own policy says it too, for statistics alone.</param>
/// <param name="Silence">What is voted upon: <c>deny</c> or <c>permit</c>.</param>
public sealed record SilenceBallot(string Register, string Dataset, string Standing, string Silence, BallotQuestion Question, IReadOnlyList<VoteView> Votes);

/// <summary>A vote on what silence about a dataset means: <c>deny</c> or <c>permit</c>.</summary>
public sealed record SilenceVote(string Silence, JsonElement Vote);

/// <summary>A personal access token for scripts and notebooks.</summary>
/// <param name="Scopes"><c>read</c>: every GET that its owner may; <c>query</c>: previews, queries and extracts besides.</param>
/// <param name="Days">Life in days, 1 to 365.</param>
public sealed record AccessTokenRequest(string Name, IReadOnlyList<string> Scopes, int Days);

/// <summary>The token itself, shown once: it is kept as a hash.</summary>
public sealed record NewAccessToken(string Id, string Token, string Expires);

/// <summary>A token without its secret.</summary>
public sealed record AccessTokenView(string Id, string Name, IReadOnlyList<string> Scopes, string Created, string Expires, string? LastUsed, string? Revoked);

/// <summary>Changes the password; every other session ends.</summary>
public sealed record PasswordChange(string Current, string New);

/// <summary>The secret for an authenticator app (RFC 6238), as text and as otpauth URI.</summary>
public sealed record SecondFactorSecret(string Secret, string Uri);

/// <summary>A code of the authenticator.</summary>
public sealed record SecondFactorCode(string Code);

/// <summary>Ten codes, each good once when the authenticator is lost.</summary>
public sealed record RecoveryCodes(IReadOnlyList<string> Codes);
