using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Silos.Ledger.Records;

namespace Story;

/// <summary>An institution's sign-in: npm <c>oidc-provider</c>, a certified OpenID Provider, with one key that the test holds too, so that it can forge.</summary>
public sealed partial class CertifiedProvider : IAsyncDisposable
{
    /// <summary>What the provider's access tokens call the hub.</summary>
    public const string Audience = "https://hub.researchhub.test";

    private readonly Process process;
    private readonly string folder;

    private CertifiedProvider(Process process, Uri issuer, ECDsa key, string folder)
    {
        this.process = process;
        this.folder = folder;
        Issuer = issuer;
        Key = key;
    }

    public Uri Issuer { get; }

    /// <summary>The provider's own signing key, whose id is <c>key-1</c>.</summary>
    public ECDsa Key { get; }

    /// <param name="port">Where it listens, on 127.0.0.1.</param>
    /// <param name="web">Where browsers return to after signing in.</param>
    public static async Task<CertifiedProvider> StartAsync(int port, Uri web)
    {
        var folder = Directory.CreateTempSubdirectory("institution-").FullName;
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = key.ExportParameters(true);
        var jwk = new { kty = "EC", crv = "P-256", alg = "ES256", use = "sig", kid = "key-1", x = Base64Text.Encode(secret.Q.X!), y = Base64Text.Encode(secret.Q.Y!), d = Base64Text.Encode(secret.D!) };
        var file = Path.Combine(folder, "jwks.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { keys = new[] { jwk } }));
        var process = await OtherPrograms.StartAsync("institution.mjs", new Dictionary<string, string>
        {
            ["PORT"] = FormattableString.Invariant($"{port}"), ["JWKS"] = file, ["RESOURCE"] = Audience, ["RETURN"] = web.ToString(),
        });
        return new CertifiedProvider(process, new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}")), key, folder);
    }

    /// <summary>An access token of a program of the institution (client credentials).</summary>
    public async Task<string> ClientTokenAsync(string audience = Audience)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Issuer, "/token"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "hub", ["resource"] = audience }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("notebook:notebook-secret")));
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement.GetProperty("access_token").GetString()! : throw new StoryException($"the provider answered {text}");
    }

    /// <summary>Does what a person does who was sent to the provider: signs in with any password, agrees, and is sent back.</summary>
    /// <param name="start">The provider's page that the browser was sent to.</param>
    /// <param name="back">Where the journey ends.</param>
    /// <returns>The address that the provider sent the browser back to, with its code.</returns>
    public static async Task<Uri> SignInAsync(Uri start, Uri back, string person)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
        var page = start;
        using var none = new HttpResponseMessage();
        var answer = none;
        for (var step = 0; step < 12; step++)
        {
            answer = await browser.GetAsync(page);
            var text = await answer.Content.ReadAsStringAsync();
            if (FormAction().Match(text) is { Success: true } form)
            {
                var prompt = Prompt().Match(text).Groups[1].Value;
                using var fields = new FormUrlEncodedContent(new Dictionary<string, string> { ["prompt"] = prompt, ["login"] = person, ["password"] = "any" });
                answer = await browser.PostAsync(new Uri(page, form.Groups[1].Value), fields);
            }

            page = answer.Headers.Location is { } next ? new Uri(page, next) : throw new StoryException($"{page} answered {(int)answer.StatusCode}: {text}");
            if (page.GetLeftPart(UriPartial.Path) == back.GetLeftPart(UriPartial.Path))
            {
                return page;
            }
        }

        throw new StoryException($"{page} goes round in circles");
    }

    public async ValueTask DisposeAsync()
    {
        await Children.StopAsync(process, TimeSpan.FromSeconds(2));
        process.Dispose();
        Key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [GeneratedRegex("<form[^>]* action=\"([^\"]+)\"")]
    private static partial Regex FormAction();

    [GeneratedRegex("name=\"prompt\" value=\"([a-z]+)\"")]
    private static partial Regex Prompt();
}
