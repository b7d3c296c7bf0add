using Microsoft.Playwright;

namespace Research.Web.Tests.Browser;

/// <summary>A device with one owner whom it can verify, built into the browser (WebAuthn domain of its developer protocol).</summary>
internal static class VirtualAuthenticator
{
    /// <summary>Plugs it into this page's browser; it says yes at once.</summary>
    /// <returns>The protocol's session, and the authenticator's name in it.</returns>
    public static async Task<(ICDPSession Session, string Authenticator)> AddAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        var made = await session.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return (session, made!.Value.GetProperty("authenticatorId").GetString()!);
    }
}
