using Microsoft.AspNetCore.Authentication;
using Research.Api.Protocol;

namespace Research.Web.Sessions;

/// <summary>The hub's tokens inside our own cookie: encrypted, never shown to a script or written to a log.</summary>
internal static class SessionTokens
{
    public const string Access = "access_token";
    public const string Refresh = "refresh_token";
    private const string Expires = "expires_at";

    public static void Keep(AuthenticationProperties properties, SignedIn signedIn, DateTimeOffset now) => properties.StoreTokens(
    [
        new() { Name = Access, Value = signedIn.AccessToken },
        new() { Name = Refresh, Value = signedIn.RefreshToken },
        new() { Name = Expires, Value = now.AddSeconds(signedIn.ExpiresIn).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture) },
    ]);

    /// <summary>Whether the access token ends within two minutes.</summary>
    public static bool EndsSoon(AuthenticationProperties properties, DateTimeOffset now) =>
        !long.TryParse(properties.GetTokenValue(Expires), System.Globalization.CultureInfo.InvariantCulture, out var ends) || ends < now.AddMinutes(2).ToUnixTimeSeconds();
}
