using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What happens when the power goes, the chain goes, or somebody with rights over a database reaches in.</summary>
public class FaultTests(RunningStack running) : CrashTests(running), IClassFixture<RunningStack>
{
    private readonly RunningStack running = running;

    /// <summary>Goal: a permit that is revoked while a question waits between reserve and append gets no answer; the denial is entered and the log goes on. Method: hold the question, revoke, release.</summary>
    [Fact]
    public async Task A_permit_revoked_between_reserve_and_append_gets_no_answer()
    {
        var (revoked, other) = (await running.PermitAsync(), await running.PermitAsync());
        var release = running.Options.In("release");
        await running.Stack.StartSiloAsync(1, ("Steps:Hold", "reserved"), ("Steps:Release", release));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var asking = running.AskAsync(revoked);
        await Until.TrueAsync("the question to be held", Patience, () => Task.FromResult(File.Exists(release + ".reached")));
        await RevokeAsync(revoked);
        await File.WriteAllTextAsync(release, "");
        var refused = await asking;

        Assert.Equal(RefusalCode.ChargeRefused, refused.Code);
        Assert.Equal(0UL, await running.SpentAsync(revoked));
        Assert.Equal(1, await CountAsync("SELECT COUNT(*) FROM refusals WHERE permit = @permit AND code = 'charge-refused'", revoked));
        Assert.Equal(0, await CountAsync("SELECT COUNT(*) FROM queries WHERE permit = @permit AND sealed_answer IS NOT NULL", revoked));
        Assert.True((await running.AskAsync(other)).Ok);
        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
    }

    /// <summary>
    /// Goal: a long job stops when the board suspends or revokes its permit, nothing leaves, and it is on record (E5). Method: a cohort file's job is held at the silo before it is computed; one member suspends, or two revoke; the hub's job ends
    /// and says why, its file is not to be had, and the silo, which goes on and is then started anew, refuses and enters the denial; no file is kept, none was used up, and the hub's log has the board's act.
    /// </summary>
    [Theory]
    [InlineData("suspended")]
    [InlineData("revoked")]
    public async Task A_long_job_stops_when_the_board_stops_its_permit(string act)
    {
        var permit = await running.PermitAsync();
        var release = running.Options.In("release-" + act);
        await running.Stack.StartSiloAsync(1, ("Steps:Hold", "reserved"), ("Steps:Release", release));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var asking = running.Researcher.AskFileAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, "age");
        await Until.TrueAsync("the job to be held", Patience, () => Task.FromResult(File.Exists(release + ".reached")));
        if (act == "suspended")
        {
            using var member = await BoardMember.SignInAsync(running.Stack, 1);
            Assert.Equal("suspended", (await member.SuspendAsync(permit)).State);
        }
        else
        {
            await RevokeAsync(permit);
        }

        var stopped = await Assert.ThrowsAsync<StoryException>(() => asking);
        await File.WriteAllTextAsync(release, "");
        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
        await Until.TrueAsync("the silo's refusal", Patience, async () => await CountAsync("SELECT COUNT(*) FROM refusals WHERE permit = @permit AND code = 'charge-refused'", permit) == 1);

        Assert.Contains("cancelled", stopped.Message, StringComparison.Ordinal);
        var job = (await running.Researcher.Hub.GetAsync<IReadOnlyList<Research.Api.Protocol.ExtractJob>>(Research.Api.Protocol.HubRoutes.Extracts)).Single(one => one.Permit == permit);
        await Assert.ThrowsAsync<StoryException>(() => running.Researcher.DownloadAsync(job.Id));
        Assert.Equal(0, await CountAsync("SELECT COUNT(*) FROM extracts e JOIN queries q ON q.id = e.id WHERE q.permit = @permit AND e.state <> 'rejected'", permit));
        Assert.Equal(0, await CountAsync("SELECT COUNT(*) FROM queries WHERE permit = @permit AND sealed_answer IS NOT NULL", permit));
        await using var hub = new SqliteConnection($"Data Source={running.Options.In("hub", "hub.db")}");
        Assert.Equal(1, await hub.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM log_subjects WHERE application = @Application AND permit = @permit AND kind = @kind", new { job.Application, permit, kind = "permit-" + act }));
    }

    /// <summary>Goal: a record that was changed in the store never reaches an answer, and raises a tamper entry (C5). Method: with database rights, change one patient's record; start the silo anew; put it back.</summary>
    [Fact]
    public async Task A_record_changed_in_the_store_closes_the_dataset()
    {
        var permit = await running.PermitAsync();
        var preview = await running.Researcher.PreviewAsync(running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count);
        var signed = running.Researcher.Sign(permit, running.Dataset.Silo, running.Dataset.Dataset, preview.GetProperty("canonical").GetString()!);
        await using var database = new SqliteConnection($"Data Source={running.Options.In("silo-1", "silo.db")}");
        var (patient, body) = await database.QueryFirstAsync<(string, byte[])>("SELECT patient, body FROM records ORDER BY patient LIMIT 1");
        var changed = body.ToArray();
        changed[^3] ^= 1;
        await ReplaceAsync(changed);
        try
        {
            var refused = await running.Researcher.AskAsync(signed, RunningStack.Count);
            Assert.Equal(RefusalCode.Tampered, refused.Code);
            Assert.Equal(1, await CountAsync("SELECT COUNT(*) FROM log_entries WHERE body LIKE '%\"kind\":\"tamper\"%'", ""));
        }
        finally
        {
            await ReplaceAsync(body);
        }

        Assert.True((await running.AskAsync(permit)).Ok);

        async Task ReplaceAsync(byte[] record)
        {
            await database.ExecuteAsync("UPDATE records SET body = @record WHERE patient = @patient", new { record, patient });
            await running.Stack.StartSiloAsync(1);
            await running.Stack.Silos[1].ReadyAsync(Patience);
        }
    }

    private async Task RevokeAsync(string permit)
    {
        foreach (var number in new[] { 1, 2 })
        {
            using var member = await BoardMember.SignInAsync(running.Stack, number);
            await member.RevokeAsync(permit);
        }
    }

    private async Task<long> CountAsync(string sql, string permit)
    {
        await using var database = new SqliteConnection($"Data Source={running.Options.In("silo-1", "silo.db")}");
        return await database.ExecuteScalarAsync<long>(sql, new { permit });
    }
}
