using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What happens when the power goes, the chain goes, or somebody with rights over a database reaches in.</summary>
public class FaultTests(RunningStack running) : IClassFixture<RunningStack>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Goal: nothing is answered while the chain is down, and the question is charged once when it is back. Method: stop anvil, ask, start it, ask.</summary>
    [Fact]
    public async Task With_the_chain_stopped_nothing_is_answered_and_with_it_back_the_question_is_charged_once()
    {
        var permit = await running.PermitAsync();
        await running.Stack.StopChainAsync();
        var refused = await running.AskAsync(permit);
        await running.Stack.RestartChainAsync();
        var answered = await running.AskAsync(permit);

        Assert.Equal(RefusalCode.LedgerUnavailable, refused.Code);
        Assert.True(answered.Ok, answered.Body);
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }

    /// <summary>Goal: a crash between reservation and answer leaves the charge standing, no answer without an entry, and the question answerable. Method: the silo kills itself at each named step; start it again and ask the same.</summary>
    [Theory]
    [InlineData("reserved")]
    [InlineData("computed")]
    [InlineData("logged")]
    public async Task A_killed_silo_keeps_the_charge_and_answers_when_asked_again(string step)
    {
        var permit = await running.PermitAsync();
        await running.Stack.StartSiloAsync(1, ("Steps:Kill", step));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var lost = await running.AskAsync(permit);
        Assert.False(lost.Ok);
        using var cancel = new CancellationTokenSource(Patience);
        await running.Stack.Silos[1].EndedAsync(cancel.Token);

        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var again = await running.AskAsync(permit);

        Assert.True(again.Ok, again.Body);
        Assert.Equal("redelivery", again.Json["receipt"]!["body"]!["entry"]!["kind"]!.GetValue<string>());
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }

    /// <summary>Goal: a permit that is revoked while a question waits between reserve and append gets no answer; the denial is entered and the log goes on. Method: hold the question, revoke, release.</summary>
    [Fact]
    public async Task A_permit_revoked_between_reserve_and_append_gets_no_answer()
    {
        var (revoked, other) = (await running.PermitAsync(), await running.PermitAsync());
        var release = running.Options.In("release");
        await running.Stack.StartSiloAsync(1, ("Steps:Hold", "reserved"), ("Steps:Release", release));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var asking = running.AskAsync(revoked);
        await ExistsAsync(release + ".reached");
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

    /// <summary>Goal: two questions that race for the last of a cap do not both get it. Method: a cap for one and a half; ask two at once.</summary>
    [Fact]
    public async Task Two_questions_racing_for_the_last_of_a_cap_do_not_both_get_it()
    {
        var permit = await running.PermitAsync("10000000");
        var answers = await Task.WhenAll(running.AskAsync(permit, fresh: true), running.AskAsync(permit, fresh: true));

        Assert.Single(answers, answer => answer.Ok);
        Assert.Contains(answers, answer => answer.Code == RefusalCode.OverPermitCap);
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
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

    private static async Task ExistsAsync(string file)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(file))
        {
            Assert.True(watch.Elapsed < Patience, $"{file} did not appear");
            await Task.Delay(20);
        }
    }

    private async Task<long> CountAsync(string sql, string permit)
    {
        await using var database = new SqliteConnection($"Data Source={running.Options.In("silo-1", "silo.db")}");
        return await database.ExecuteScalarAsync<long>(sql, new { permit });
    }
}
