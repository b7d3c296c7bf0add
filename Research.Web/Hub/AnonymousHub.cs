using System.Net.Http.Headers;
using Research.Api.Protocol;

namespace Research.Web.Hub;

/// <summary>The calls that are made before somebody is signed in here, and while a session is being renewed.</summary>
internal sealed class AnonymousHub(HttpClient http)
{
    /// <summary>Who the holder of this token is; null when the hub does not say.</summary>
    public async Task<AccountView?> WhoIsAsync(string token, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(HubRoutes.Me, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await ReadAsync<AccountView>(request, cancel);
    }

    /// <summary>The hub's own token for an institution's; null when the hub does not accept it.</summary>
    public async Task<SignedIn?> ExchangeAsync(string institutionToken, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(HubRoutes.InstitutionSignIn, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", institutionToken);
        return await ReadAsync<SignedIn>(request, cancel);
    }

    /// <summary>The next token; null when the session has ended at the hub, or the hub does not answer.</summary>
    public async Task<SignedIn?> RefreshAsync(RefreshRequest refresh, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(HubRoutes.Refresh, UriKind.Relative)) { Content = JsonContent.Create(refresh) };
        return await ReadAsync<SignedIn>(request, cancel);
    }

    private async Task<T?> ReadAsync<T>(HttpRequestMessage request, CancellationToken cancel)
        where T : class
    {
        try
        {
            using var response = await http.SendAsync(request, cancel);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<T>(HubClient.Json, cancel) : null;
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
