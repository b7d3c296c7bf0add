using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Silos.Consents;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Datasets;
using Silos.Datasets.Resident;
using Silos.Ledger.Records;
using Silos.Persistence;
using Silos.Protocol;
using Silos.Tests.Log;

namespace Silos.Tests.Consents;

/// <summary>A hospital's consent register behind its real routes, on a database and a log of its own, at a time that the test sets.</summary>
internal sealed class ConsentDesk : IAsyncDisposable
{
    public const string Origin = "https://my.hospital.example";
    private readonly string secrets = Directory.CreateTempSubdirectory("desk").FullName;
    private WebApplication? app;

    private ConsentDesk(RunningLog log, Deployed deployed, string origin)
    {
        Log = log;
        Identity = new SiloIdentity("Serra Verde", origin, log.Key, deployed);
    }

    public RunningLog Log { get; }

    public SiloIdentity Identity { get; }

    public SettableClock Clock { get; } = new(new DateTimeOffset(2026, 6, 15, 8, 0, 0, TimeSpan.Zero));

    public ConsentRegister Register => app!.Services.GetRequiredService<ConsentRegister>();

    public HttpClient Http { get; } = new();

    /// <summary>What the chain says of members.</summary>
    public MembersState Members { get; set; } = new([], [], 2, 0);

    public T Part<T>()
        where T : notnull => app!.Services.GetRequiredService<T>();

    /// <param name="origin">Of the hospital's log, where it is not the usual one.</param>
    /// <param name="connectionString">Of an empty PostgreSQL database; null for an SQLite file.</param>
    public static async Task<ConsentDesk> OpenAsync(string? origin = null, string? connectionString = null)
    {
        var log = await RunningLog.StartAsync(connectionString);
        var desk = new ConsentDesk(log, new Deployed("31337", "0x" + new string('a', 40)), origin ?? RunningLog.Origin);
        await log.Database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var officer = OfficerToken.LoadOrCreate(Path.Combine(desk.secrets, "officer.token"));
        builder.Services.AddProblemDetails().AddSingleton(log.Database).AddSingleton(log.Log).AddSingleton(desk.Identity).AddSingleton<TimeProvider>(desk.Clock).AddSingleton(officer);
        builder.Services.AddSingleton(Options.Create(new ConsentOptions { PasskeyOrigins = [Origin] }));
        builder.Services.AddSingleton<ReadMembers>(_ => Task.FromResult(desk.Members)).AddSingleton(new ReceiptWriter(log.Log, desk.Identity.Deployed, log.Key));
        builder.Services.AddSingleton<AskBoardOfSilence>((_, _, _) => Task.FromResult(new SilenceState(false, 0))).AddSingleton(Vault.LoadOrCreate(desk.secrets)).AddSingleton<DatasetStore>().AddSingleton<LoadDataset>().AddSingleton<ResidentDatasets>().AddSingleton<DatasetShelf>();
        builder.Services.AddConsents();
        desk.app = builder.Build();
        desk.app.UseExceptionHandler();
        desk.app.MapConsentEndpoints();
        await desk.app.StartAsync();
        desk.Http.BaseAddress = new Uri(desk.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        desk.Http.DefaultRequestHeaders.Authorization = new("Bearer", officer.Value);
        return desk;
    }

    /// <summary>Enrols a patient with these keys.</summary>
    /// <returns>Her subject.</returns>
    public async Task<string> EnrolAsync(string patient, KeySet keys)
    {
        var enrolled = await PostAsync(SiloRoutes.Enrolments, new EnrolmentRequest([new PatientKey(patient, Keys: Json(keys))]));
        Xunit.Assert.True(enrolled.IsSuccessStatusCode, await enrolled.Content.ReadAsStringAsync());
        return (await enrolled.Content.ReadFromJsonAsync<List<Enrolment>>())!.Single().Subject;
    }

    public Task<string> EnrolAsync(string patient, SigningKey key) => EnrolAsync(patient, KeySet.Of(key.Public.Jwk));

    /// <summary>A permit of everything, beginning now.</summary>
    public Directive Permit(string subject, int sequence) => new(
        Identity.Deployed.ChainId, Identity.Deployed.Contract, Nonce.New(), subject, Identity.Register, sequence, Directive.Permit, [Duo.GeneralResearchUse], ["non-profit"], ["*"], ["statistics"],
        RecordTime.Write(Clock.GetUtcNow()), new ConsentText(Hash32.Of("words"), "en", "1"));

    /// <summary>Signs with the first key, and lets the others sign too.</summary>
    public static SignedRecord Sign<T>(T body, params ReadOnlySpan<SigningKey> keys)
    {
        var record = SignedRecord.Sign(body, keys[0]);
        foreach (var other in keys[1..])
        {
            record = record.CosignedBy(other);
        }

        return record;
    }

    /// <summary>Null when it was recorded, else why not.</summary>
    public async Task<string?> RefusalAsync(SignedRecord directive) => (await OutcomeAsync(directive)).Reason;

    public async Task<DirectiveOutcome> OutcomeAsync(SignedRecord directive)
    {
        var answer = await PostAsync(SiloRoutes.Directives, new DirectiveSubmission([Json(directive)]));
        Xunit.Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<List<DirectiveOutcome>>())!.Single();
    }

    /// <summary>Null when the change was recorded, else why not.</summary>
    public async Task<string?> ChangeAsync(SignedRecord change)
    {
        var answer = await PostAsync(SiloRoutes.KeyChanges, new KeyChangeSubmission(Json(change)));
        return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync();
    }

    public KeyChange Change(string subject, int sequence, KeySet keys) => new(Identity.Deployed.ChainId, Identity.Deployed.Contract, Nonce.New(), subject, Identity.Register, sequence, keys);

    public async Task AddOfficersAsync(params IEnumerable<SigningKey> officers)
    {
        foreach (var officer in officers)
        {
            (await PostAsync(SiloRoutes.ConsentOfficers, new ConsentOfficer(Json(officer.Public.Jwk)))).EnsureSuccessStatusCode();
        }
    }

    public Task<HttpResponseMessage> PostAsync(string route, object body) => Http.PostAsJsonAsync(new Uri(route, UriKind.Relative), body, CanonicalJson.Options);

    public Task<ConsentStanding?> StandingAsync(string subject) => Http.GetFromJsonAsync<ConsentStanding>(new Uri($"{SiloRoutes.Standing}/{subject}", UriKind.Relative));

    /// <summary>Whether a general question of today would count this patient.</summary>
    public async Task<bool> IsInAsync(string patient) => await Register.CatchUpAsync(default) is var state && state.Permits(
        state.Find(patient), new ProposedUse(Identity.Register, Duo.GeneralResearchUse, "non-profit", "BR", "app-1", "statistics", ["laboratory"]), Silos.Ingestion.RecordSpan.Unknown, Clock.GetUtcNow());

    public static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);

    /// <summary>What an authenticator signs for a page of this origin (WebAuthn Level 2, section 6.3.3), made in software.</summary>
    public static SignedRecord Passkey<T>(T body, SigningKey key, string origin = Origin, string host = "my.hospital.example", byte flags = 0x05, string? challenge = null, string more = "\"crossOrigin\":false")
    {
        var json = CanonicalJson.ToJson(body);
        var client = Encoding.UTF8.GetBytes($$"""{"type":"webauthn.get","challenge":"{{challenge ?? CanonicalJson.Hash(json).ToString()}}","origin":"{{origin}}",{{more}}}""");
        byte[] authenticator = [.. Hash32.Of(host).ToArray(), flags, 0, 0, 0, 1];
        var signature = key.Sign([.. authenticator, .. Hash32.Of(client).ToArray()]);
        return new SignedRecord(json, key.Public.Jwk, Base64Text.Encode(signature), Base64Text.Encode(authenticator), Base64Text.Encode(client));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app!.DisposeAsync();
        await Log.DisposeAsync();
        Directory.Delete(secrets, recursive: true);
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
