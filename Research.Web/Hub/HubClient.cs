using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Research.Web.Sessions;

namespace Research.Web.Hub;

/// <summary>
/// The hub's API in the name of whoever is signed in here. Nothing is decided on this side: a refusal comes back as a
/// <see cref="HubProblem"/> and a page shows it.
/// </summary>
internal sealed class HubClient(HttpClient http, IHttpContextAccessor context)
{
    /// <summary>How the hub's records are written: camelCase, nothing absent.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public Task<HubAnswer<T>> GetAsync<T>(string route, CancellationToken cancel = default)
        where T : class => SendAsync<T>(HttpMethod.Get, route, null, cancel);

    public Task<HubAnswer<T>> PostAsync<T>(string route, object body, CancellationToken cancel = default)
        where T : class => SendAsync<T>(HttpMethod.Post, route, body, cancel);

    public Task<HubAnswer<T>> PutAsync<T>(string route, object body, CancellationToken cancel = default)
        where T : class => SendAsync<T>(HttpMethod.Put, route, body, cancel);

    public Task<HubAnswer<T>> DeleteAsync<T>(string route, CancellationToken cancel = default)
        where T : class => SendAsync<T>(HttpMethod.Delete, route, null, cancel);

    public Task<HubAnswer<T>> DeleteAsync<T>(string route, object body, CancellationToken cancel = default)
        where T : class => SendAsync<T>(HttpMethod.Delete, route, body, cancel);

    /// <summary>A string for <typeparamref name="T"/> is the body as it came; for <see cref="Nothing"/> the body is not read.</summary>
    private async Task<HubAnswer<T>> SendAsync<T>(HttpMethod method, string route, object? body, CancellationToken cancel)
        where T : class
    {
        using var request = new HttpRequestMessage(method, new Uri(route, UriKind.Relative));
        if (context.HttpContext is { } here && await here.GetTokenAsync(SessionTokens.Access) is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, options: Json);
        }

        try
        {
            using var response = await http.SendAsync(request, cancel);
            return response.IsSuccessStatusCode ? new(await ReadAsync<T>(response, cancel), null) : new(null, await ProblemAsync(response, cancel));
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return new(null, new HubProblem(503, "hub-unreachable", "The hub does not answer just now."));
        }
        catch (JsonException)
        {
            return new(null, new HubProblem(502, "hub-unreadable", "The hub's answer cannot be read."));
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancel)
        where T : class
    {
        if (typeof(T) == typeof(Nothing))
        {
            return (T)(object)Nothing.Here;
        }

        return typeof(T) == typeof(string)
            ? (T)(object)await response.Content.ReadAsStringAsync(cancel)
            : await response.Content.ReadFromJsonAsync<T>(Json, cancel) ?? throw new JsonException("null");
    }

    private static async Task<HubProblem> ProblemAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var status = (int)response.StatusCode;
        try
        {
            using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancel), cancellationToken: cancel);
            return new HubProblem(status, Text(json, "code") ?? "refused", Text(json, "detail") ?? Text(json, "title") ?? "");
        }
        catch (JsonException)
        {
            return new HubProblem(status, "refused", "");
        }
    }

    private static string? Text(JsonDocument json, string member) =>
        json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>An answer that says no more than that it was done.</summary>
internal sealed class Nothing
{
    private Nothing()
    {
    }

    public static Nothing Here { get; } = new();
}
