using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Running;

/// <summary>Somebody who is signed in, with her own keys.</summary>
internal sealed class Person(HttpClient http, string email, string password)
{
    public HttpClient Http => http;

    public string Email => email;

    public string Password => password;

    public SigningKey Key { get; } = SigningKey.Create();

    public SigningKey FileKey { get; } = SigningKey.Create();

    public static async Task<Person> SignInAsync(HttpClient http, string email, string password)
    {
        var signedIn = await http.PostAsJsonAsync(HubRoutes.SignIn, new SignInRequest(email, password));
        Assert.True(signedIn.IsSuccessStatusCode, $"{email} cannot sign in: {(int)signedIn.StatusCode} {await signedIn.Content.ReadAsStringAsync()}");
        var token = await signedIn.Content.ReadFromJsonAsync<SignedIn>();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token!.AccessToken);
        return new Person(http, email, password);
    }

    public async Task LinkAsync(SigningKey key)
    {
        var linked = await http.PutAsJsonAsync(HubRoutes.MemberKey, new MemberKeyRequest(Public(key)));
        Assert.True(linked.IsSuccessStatusCode, await linked.Content.ReadAsStringAsync());
    }

    public async Task<T> GetAsync<T>(string route)
    {
        var answer = await http.GetAsync(route);
        Assert.True(answer.IsSuccessStatusCode, $"GET {route}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()} {string.Join('\n', Errors.Seen)}");
        return (await answer.Content.ReadFromJsonAsync<T>())!;
    }

    /// <summary>Posts and expects success.</summary>
    public async Task<T> PostAsync<T>(string route, object? body = null)
    {
        var answer = await TryPostAsync(route, body);
        Assert.True(answer.IsSuccessStatusCode, $"POST {route}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()} {string.Join('\n', Errors.Seen)}");
        return (await answer.Content.ReadFromJsonAsync<T>())!;
    }

    public Task<HttpResponseMessage> TryPostAsync(string route, object? body = null) =>
        body is null ? http.PostAsync(route, null) : http.PostAsync(route, JsonContent.Create(body, body.GetType()));

    public static JsonElement Public(SigningKey key) => JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options);

    public static JsonElement Json(SignedRecord record) => JsonSerializer.SerializeToElement(record, CanonicalJson.Options);

    /// <summary>The code of a problem.</summary>
    public static async Task<string?> CodeOf(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("code").GetString();
    }
}
