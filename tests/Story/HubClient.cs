using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Story;

/// <summary>The hub's public API as one signed-in person uses it (or nobody in particular).</summary>
public sealed class HubClient(Uri hub, string? token = null) : IDisposable
{
    private readonly HttpClient http = Make(hub, token);

    /// <summary>Signs in with the password that the embedded default made.</summary>
    public static async Task<HubClient> SignInAsync(Stack stack, string who)
    {
        var account = Accounts(stack).Single(one => one.Email.StartsWith(who + "@", StringComparison.Ordinal));
        using var anybody = new HubClient(stack.HubUrl);
        var signedIn = await anybody.PostAsync<SignedIn>(HubRoutes.SignIn, new SignInRequest(account.Email, account.Password));
        return new HubClient(stack.HubUrl, signedIn.AccessToken);
    }

    /// <summary>The sample accounts of the state folder.</summary>
    public static IReadOnlyList<SampleSignIn> Accounts(Stack stack) =>
        JsonSerializer.Deserialize<List<SampleSignIn>>(File.ReadAllText(stack.Options.In("accounts.json")), JsonSerializerOptions.Web)!;

    public async Task<T> GetAsync<T>(string route) => await ReadAsync<T>(await http.GetAsync(new Uri(route, UriKind.Relative)), route);

    /// <summary>Downloads a file.</summary>
    public async Task DownloadAsync(string route, string path)
    {
        using var response = await http.GetAsync(new Uri(route, UriKind.Relative));
        if (!response.IsSuccessStatusCode)
        {
            throw new StoryException($"{route} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }

        await using var file = File.Create(path);
        await response.Content.CopyToAsync(file);
    }

    /// <summary>An answer that is no JSON, as it came.</summary>
    public async Task<string> GetTextAsync(string route)
    {
        using var response = await http.GetAsync(new Uri(route, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new StoryException($"{route} answered {(int)response.StatusCode}: {text}");
    }

    public async Task<T> PostAsync<T>(string route, object body) => await ReadAsync<T>(await SendAsync(route, body), route);

    /// <summary>The raw response: refusals are part of some stories. The caller disposes it.</summary>
    public Task<HttpResponseMessage> SendAsync(string route, object body, CancellationToken cancel = default) =>
        http.PostAsJsonAsync(new Uri(route, UriKind.Relative), body, CanonicalJson.Options, cancel);

    /// <inheritdoc cref="SendAsync"/>
    public Task<HttpResponseMessage> PutAsync(string route, object body, CancellationToken cancel = default) =>
        http.PutAsJsonAsync(new Uri(route, UriKind.Relative), body, CanonicalJson.Options, cancel);

    public void Dispose() => http.Dispose();

    /// <summary>The bearer token, or null for nobody in particular.</summary>
    public string? Token => token;

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, string route)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!
                : throw new StoryException($"{route} answered {(int)response.StatusCode}: {text}");
        }
    }

    private static HttpClient Make(Uri hub, string? token)
    {
        var http = new HttpClient { BaseAddress = hub, Timeout = TimeSpan.FromMinutes(2) };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return http;
    }
}

/// <summary>A line of the file of sample accounts.</summary>
public sealed record SampleSignIn(string Email, string Name, IReadOnlyList<string> Roles, string Password);

/// <summary>A step of the story did not go as told.</summary>
public sealed class StoryException(string message) : Exception(message);
