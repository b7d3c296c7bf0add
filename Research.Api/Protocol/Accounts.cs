using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>The roles of accounts. A chair is a committee member too.</summary>
public static class Role
{
    public const string Patient = "patient";
    public const string Researcher = "researcher";
    public const string SigningOfficial = "signing-official";
    public const string CommitteeMember = "committee-member";
    public const string Chair = "chair";
    public const string OutputChecker = "output-checker";
    public const string Custodian = "custodian";
    public const string Auditor = "auditor";
    public const string Operator = "operator";

    /// <summary>All nine, in the order of the manual's table.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Patient, Researcher, SigningOfficial, CommitteeMember, Chair, OutputChecker, Custodian, Auditor, Operator];
}

/// <summary>E-mail and password; <paramref name="Code"/> of the authenticator when a second factor is set up.</summary>
public sealed record SignInRequest(string Email, string Password, string? Code = null);

/// <summary>A bearer token, its life in seconds, and the token that buys the next one.</summary>
public sealed record SignedIn(string TokenType, string AccessToken, long ExpiresIn, string RefreshToken);

/// <summary>The refresh token of an earlier sign-in.</summary>
public sealed record RefreshRequest(string RefreshToken);

/// <summary>Who is signed in.</summary>
/// <param name="Id">The account's random id: the name under which others see it.</param>
/// <param name="Kind">Kind of user (<c>non-profit</c>, <c>for-profit</c>); null for those who do not apply.</param>
/// <param name="MemberKey">Key id of the linked board member's key, for a committee member.</param>
/// <param name="SecondFactor">Whether signing in by password asks for a code of an authenticator.</param>
public sealed record AccountView(string Id, string Email, string Name, IReadOnlyList<string> Roles, string? Institution, string? Kind, string? MemberKey, bool SecondFactor = false);

/// <summary>The public part (JWK) of a board member's key; it must be a board member's key in the Members contract.</summary>
public sealed record MemberKeyRequest(JsonElement Key);

/// <summary>A custodian invites the patient whose enrolment at this silo has this subject.</summary>
/// <param name="Silo">Register id.</param>
public sealed record InvitationRequest(string Silo, string Subject);

/// <summary>The code that the hospital hands to the patient; good once, for 30 days.</summary>
public sealed record Invitation(string Code, string Expires);
