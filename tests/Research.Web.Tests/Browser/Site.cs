using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Xunit;

[assembly: AssemblyFixture(typeof(Research.Web.Tests.Browser.Site))]

namespace Research.Web.Tests.Browser;

/// <summary>The web against the fake hub, and a real Chromium, once for all tests.</summary>
public sealed class Site : IAsyncLifetime
{
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private FakeHub? hub;
    private RunningWeb? web;
    private IPlaywright? playwright;
    private IBrowser? browser;
    private string? verifier;

    internal FakeHub Hub => hub!;

    public Uri Url => web!.Url;

    /// <summary>What stands for the verifier's zip.</summary>
    public static byte[] Verifier { get; } = [.. "PK: not a verifier"u8];

    /// <summary>Where screenshots lie after a run.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(Environment.GetEnvironmentVariable("RESEARCHHUB_SCREENSHOTS") ?? Path.Combine(Story.Repository.Root, "artifacts", "screenshots"))).FullName;

    public async ValueTask InitializeAsync()
    {
        hub = await FakeHub.StartAsync();
        verifier = Path.GetTempFileName();
        await File.WriteAllBytesAsync(verifier, Verifier);
        web = await RunningWeb.StartAsync(hub.Url, ("Verifier:Zip", verifier));
    }

    /// <summary>A browser of its own, without cookies; skipped where there is no Chromium.</summary>
    public async Task<IPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        playwright ??= await Playwright.CreateAsync();
        browser ??= await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium(), Args = Arguments });
        options ??= new BrowserNewContextOptions();
        options.BaseURL ??= Url.ToString();
        options.Locale ??= "en-GB";
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(Steps.Patience);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        if (web is not null)
        {
            await web.DisposeAsync();
        }

        if (hub is not null)
        {
            await hub.DisposeAsync();
        }

        if (verifier is not null)
        {
            File.Delete(verifier);
        }
    }

    private static string Chromium()
    {
        var named = Environment.GetEnvironmentVariable("RESEARCHHUB_CHROMIUM");
        var places = (named is null ? [] : new[] { named }).Append("/usr/bin/chromium")
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(folder => new[] { Path.Combine(folder, "chromium"), Path.Combine(folder, "google-chrome") }));
        if (places.FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }

        const string Missing = "Chromium is missing: install it (apt-get install -y chromium) or name it in RESEARCHHUB_CHROMIUM";
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
        throw new InvalidOperationException(Missing);
    }
}
