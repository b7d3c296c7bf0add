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
