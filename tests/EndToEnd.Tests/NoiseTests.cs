using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>O10: noise that the operator cannot choose, and an auditor replays.</summary>
public class NoiseTests(RunningStack running) : IClassFixture<RunningStack>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const string Grouped =
        """{"where":[{"attribute":"age","atLeast":18}],"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    /// <summary>Goal: an auditor with the opened seed gets the same answer, and finds another seed, another row, another question and another answer. Method: ask, open the noise as the hospital's officer, run verify on it and on altered copies; the opening itself is an entry.</summary>
    [Fact]
    public async Task An_auditor_replays_the_noise_and_finds_what_was_altered()
    {
        var answer = await running.AskAsync(await running.PermitAsync(), Grouped);
        var seq = answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>();
        var opened = await running.Hospital.OpenNoiseAsync(seq);
        var (code, output) = await VerifyAsync(opened);
        Assert.True(code == 0, output);
        Assert.Contains("ok     replay: the sampler gives the same answer again", output, StringComparison.Ordinal);

        await FailsAsync(opened, json => json["seed"] = Hash32.Random().ToString(), "seed: it is not the one that was committed to");
        await FailsAsync(opened, json => json["rows"]!.AsArray().RemoveAt(0), "replay: the sampler gives another answer");
        await FailsAsync(opened, json => json["floor"] = 1_000_000, "replay: the sampler gives another answer");
        await FailsAsync(opened, json => json["bytes"] = json["bytes"]!.ToString().Replace("count", "Count", StringComparison.Ordinal), "answer: its bytes are not those");
        await FailsAsync(opened, json => json["signed"]!["body"]!["nonce"] = Nonce.New(), "question: the signature does not verify");
        await FailsAsync(opened, json => json["seedCommitted"] = json["answer"]!.DeepClone(), "commitment: entry");
        var seed = JsonNode.Parse(opened)!["seedCommitted"]!["body"]!["entry"]!["subjectHash"]!.ToString();
        Assert.Equal(1, await CountAsync($"SELECT COUNT(*) FROM log_entries WHERE body LIKE '%\"kind\":\"audit-read\"%\"subjectHash\":\"{seed}\"%'"));
    }

    /// <summary>Goal: a cohort by history is asked through the hub, and its noise replays like any other. Method: a question with rules on events;
    /// open its noise and run verify; a row less is found.</summary>
    [Fact]
    public async Task The_noise_of_a_cohort_by_history_replays()
    {
        const string ByHistory = """{"where":[{"attribute":"age","atLeast":18},{"event":"visit"},{"not":{"event":"diagnosis","in":["Z99"]}}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
        var answer = await running.AskAsync(await running.PermitAsync(), ByHistory);
        Assert.True(answer.Ok, answer.Body);
        var opened = await running.Hospital.OpenNoiseAsync(answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>());
        var (code, output) = await VerifyAsync(opened);
        Assert.True(code == 0, output);
        await FailsAsync(opened, json => json["rows"]!.AsArray().RemoveAt(0), "replay: the sampler gives another answer");
    }

    /// <summary>Goal: a redraw after a crash reuses the seed. Method: the silo kills itself after it reserved; started again it finishes the question, and the seed taken before the crash replays the answer.</summary>
    [Fact]
    public async Task A_redraw_after_a_crash_reuses_the_seed()
    {
        var (permit, seed) = await CrashAsync();
        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var answer = await running.AskAsync(permit, Grouped);
        var (code, output) = await VerifyAsync(await running.Hospital.OpenNoiseAsync(answer.Json["first"]!["seq"]!.GetValue<long>()));
        Assert.True(code == 0, output);
        Assert.Equal(seed, await ReadAsync("SELECT seed FROM queries WHERE permit = @permit", permit));
    }

    /// <summary>Goal: a seed that is retired without use is an entry. Method: the silo kills itself after it reserved; its dataset is altered meanwhile, so that the question fails when it starts again.</summary>
    [Fact]
    public async Task A_seed_retired_without_use_is_an_entry()
    {
        var (_, seed) = await CrashAsync();
        await using var database = Open();
        var (patient, body) = await database.QueryFirstAsync<(string, byte[])>("SELECT patient, body FROM records ORDER BY patient LIMIT 1");
        await database.ExecuteAsync("UPDATE records SET body = @record WHERE patient = @patient", new { record = body[..^1], patient });
        await running.Stack.StartSiloAsync(1);
        await Until.TrueAsync("the retired seed's entry", Patience, async () => await CountAsync($"SELECT COUNT(*) FROM log_entries WHERE body LIKE '%\"kind\":\"void\"%\"subjectHash\":\"{seed}\"%'") > 0);
        await database.ExecuteAsync("UPDATE records SET body = @body WHERE patient = @patient", new { body, patient });
        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
    }

    /// <summary>Goal: a refusal's commitment can be opened by the hospital to those entitled. Method: a refused question; its entry's receipt opens the refusal's code, and verifies.</summary>
    [Fact]
    public async Task A_refusals_commitment_can_be_opened()
    {
        var refused = await running.AskAsync(await running.PermitAsync("1000"), Grouped);
        Assert.Equal(RefusalCode.OverPermitCap, refused.Code);
        var seq = await CountAsync("SELECT MAX(seq) FROM refusals");
        var receipt = await Until.ReadAsync("the refusal to be final", Patience, async () =>
        {
            try
            {
                return await running.Hospital.OpenEntryAsync(seq);
            }
            catch (HttpRequestException notYetFinal) when (notYetFinal.StatusCode is not null)
            {
                return null;
            }
        }, opened => opened is not null);
        Assert.Equal(Hash32.Of(RefusalCode.OverPermitCap).ToString(), JsonNode.Parse(receipt!)!["body"]!["opened"]!["subjectHash"]!["content"]!.ToString());
        var (code, output) = await VerifyAsync(receipt!, "receipt");
        Assert.True(code == 0, output);
    }

    /// <returns>The permit, and the seed that was taken before the crash.</returns>
    private async Task<(string Permit, string Seed)> CrashAsync()
    {
        var permit = await running.PermitAsync();
        await running.Stack.StartSiloAsync(1, ("Steps:Kill", "reserved"));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        Assert.False((await running.AskAsync(permit, Grouped)).Ok);
        using var cancel = new CancellationTokenSource(Patience);
        await running.Stack.Silos[1].EndedAsync(cancel.Token);
        return (permit, (await ReadAsync("SELECT seed FROM queries WHERE permit = @permit AND state = 'reserved'", permit))!);
    }

    private async Task FailsAsync(string opened, Action<JsonNode> alter, string reason)
    {
        var json = JsonNode.Parse(opened)!;
        alter(json);
        var (code, output) = await VerifyAsync(json.ToJsonString());
        Assert.True(code == 1 && output.Contains(reason, StringComparison.Ordinal) && !output.Contains("   at ", StringComparison.Ordinal), $"{reason}\n{output}");
    }

    private async Task<(int Code, string Output)> VerifyAsync(string text, string command = "noise")
    {
        var file = running.Options.In("noise.json");
        await File.WriteAllTextAsync(file, text);
        return await Programs.VerifyAsync(command, file, "--rpc", running.Stack.ChainUrl.ToString());
    }

    private SqliteConnection Open() => new($"Data Source={running.Options.In("silo-1", "silo.db")}");

    private async Task<string?> ReadAsync(string sql, string permit)
    {
        await using var database = Open();
        return await database.ExecuteScalarAsync<string>(sql, new { permit });
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var database = Open();
        return await database.ExecuteScalarAsync<long>(sql);
    }
}
