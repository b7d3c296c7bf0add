using System.Net.Http.Json;
using System.Text;
using Silos.Consents;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Samples;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>A dataset whose hospital's policy says <c>silence: permit</c>: a statutory opt-out regime, once the board's quorum says so too.</summary>
public sealed class OptOutSilo : PermittedSilo
{
    public static string Definition { get; } = Encoding.UTF8.GetString(SampleDefinitions.Minas).Replace("\"silence\": \"deny\"", "\"silence\": \"permit\"", StringComparison.Ordinal);

    protected override async Task<IReadOnlyList<(string Key, string? Value)>> SettingsAsync(string folder)
    {
        var file = Path.Combine(folder, "opt-out.dataset.json");
        await File.WriteAllTextAsync(file, Definition);
        return [("Datasets:Definition", file)];
    }
}

/// <summary>What silence means is the board's to say, on the chain, and the silo's to obey.</summary>
public sealed class SilenceTests(OptOutSilo silo) : IClassFixture<OptOutSilo>
{
    /// <summary>
    /// Goal: silence is no until the quorum's signed votes say otherwise, and again once they take it back; the silo enters what it found before it obeys, and the patient is told. Method: a hospital whose policy lets silence permit; of 300
    /// patients 285 say no and 15 never decide. A count under no vote, under one vote, under the quorum's, and after it is taken back; a silent patient's page, her uses, and a denier's. The noise has a standard deviation of 8.7, so that 15 cannot be told by
    /// an answer: the cohort is read from the hospital's own opening of the noise.
    /// </summary>
    [Fact]
    public async Task Silence_permits_only_while_the_quorum_says_so()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var silent = hospital.Patients.First(one => one.Value.Sequence == 0).Value;
        var permitting = hospital.Patients.Where(one => one.Value.Sequence > 0).Select(one => one.Key).ToList();
        foreach (var some in permitting.Chunk(100))
        {
            await hospital.DecideAsync(some, Directive.Deny, TimeProvider.System.GetUtcNow());
        }

        var silentOnes = hospital.Patients.Count - permitting.Count;
        Assert.InRange(silentOnes, 10, 20);
        var dataset = Hash32.Of(PermittedSilo.Dataset);

        Assert.Equal(0, await CohortAsync(hospital));
        Assert.Empty((await StandingAsync(silent.Subject)).SilencePermits!);

        var subject = Subjects.SetSilence(silo.Register, dataset, true, 0);
        var deployed = silo.Stack.Deployment.Deployed;
        var member = silo.Stack.Founders.Board[0];
        await silo.Chain.CastVoteAsync(SignedRecord.Sign(new Vote(deployed.ChainId, deployed.Contract, Nonce.ForVote(), member.Id, "approve", subject), member));
        Assert.Equal("PermitsNotApproved", (await silo.Chain.SetSilenceAsync(silo.Register, dataset, true)).Refusal?.Error);
        Assert.Equal(0, await CohortAsync(hospital));

        await silo.VoteAsync(subject);
        Assert.True((await silo.Chain.SetSilenceAsync(silo.Register, dataset, true)).Done);
        Assert.Equal(silentOnes, await CohortAsync(hospital));
        Assert.Equal(["Chronic care in Minas Gerais"], (await StandingAsync(silent.Subject)).SilencePermits!);
        var use = (await UsesAsync(silent.Subject)).First(one => one.Kind == "statistics");
        Assert.Equal(("silence", true), (use.Decided, use.CannotBeRecalled));
        var denied = (await UsesAsync(hospital.Patients[permitting[0]].Subject)).First(one => one.Kind == "statistics");
        Assert.Equal((Directive.Deny, false), (denied.Decided, denied.CannotBeRecalled));
        Assert.Equal("none", (await UsesAsync(silent.Subject)).Last(one => one.Kind == "statistics").Decided);

        await silo.VoteAsync(Subjects.SetSilence(silo.Register, dataset, false, 1));
        Assert.True((await silo.Chain.SetSilenceAsync(silo.Register, dataset, false)).Done);
        Assert.Equal(0, await CohortAsync(hospital));
        Assert.Empty((await StandingAsync(silent.Subject)).SilencePermits!);
        Assert.Equal(2, await ChangesAsync());
    }

    /// <summary>Goal: a chain that does not answer is a no. Method: a policy that lets silence permit, and a node at an address where none is.</summary>
    [Fact]
    public async Task Unreadable_is_no()
    {
        using var http = new HttpClient();
        using var nobody = new ChainClient(new JsonRpc(http, new Uri("http://127.0.0.1:9")), silo.Stack.Deployment);
        var silence = new ReadSilence(null!, nobody.ReadSilenceAsync, null!, new SiloIdentity("", "", silo.Researcher, silo.Stack.Deployment.Deployed));
        Assert.False(await silence.PermitsAsync(SampleDefinitions.Read(Encoding.UTF8.GetBytes(OptOutSilo.Definition)), TestContext.Current.CancellationToken));
    }

    /// <returns>How many rows the newest answer counted, as the hospital opens it to its auditor.</returns>
    private async Task<int> CohortAsync(Hospital hospital)
    {
        var answer = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        Assert.True(answer.Ok, answer.Body);
        var seq = answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>();
        var opened = System.Text.Json.Nodes.JsonNode.Parse(await hospital.OpenNoiseAsync(seq))!;
        return opened["rows"]!.AsArray().Count;
    }

    private async Task<ConsentStanding> StandingAsync(string subject) =>
        (await silo.Http.GetFromJsonAsync<ConsentStanding>(new Uri($"{SiloRoutes.Standing}/{subject}", UriKind.Relative)))!;

    private async Task<IReadOnlyList<PatientUse>> UsesAsync(string subject) =>
        (await silo.Http.GetFromJsonAsync<PatientUses>(new Uri($"{SiloRoutes.PatientUses}/{subject}", UriKind.Relative)))!.Uses;

    /// <summary>How many entries of the silo's log say that a policy changed.</summary>
    private async Task<int> ChangesAsync()
    {
        await using var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={silo.Stack.Options.In("silo-1", "silo.db")}");
        return await Dapper.SqlMapper.ExecuteScalarAsync<int>(database, "SELECT COUNT(*) FROM log_entries WHERE body LIKE '%\"kind\":\"policy-changed\"%'");
    }
}
