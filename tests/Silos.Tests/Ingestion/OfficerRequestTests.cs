using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Samples;
using Silos.Tests.Consents;
using Story;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>What officers ask of their silo through a hub that they need not trust.</summary>
public sealed class OfficerRequestTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 8, 0, 0, TimeSpan.Zero);
    private readonly SigningKey officer = SigningKey.Create();
    private readonly SettableClock clock = new(Now);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("officer-");
    private LoadingSilo? silo;
    private AnswerOfficer? answer;

    public async ValueTask InitializeAsync()
    {
        silo = await LoadingSilo.StartAsync();
        var options = Options.Create(new ConsentOptions { PasskeyOrigins = [ConsentDesk.Origin] });
        var register = new ConsentRegister(silo.Log.Database, silo.Identity, options, clock);
        await register.AddOfficerAsync(officer.Public, default);
        var start = new StartLoad(silo.Jobs, silo.Store, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), NullLogger<StartLoad>.Instance);
        answer = new AnswerOfficer(start, silo.Jobs, silo.Store, register, new CallerNonces(silo.Log.Database, clock), silo.Identity, options, clock);
        SampleGenerator.Write(new SampleOptions(40, 3, new DateOnly(2025, 12, 31)), folder.FullName);
        await File.WriteAllTextAsync(Definition, Encoding.UTF8.GetString(SampleDefinitions.Minas));
    }

    private string Definition => Path.Combine(folder.FullName, "own.dataset.json");

    public async ValueTask DisposeAsync()
    {
        await silo!.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>Goal: an officer's signature begins a load, and its report comes to that officer and nobody else. Method: load; wait; ask; the sealed answer opens with the signing key, another time with the key that was named, and holds what the store has; it does not hold the count in the clear.</summary>
    [Fact]
    public async Task An_officer_loads_and_reads_the_report_sealed()
    {
        Assert.Null((await AskAsync(Load())).Answer!.Sealed);
        var job = await Until.ReadAsync("the load", TimeSpan.FromMinutes(2), () => Task.FromResult(silo!.Jobs.All.SingleOrDefault()), now => now?.State is "published" or "failed");
        Assert.Equal("published", job!.State);
        Assert.Equal(new LoadStanding(job.Id, "chronic-care", "published", 100, 1, job.Begun), Assert.Single(silo!.Jobs.Standings));

        var view = Open((await AskAsync(Quality())).Answer!, officer);
        Assert.Equal(("chronic-care", 1L, 40), (view.Dataset, view.Version, view.Report!.Value.GetProperty("patients").GetInt32()));
        Assert.Equal(folder.FullName, Assert.Single(view.Loads).Folder);
        using var page = SigningKey.Create();
        var other = (await AskAsync(Quality() with { SealTo = page.Public.Jwk })).Answer!;
        Assert.Equal(40, Open(other, page).Report!.Value.GetProperty("patients").GetInt32());
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => SealedFile.Open(other.Sealed!, officer));
    }

    /// <summary>Goal: nobody but an officer, for this hospital, now and once, gets anything. Method: each other request is refused with its reason, and begins no load.</summary>
    [Fact]
    public async Task Everybody_else_is_refused()
    {
        using var stranger = SigningKey.Create();
        var before = RecordTime.Write(Now.AddMinutes(-6));
        (OfficerRequest Request, SigningKey Key, string Reason)[] refused =
        [
            (Load(), stranger, "key: is no registered officer's"),
            (Quality(), stranger, "key: is no registered officer's"),
            (Load() with { Silo = Hash32.Of("another") }, officer, "silo: "),
            (Load() with { ChainId = "1" }, officer, "chainId"),
            (Load() with { Time = before }, officer, "time: "),
            (Load() with { Nonce = "" }, officer, "nonce: "),
            (Load() with { Ask = "erase" }, officer, "ask: "),
            (Load() with { Folder = "/nowhere-at-all" }, officer, "folder: "),
            (Load() with { Definition = "/nowhere-at-all" }, officer, "definition: "),
            (Load() with { ReferenceDate = "yesterday" }, officer, "referenceDate: "),
            (Quality() with { SealTo = officer.Public.Jwk with { X = "AA" } }, officer, "sealTo."),
            (Quality() with { Dataset = "not-here" }, officer, "dataset: "),
        ];
        foreach (var (request, key, reason) in refused)
        {
            var (done, why) = await answer!.RunAsync(SignedRecord.Sign(request, key), default);
            Assert.Null(done);
            Assert.StartsWith(reason, why!.Detail, StringComparison.Ordinal);
        }

        Assert.Empty(silo!.Jobs.All);
    }

    /// <summary>Goal: a hub cannot use a signature twice, nor change what was signed; a passkey, which opens nothing, must name a key. Method: send a request again, altered, and by passkey without and with a key.</summary>
    [Fact]
    public async Task A_request_counts_once_and_as_it_was_signed()
    {
        var signed = SignedRecord.Sign(Quality() with { Dataset = "not-here" }, officer);
        Assert.Equal(RefusalCode.UnknownDataset, (await answer!.RunAsync(signed, default)).Refused!.Code);
        Assert.Equal(RefusalCode.ReplayedNonce, (await answer.RunAsync(signed, default)).Refused!.Code);
        signed.Body["folder"] = "/etc";
        Assert.Contains("does not verify", (await answer.RunAsync(signed, default)).Refused!.Detail, StringComparison.Ordinal);

        Assert.StartsWith("sealTo: is missing", (await answer.RunAsync(ConsentDesk.Passkey(Quality(), officer), default)).Refused!.Detail, StringComparison.Ordinal);
        using var page = SigningKey.Create();
        Assert.Equal(RefusalCode.UnknownDataset, (await answer.RunAsync(ConsentDesk.Passkey(Quality() with { SealTo = page.Public.Jwk }, officer), default)).Refused!.Code);
    }

    private OfficerRequest Load() => Quality() with { Ask = OfficerRequest.Load, Dataset = null, Folder = folder.FullName, Definition = Definition, ReferenceDate = "2025-12-31" };

    private OfficerRequest Quality() => new(
        silo!.Identity.Deployed.ChainId, silo.Identity.Deployed.Contract, Nonce.New(), silo.Identity.Register, OfficerRequest.Quality, RecordTime.Write(Now), "chronic-care");

    private async Task<(OfficerAnswer? Answer, string? Reason)> AskAsync(OfficerRequest request)
    {
        var (done, refused) = await answer!.RunAsync(SignedRecord.Sign(request, officer), default);
        Assert.True(refused is null, refused?.Detail);
        return (done, null);
    }

    private static QualityView Open(OfficerAnswer answer, SigningKey key)
    {
        Assert.DoesNotContain("patients", answer.Sealed!, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<QualityView>(SealedFile.Open(answer.Sealed!, key), JsonSerializerOptions.Web)!;
    }
}
