using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Protocol;
using Story;
using Xunit;

namespace Silos.Tests.Resident;

/// <summary>A dataset that stays in the hospital's PostgreSQL, asked of a running silo.</summary>
public sealed class ResidentSiloTests(ResidentSilo running) : IClassFixture<ResidentSilo>
{
    private readonly ResidentSilo silo = running.Required();

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const string Grouped =
        """{"where":[{"attribute":"age","atLeast":18}],"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    // A question of this test's own: the other's answer would be delivered again, and has another entry.
    private const string Adults = """{"where":[{"attribute":"age","atLeast":21}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    /// <summary>Goal: a resident dataset is answered like any other, under consent, and an auditor replays it in memory. Method: ask; the entry says how old the
    /// table's verification was; open the noise and run verify on it; a row less is found.</summary>
    [Fact]
    public async Task A_resident_dataset_is_answered_and_its_noise_replays_in_memory()
    {
        var answer = await AnsweredAsync(await CanonicalAsync(Adults), Adults);
        var entry = JsonNode.Parse(answer.Body)!["receipt"]!["body"]!["entry"]!;
        Assert.InRange(entry["datasetAge"]!.GetValue<long>(), 0, 4);
        using var hospital = new Hospital(silo.Stack, 1);
        var opened = await hospital.OpenNoiseAsync(entry["seq"]!.GetValue<long>());
        Assert.InRange(JsonNode.Parse(opened)!["rows"]!.AsArray().Count, 250, 299);
        Assert.Equal((0, true), await VerifyAsync(opened));
        var altered = JsonNode.Parse(opened)!;
        altered["rows"]!.AsArray().RemoveAt(0);
        Assert.Equal((1, false), await VerifyAsync(altered.ToJsonString()));
    }

    /// <summary>Goal: a row changed in the hospital's table never reaches an answer, and a verification that does not come closes the dataset too. Method: change a
    /// row: refused, with a tamper entry; put it back: answered. Lock the table so that no digest comes: refused as not ready, until the lock is gone.</summary>
    [Fact]
    public async Task A_changed_row_closes_the_dataset_and_so_does_an_old_verification()
    {
        var canonical = await CanonicalAsync();
        await AnsweredAsync(canonical);
        await ExecuteAsync("UPDATE patients SET age = age + 1 WHERE record = 5");
        await RefusedAsync(canonical, RefusalCode.Tampered);
        Assert.Equal(1, await EntriesAsync("tamper"));
        await ExecuteAsync("UPDATE patients SET age = age - 1 WHERE record = 5");
        await AnsweredAsync(canonical);

        await using var locking = await silo.Table.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var begin = locking.CreateCommand())
        {
            begin.CommandText = "BEGIN; LOCK TABLE patients";
            await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await RefusedAsync(canonical, RefusalCode.NotReady);
        await locking.CloseAsync();
        await AnsweredAsync(canonical);
    }

    private Task<Answered> AnsweredAsync(string canonical, string question = Grouped) => Until.ReadAsync("an answer", Patience, () => silo.AskAsync(silo.SignCanonical(canonical), question), answer => answer.Ok);

    private Task RefusedAsync(string canonical, string code) =>
        Until.ReadAsync(code, Patience, () => silo.AskAsync(silo.SignCanonical(canonical), Grouped), answer => answer.Body.Contains($"\"{code}\"", StringComparison.Ordinal));

    private async Task<string> CanonicalAsync(string question = Grouped)
    {
        var description = await Until.ReadAsync("the dataset", Patience, () => silo.Http.GetFromJsonAsync<IReadOnlyList<DatasetDescription>>(new Uri(SiloRoutes.Datasets, UriKind.Relative))!, all => all!.Any(one => one.Name == silo.Asked));
        var schema = Schema.Parse(description!.Single(one => one.Name == silo.Asked).Schema);
        return Encoding.UTF8.GetString(Query.Parse(JsonDocument.Parse(question).RootElement, schema).Canonical());
    }

    private async Task<(int Code, bool Replays)> VerifyAsync(string opened)
    {
        var file = Path.Combine(silo.Stack.Options.State, "noise.json");
        await File.WriteAllTextAsync(file, opened);
        var (code, output) = await Programs.VerifyAsync("noise", file, "--rpc", silo.Stack.ChainUrl.ToString());
        return (code, output.Contains("ok     replay: the sampler gives the same answer again", StringComparison.Ordinal));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = silo.Table.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> EntriesAsync(string kind)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(silo.Stack.Options.State, "silo-1", "silo.db")};Mode=ReadOnly");
        return await database.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM log_entries WHERE body LIKE '%\"kind\":\"{kind}\"%'");
    }
}
