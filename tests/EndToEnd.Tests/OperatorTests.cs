using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>O7: an operator with every right over a database who deletes, edits or back-dates is found out by anybody.</summary>
public class OperatorTests(RunningStack running) : IClassFixture<RunningStack>
{
    /// <summary>Goal: what an operator deletes, edits or back-dates in a log's table is found by anybody with the export, which names the entry. Method: with database rights over hub and silo, each change to an entry of the middle; export and verify; put it back, and verify that all is well.</summary>
    [Theory]
    [InlineData("silo-1/silo.db", "deleted")]
    [InlineData("silo-1/silo.db", "edited")]
    [InlineData("silo-1/silo.db", "back-dated")]
    [InlineData("hub/hub.db", "deleted")]
    [InlineData("hub/hub.db", "edited")]
    [InlineData("hub/hub.db", "back-dated")]
    public async Task A_changed_log_is_found_by_anybody(string file, string change)
    {
        Assert.True((await running.AskAsync(await running.PermitAsync())).Ok);
        await using var database = new SqliteConnection($"Data Source={running.Options.In(file.Split('/'))}");
        const string middle = "SELECT seq, body FROM log_entries WHERE seq = (SELECT MAX(size) FROM log_checkpoints WHERE transaction_hash IS NOT NULL) - 2";
        var (seq, body) = await database.QuerySingleAsync<(long, string)>(middle);
        var entry = JsonNode.Parse(body)!.AsObject();
        switch (change)
        {
            case "deleted":
                await database.ExecuteAsync("DELETE FROM log_entries WHERE seq = @seq", new { seq });
                break;
            case "edited":
                entry["actor"] = Hash32.Random().ToString();
                await ReplaceAsync(CanonicalJson.Bytes(entry));
                break;
            default:
                entry["time"] = RecordTime.Write(RecordTime.Read(entry["time"]!.ToString())!.Value.AddDays(-1));
                await ReplaceAsync(CanonicalJson.Bytes(entry));
                break;
        }

        var (code, output) = await ExportAsync();
        await database.ExecuteAsync("INSERT INTO log_entries (seq, body) VALUES (@seq, @body) ON CONFLICT (seq) DO UPDATE SET body = excluded.body", new { seq, body });
        Assert.Equal(1, code);
        Assert.Contains(change == "deleted" ? FormattableString.Invariant($"stands where entry {seq} must stand") : "does not commit to the entries up to entry", output, StringComparison.Ordinal);
        (code, output) = await ExportAsync();
        Assert.True(code == 0, output);

        Task ReplaceAsync(byte[] changed) => database.ExecuteAsync("UPDATE log_entries SET body = @text WHERE seq = @seq", new { text = System.Text.Encoding.UTF8.GetString(changed), seq });
    }

    /// <summary>Goal: the hub cannot hide a hospital's line from the board. Method: with rights over the hub's database, delete a copied line and alter another; the review names the gap, and the altered line's proof is the hospital's own.</summary>
    [Fact]
    public async Task The_hub_cannot_hide_a_hospitals_line_from_the_board()
    {
        Assert.True((await running.AskAsync(await running.PermitAsync())).Ok);
        using var auditor = await HubClient.SignInAsync(running.Stack, "auditor");
        var log = running.Hospital.Register.ToString();
        await auditor.GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?log={log}");
        await using var database = new SqliteConnection($"Data Source={running.Options.In("hub", "hub.db")}");
        await database.ExecuteAsync("DELETE FROM followed_entries WHERE log = @log AND seq = 3", new { log });
        await database.ExecuteAsync("UPDATE followed_entries SET kind = 'vote' WHERE log = @log AND seq = 4", new { log });

        var page = await auditor.GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?log={log}");
        var proven = await auditor.GetAsync<ProvenEntry>($"{HubRoutes.AuditProof}/{log}/4");
        Assert.Contains(page.Gaps, gap => gap.From <= 3 && gap.To >= 3);
        Assert.NotEqual("vote", proven.Entry.GetProperty("kind").GetString());
    }

    private async Task<(int Code, string Output)> ExportAsync()
    {
        var export = running.Options.In("operator.zip");
        using var anybody = new HubClient(running.Stack.HubUrl);
        await anybody.DownloadAsync(HubRoutes.LedgerExport, export);
        return await Programs.VerifyAsync("history", export);
    }
}
