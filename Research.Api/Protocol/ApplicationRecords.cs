using System.Text.Json;
using System.Text.Json.Serialization;

namespace Research.Api.Protocol;

/// <summary>Where an application stands. Expiry is the permit's, by date.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ApplicationState>))]
public enum ApplicationState
{
    [JsonStringEnumMemberName("draft")] Draft,
    [JsonStringEnumMemberName("submitted")] Submitted,
    [JsonStringEnumMemberName("pre-screening")] PreScreening,
    [JsonStringEnumMemberName("under-review")] UnderReview,
    [JsonStringEnumMemberName("returned")] Returned,
    [JsonStringEnumMemberName("approved")] Approved,
    [JsonStringEnumMemberName("approved-with-conditions")] ApprovedWithConditions,
    [JsonStringEnumMemberName("rejected")] Rejected,
    [JsonStringEnumMemberName("withdrawn")] Withdrawn,
    [JsonStringEnumMemberName("closed")] Closed,
}

/// <summary>What a researcher asks for. A draft may leave members out; submitting names the first one that is missing or wrong.</summary>
/// <param name="Purpose">DUO code of the purpose, such as <c>DUO:0000042</c>.</param>
/// <param name="Disease">ICD-10 block, needed for disease-specific purposes.</param>
/// <param name="User">Kind of user: <c>non-profit</c>, <c>for-profit</c>.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Caps">What she asks to spend at each register; the board decides. Null for the defaults.</param>
/// <param name="Outputs"><c>statistics</c>, <c>file</c>.</param>
/// <param name="EndDate">yyyy-MM-dd; the permit ends with that day, UTC; at most ten years ahead.</param>
/// <param name="SigningKey">Public P-256 JWK that will sign queries.</param>
/// <param name="FileKey">Public P-256 JWK that files are sealed to; another than the signing key.</param>
/// <param name="LaySummary">Plain words for the public register, in <paramref name="Language"/>.</param>
/// <param name="Translations">The same by language (en, pt-BR, fr, id, vi, ko), as far as the applicant has them.</param>
/// <param name="Modifiers">Further DUO codes that the applicant accepts (publication, ethics approval, return of results).</param>
public sealed record ApplicationForm(
    string? Title = null,
    string? LaySummary = null,
    string? Purpose = null,
    string? Disease = null,
    string? User = null,
    string? Country = null,
    IReadOnlyList<DatasetChoice>? Datasets = null,
    IReadOnlyList<CapAsked>? Caps = null,
    IReadOnlyList<string>? Outputs = null,
    string? EndDate = null,
    JsonElement? SigningKey = null,
    JsonElement? FileKey = null,
    string? Method = null,
    string? Safeguards = null,
    string? Language = null,
    IReadOnlyDictionary<string, string>? Translations = null,
    IReadOnlyList<string>? Modifiers = null);

/// <summary>A dataset by its silo's register id and its name there.</summary>
public sealed record DatasetChoice(string Silo, string Dataset);

/// <summary>Nano-rho and atto-delta as decimal strings, and files, at one register.</summary>
public sealed record CapAsked(string Silo, string Rho, string Delta, int Files = 0);

/// <summary>An application in a list.</summary>
/// <param name="Commands">What the caller may do with it now.</param>
public sealed record ApplicationSummary(string Id, string Title, ApplicationState State, string Applicant, string Changed, IReadOnlyList<string> Commands);

/// <summary>A page of applications, newest first; <paramref name="Next"/> starts the next one, null at the end.</summary>
public sealed record ApplicationPage(IReadOnlyList<ApplicationSummary> Applications, string? Next);

/// <summary>An application with its history.</summary>
/// <param name="Commands">What the caller may do with it now: the one table of who may do what, applied.</param>
/// <param name="Permit">Permit id, once approved.</param>
public sealed record ApplicationView(
    string Id,
    ApplicationState State,
    ApplicationForm Form,
    string Applicant,
    IReadOnlyList<TeamMember> Team,
    IReadOnlyList<ApplicationStep> History,
    IReadOnlyList<string> Commands,
    IReadOnlyList<PurposeMatch> Matches,
    Conditions? Conditions,
    string? Permit,
    string? CopyOf,
    string? Amends,
    string? DecisionDue,
    string? ReportDue);

/// <summary>Somebody who works under the permit.</summary>
/// <param name="Accepted">When she accepted the terms; null while she has not.</param>
/// <param name="Removed">When she was removed; null while she belongs.</param>
public sealed record TeamMember(string Account, string Name, string? Key, string? Accepted, string? Removed);

/// <summary>One step of the history.</summary>
/// <param name="Seq">The hub's log entry of the step; null while it has none.</param>
public sealed record ApplicationStep(string Kind, string Time, string Actor, string? Note, long? Seq);

/// <summary>Whether an application's purpose fits a dataset: <c>yes</c>, <c>no</c>, or <c>needs-person</c>, with reasons.</summary>
public sealed record PurposeMatch(string Silo, string Dataset, string Outcome, IReadOnlyList<string> Reasons);

/// <summary>A remark or reason that goes with a command; up to 4,000 characters.</summary>
public sealed record Note(string? Text = null);

/// <summary>Conditions that the machine enforces, each null where there is none.</summary>
/// <param name="Outputs">Kinds of output allowed: an aggregates-only permit names <c>statistics</c> alone.</param>
/// <param name="MinimumCell">Smallest cell shown, 11 to 1,000,000.</param>
/// <param name="Caps">What the board grants at each register, in place of what was asked.</param>
/// <param name="EndDate">An earlier or later end than asked, yyyy-MM-dd.</param>
/// <param name="Text">What people must keep to and no machine can check.</param>
public sealed record Conditions(IReadOnlyList<string>? Outputs = null, int? MinimumCell = null, IReadOnlyList<CapAsked>? Caps = null, string? EndDate = null, string? Text = null);

/// <summary>Invites an account by its e-mail address.</summary>
public sealed record InviteMember(string Email);

/// <summary>A team member accepts the terms, with the public key that will sign her queries and the one that files are sealed to.</summary>
public sealed record AcceptTerms(JsonElement SigningKey, JsonElement? FileKey = null);

/// <summary>Removes a team member by account id.</summary>
public sealed record RemoveMember(string Account);
