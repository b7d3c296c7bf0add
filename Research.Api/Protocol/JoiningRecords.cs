using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>Somebody makes an account for herself. Whatever she writes, the answer is the same: a letter goes to the address.</summary>
/// <param name="Role"><c>patient</c> or <c>researcher</c>; every other role is by invitation.</param>
/// <param name="Institution">A researcher's, as she says.</param>
/// <param name="Kind">A researcher's kind of user: <c>non-profit</c>, <c>for-profit</c>.</param>
public sealed record SignUpRequest(string Email, string Password, string Name, string Role, string? Institution = null, string? Kind = null);

/// <summary>The code of the letter shows that the address is hers.</summary>
public sealed record ConfirmRequest(string Email, string Code);

/// <summary>Asks for a letter with a code for another password.</summary>
public sealed record ResetRequest(string Email);

/// <summary>The code of the letter, and the password from now on: after a reset, and to take up the operator's invitation.</summary>
public sealed record NewPasswordRequest(string Email, string Code, string Password);

/// <summary>The operator invites somebody into roles; each invitation is an entry of the hub's log.</summary>
public sealed record AccountInvitation(string Email, string Name, IReadOnlyList<string> Roles, string? Institution = null, string? Kind = null);

/// <summary>What a browser's <c>navigator.credentials</c> is given (WebAuthn level 3, JSON), and the ceremony's own name, which comes back with the credential. Good once, for five minutes.</summary>
public sealed record PasskeyCeremony(JsonElement Options, string Ceremony);

/// <summary>A new credential of the browser, as JSON, and how its owner calls it.</summary>
public sealed record PasskeyRegistration(string Ceremony, JsonElement Credential, string Name);

/// <summary>The browser's answer, as JSON.</summary>
public sealed record PasskeySignIn(string Ceremony, JsonElement Credential);

/// <summary>A registered passkey.</summary>
/// <param name="Id">The credential's id, base64url: what a browser is asked for.</param>
/// <param name="Key">Its public key as JWK, which signed records carry; null where it cannot be read.</param>
/// <param name="KeyId">The key's RFC 7638 thumbprint.</param>
public sealed record PasskeyView(string Id, string Name, string Created, JsonElement? Key = null, string? KeyId = null);
