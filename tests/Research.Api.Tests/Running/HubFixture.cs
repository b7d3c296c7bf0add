using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Api.Tests.Running;

/// <summary>One hub for the tests of a collection: the real program, a real chain, two fake silos, an account for each role.</summary>
public class HubFixture : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("hub-tests-").FullName;
    private readonly Dictionary<string, Person> people = [];
    private IReadOnlyDictionary<string, string> more = new Dictionary<string, string>();
    private Anvil? anvil;
    private WebApplicationFactory<Program>? factory;

    internal FakeSilo First { get; private set; } = null!;

    internal FakeInstitution Institution { get; private set; } = null!;

    /// <summary>A real OpenID Provider, where Node and its package are installed.</summary>
    internal CertifiedProvider? Provider { get; private set; }

    internal FakeSilo Second { get; private set; } = null!;

    /// <summary>Keys of the board, whose quorum is two of three.</summary>
    internal IReadOnlyList<SigningKey> Board { get; } = [SigningKey.Create(), SigningKey.Create(), SigningKey.Create()];

    internal Deployment Deployment { get; private set; } = null!;

    internal ChainClient Chain { get; private set; } = null!;

    internal IServiceProvider Services => factory!.Services;

    internal string Folder => folder;

    public async ValueTask InitializeAsync()
    {
        if (Anvil.Find() is null)
        {
            return;
        }

        anvil = await Anvil.StartAsync();
        Institution = await FakeInstitution.StartAsync();
        if (OtherPrograms.IsInstalled)
        {
            Provider = await CertifiedProvider.StartAsync(Host.FreeBasePort(), Back);
        }

        First = await FakeSilo.StartAsync("North Hospital");
        Second = await FakeSilo.StartAsync("South Hospital");
        await DeployAsync();
        more = await SettingsAsync();
        factory = new WebApplicationFactory<Program>().WithWebHostBuilder(Configure);
        await MakePeopleAsync();
    }

    /// <summary>Skips where anvil is not installed; on CI that is a failure.</summary>
    internal void Require()
    {
        if (anvil is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Anvil.Missing);
            Assert.Fail(Anvil.Missing);
        }
    }

    /// <summary>Skips where the programs from npm are not installed; on CI that is a failure.</summary>
    internal void RequireOtherPrograms()
    {
        Require();
        if (!OtherPrograms.IsInstalled)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", OtherPrograms.Missing);
            Assert.Fail(OtherPrograms.Missing);
        }
    }

    /// <summary>Where the pages would be that relay passkey ceremonies.</summary>
    public const string PagesOrigin = "http://localhost:5080";

    /// <summary>Where the provider sends browsers back to.</summary>
    internal static Uri Back { get; } = new("http://127.0.0.1:9/back");

    /// <summary>Somebody without a token.</summary>
    internal HttpClient Anybody()
    {
        Require();
        return factory!.CreateClient();
    }

    /// <summary>The account of a role, or a named one (<c>colleague</c>, <c>member2</c>, <c>member3</c>, <c>other-researcher</c>, <c>conflicted</c>).</summary>
    internal Person Of(string name)
    {
        Require();
        return people[name];
    }

    internal Person Applicant => Of(Role.Researcher);

    /// <summary>Further settings of this hub; called before it starts.</summary>
    protected virtual Task<IReadOnlyDictionary<string, string>> SettingsAsync() => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (factory is not null)
        {
            await factory.DisposeAsync();
        }

        if (Provider is not null)
        {
            await Provider.DisposeAsync();
        }

        if (anvil is not null)
        {
            await Institution.DisposeAsync();
            await First.DisposeAsync();
            await Second.DisposeAsync();
            Chain.Dispose();
            await anvil.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private async Task DeployAsync()
    {
        using var key = SigningKey.LoadOrCreate(Path.Combine(folder, "hub.key"));
        var accounts = await Deployer.AccountsAsync(anvil!.Rpc);
        var origin = Hash32.Of("researchhub.test/hub");
        var generous = new Amount(500_000_000, 1_000_000_000_000_000, 1);
        Deployment = await Deployer.DeployAsync(anvil.Rpc, new Founding(
            [.. Board.Select(member => new Member(member.Public.Jwk, global::Silos.Ledger.Chain.Roles.Board)), new Member(key.Public.Jwk, global::Silos.Ledger.Chain.Roles.Organisation | global::Silos.Ledger.Chain.Roles.Log)],
            [new RegisteredLog(origin, key.Id, accounts[1])],
            2,
            [new Limit(First.Register, generous), new Limit(Second.Register, generous)]));
        Deployment.Write(Path.Combine(folder, "deployment.json"));
        Chain = new ChainClient(anvil.Rpc, Deployment);
        Account = accounts[1];
        Stranger = accounts[5];
    }

    private string Account { get; set; } = "";

    private string Stranger { get; set; } = "";

    /// <summary>The chain as somebody reaches it who is not the hub.</summary>
    internal ChainClient ChainOfAStranger() => new(anvil!.Rpc, Deployment, Stranger);

    private void Configure(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.UseSetting("ConnectionStrings:Hub", $"Data Source={Path.Combine(folder, "hub.db")}");
        builder.UseSetting("State", folder);
        builder.UseSetting("Limits:RequestsPerMinute", "1000000");
        builder.UseSetting("Limits:SignInsPerMinute", "1000000");
        builder.UseSetting("Webhooks:AllowPrivate", "true");
        builder.UseSetting("Passkeys:Origins:0", PagesOrigin);
        builder.UseSetting("Ledger:Rpc", anvil!.Url.ToString());
        builder.UseSetting("Ledger:Deployment", Path.Combine(folder, "deployment.json"));
        builder.UseSetting("Ledger:Key", Path.Combine(folder, "hub.key"));
        builder.UseSetting("Ledger:Origin", "researchhub.test/hub");
        builder.UseSetting("Ledger:Account", Account);
        builder.UseSetting("Ledger:BatchAge", "00:00:00.200");
        builder.UseSetting("Accounts:Samples", Path.Combine(folder, "accounts.json"));
        builder.UseSetting("Identity:Issuers:0:Issuer", Institution.Issuer);
        builder.UseSetting("Identity:Issuers:0:Audience", FakeInstitution.Audience);
        builder.UseSetting("Identity:Issuers:0:Institution", "Far University");
        builder.UseSetting("Identity:Issuers:0:Roles:staff-scientist", Role.Researcher);
        if (Provider is not null)
        {
            builder.UseSetting("Identity:Issuers:1:Issuer", Provider.Issuer.OriginalString);
            builder.UseSetting("Identity:Issuers:1:Audience", CertifiedProvider.Audience);
            builder.UseSetting("Identity:Issuers:1:Institution", "Certified University");
            builder.UseSetting("Identity:Issuers:1:Roles:staff-scientist", Role.Researcher);
        }

        foreach (var (key, value) in more)
        {
            builder.UseSetting(key, value);
        }

        builder.UseSetting("Silos:0:Url", First.Url);
        builder.UseSetting("Silos:0:Institution", "Desk of " + Role.Custodian);
        builder.UseSetting("Silos:1:Url", Second.Url);
        builder.UseSetting("Silos:1:Institution", "Desk of second-custodian");
        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(new Errors()));
    }

    private async Task MakePeopleAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        foreach (var role in Role.All)
        {
            await MakeAsync(accounts, role, role is Role.Chair ? [Role.Chair, Role.CommitteeMember] : [role], role is Role.Researcher or Role.SigningOfficial ? "University" : "Desk of " + role);
        }

        await MakeAsync(accounts, "colleague", [Role.Researcher], "University");
        await MakeAsync(accounts, "invited", [Role.Researcher], "University");
        await MakeAsync(accounts, "other-researcher", [Role.Researcher], "Elsewhere");
        await MakeAsync(accounts, "second-patient", [Role.Patient], "Desk of patients");
        await MakeAsync(accounts, "second-custodian", [Role.Custodian], "Desk of second-custodian");
        await MakeAsync(accounts, "member2", [Role.CommitteeMember], "Board");
        await MakeAsync(accounts, "conflicted", [Role.CommitteeMember], "University");
        await Of(Role.Chair).LinkAsync(Board[0]);
        await Of(Role.CommitteeMember).LinkAsync(Board[1]);
        await Of("conflicted").LinkAsync(Board[2]);
    }

    private async Task MakeAsync(UserManager<Account> accounts, string name, IReadOnlyList<string> roles, string institution)
    {
        var sample = new SampleAccount($"{name}@people.test", name, roles, Nonce.New() + "-aA1", institution, roles.Contains(Role.Researcher) ? "non-profit" : null, null);
        await SampleAccounts.MakeAsync(accounts, sample);
        people[name] = await Person.SignInAsync(factory!.CreateClient(), sample.Email, sample.Password);
    }
}

/// <summary>Tests that share one running hub.</summary>
[CollectionDefinition("hub")]
public sealed class HubCollection : ICollectionFixture<HubFixture>;
