using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The main job as people do it, told end to end.</summary>
public class MainJobTests(RunningStack running) : IClassFixture<RunningStack>
{
    /// <summary>Goal: apply, vote, permit, ask and verify hold together through the public API. Method: the demo, whose every step throws when it does not hold.</summary>
    [Fact]
    public async Task A_researcher_applies_the_board_votes_and_the_answer_verifies()
    {
        var lines = new List<string>();
        await new Demo(running.Stack, TimeProvider.System, lines.Add).RunAsync();

        Assert.Contains(lines, line => line.Contains("verify:", StringComparison.Ordinal) && line.Contains("charge", StringComparison.Ordinal));
    }

    /// <summary>Goal: an opt-out counts from the next fresh question on, and the same question still gives the stored bytes. Method: a population of which most opt out, asked before and after.</summary>
    [Fact]
    public async Task An_opt_out_counts_from_the_next_fresh_question_on()
    {
        var permit = await running.PermitAsync();
        var before = await running.AskAsync(permit, fresh: true);
        var leaving = running.Hospital.Patients.Where(patient => patient.Value.Sequence > 0).Select(patient => patient.Key).Take(300).ToList();
        foreach (var some in leaving.Chunk(100))
        {
            await running.Hospital.DecideAsync(some, Directive.Deny, TimeProvider.System.GetUtcNow());
        }

        var stored = await running.AskAsync(permit);
        var after = await running.AskAsync(permit, fresh: true);
        foreach (var some in leaving.Chunk(100))
        {
            await running.Hospital.DecideAsync(some, Directive.Permit, TimeProvider.System.GetUtcNow());
        }

        Assert.Equal(before.Released, stored.Released);

        // The noise has a standard deviation below 10, so a difference under 100 of 300 who left has a probability below 1e-12.
        Assert.True(CountOf(before) - CountOf(after) > 100, before.Body + after.Body);
        Assert.NotEqual(ConsentRoot(before), ConsentRoot(after));
    }

    /// <summary>Goal: a changed byte of an answer or a receipt is found by a stranger. Method: change the count, then the entry's salt, and run verify.</summary>
    [Fact]
    public async Task A_changed_answer_or_receipt_does_not_verify()
    {
        var answer = await running.AskAsync(await running.PermitAsync());
        Assert.Equal(0, (await VerifyAsync(answer.Body)).Code);

        var value = answer.Json["groups"]![0]!["count"]!["value"]!.ToJsonString();
        var (code, output) = await VerifyAsync(answer.Body.Replace($"\"value\":{value}", "\"value\":1", StringComparison.Ordinal));
        Assert.Equal(1, code);
        Assert.Contains("answer", output, StringComparison.Ordinal);

        var json = answer.Json;
        json["receipt"]!["body"]!["entry"]!["salt"] = Hash32.Random().ToString();
        Assert.Equal(1, (await VerifyAsync(json.ToJsonString())).Code);
    }

    private async Task<(int Code, string Output)> VerifyAsync(string answer)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, answer);
        var result = await Programs.VerifyAsync("receipt", file, "--rpc", running.Stack.ChainUrl.ToString());
        File.Delete(file);
        return result;
    }

    private static long CountOf(Answered answer) => answer.Json["groups"]![0]!["count"]!["value"]!.GetValue<long>();

    private static string ConsentRoot(Answered answer) => answer.Json["receipt"]!["body"]!["entry"]!["consentRoot"]!.GetValue<string>();
}
