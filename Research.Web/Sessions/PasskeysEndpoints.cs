using Research.Api.Protocol;
using Research.Web.Hub;
using Research.Web.Safety;

namespace Research.Web.Sessions;

/// <summary>Begins passkey ceremonies for scripts of our pages. The hub makes and judges them; here they only pass, and nothing is kept.</summary>
internal static class PasskeysEndpoints
{
    /// <summary>For signing in: names nobody.</summary>
    public const string SignIn = "/sign-in/passkey/begin";

    /// <summary>For a new passkey of whoever is signed in.</summary>
    public const string New = "/account/passkeys/begin";

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SignIn, (HubClient hub, CancellationToken cancel) => RelayAsync(hub, HubRoutes.PasskeySignIn, cancel)).RequireFormToken();
        routes.MapPost(New, (HubClient hub, CancellationToken cancel) => RelayAsync(hub, HubRoutes.Passkeys, cancel)).RequireFormToken().RequireAuthorization();
    }

    private static async Task<IResult> RelayAsync(HubClient hub, string route, CancellationToken cancel)
    {
        var said = await hub.PostAsync<PasskeyCeremony>(route + "/begin", new Note(), cancel);
        return said.Value is { } ceremony ? Results.Json(ceremony, HubClient.Json) : Results.StatusCode(said.Problem!.Status);
    }
}
