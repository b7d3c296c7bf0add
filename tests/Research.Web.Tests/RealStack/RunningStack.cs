using System.Text;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Browser;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Web.Tests.RealStack;

/// <summary>Chain, witnesses, silos, hub and web as <c>hub.cs</c> starts them, once for all stories, and what went over the wire to the browsers.</summary>
[CollectionDefinition(Name)]
public sealed class RunningStack : IAsyncLifetime, ICollectionFixture<RunningStack>
{
    public const string Name = "running stack";

    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("researchhub-web-");
    private int opened;

    public Stack Stack { get; private set; } = null!;

    public StackOptions Options { get; private set; } = null!;

    public Hospital Hospital { get; private set; } = null!;

    public Researcher Researcher { get; private set; } = null!;

    public CatalogueItem Dataset { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Options = new StackOptions(state.FullName, Host.FreeBasePort(), Patients: 400);
        Stack = await Stack.StartAsync(Options);
        Hospital = new Hospital(Stack, 1);
        await Hospital.EnrolSampleAsync("chronic-care", TimeProvider.System.GetUtcNow());
        Researcher = await Researcher.SignInAsync(Stack);
        var catalogue = await Researcher.Hub.GetAsync<CatalogueView>(HubRoutes.Catalogue);
        Dataset = catalogue.Datasets.Single(item => item.Silo == Hospital.Register.ToString());
    }

    /// <summary>A permit with two files, that the board voted for through the hub.</summary>
    public Task<string> PermitAsync() =>
        new Demo(Stack, TimeProvider.System, _ => { }).ObtainPermitAsync(Researcher, Dataset, new CapAsked(Dataset.Silo, "100000000", "0", 2));

    /// <summary>The pages under a name: a passkey cannot belong to a number.</summary>
    public Uri NamedUrl => new UriBuilder(Stack.WebUrl) { Host = "localhost" }.Uri;

    /// <summary>A browser of its own whose traffic is kept, signed in as that sample account; nobody when null.</summary>
    public async Task<IPage> OpenAsync(Site site, string? who, int width = 1280, string locale = "en-GB", bool named = false)
    {
        var page = await site.OpenAsync(new()
        {
            BaseURL = (named ? NamedUrl : Stack.WebUrl).ToString(),
            Locale = locale,
            ViewportSize = new() { Width = width, Height = 900 },
            RecordHarPath = Options.In("traffic", FormattableString.Invariant($"{Interlocked.Increment(ref opened)}.har")),
            RecordHarContent = HarContentPolicy.Embed,
        });
        if (who is not null)
        {
            await page.SignInAsync(who, HubClient.Accounts(Stack).Single(one => one.Email.StartsWith(who + "@", StringComparison.Ordinal)).Password);
        }

        return page;
    }

    /// <summary>The key file of that name in the state folder, as a person would pick it.</summary>
    public FilePayload KeyFile(string name) => new() { Name = name + ".jwk", MimeType = "application/json", Buffer = File.ReadAllBytes(Options.In("keys", name + ".jwk")) };

    /// <summary>Files outside the hospitals, and the browsers' traffic, that hold a planted value of a patient, a local id, or a plain hash of one (C2).</summary>
    public IReadOnlyList<string> Leaks()
    {
        var patients = Hospital.Patients.Keys.Take(20).ToList();
        string[] markers = ["Zymarca", "Zylogra", "zynota", .. patients, .. patients.Select(one => Hash32.Of(one).ToString()), .. patients.Select(one => Hash32.Of(one).ToHex()[2..])];
        string[] folders = ["hub", "web", "traffic", "witness-1", "witness-2"];
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(Options.In(folder), "*", SearchOption.AllDirectories))
            .Concat(new[] { "hub.log", "web.log" }.Select(log => Options.In("logs", log))).ToList();
        Assert.Contains(files, file => file.EndsWith(".har", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("hub.db", StringComparison.Ordinal));
        return [.. from file in files let bytes = Read(file) from marker in markers where bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(marker)) >= 0 select $"{file} holds {marker}"];
    }

    public async ValueTask DisposeAsync()
    {
        Researcher?.Dispose();
        Hospital?.Dispose();
        if (Stack is not null)
        {
            await Stack.DisposeAsync();
        }

        state.Delete(recursive: true);
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
