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
        Assert.Contains(lines, line => line.Contains("refused: payment-required", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("700.00 BRL", StringComparison.Ordinal));
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

    /// <summary>Goal: the hub, the web, the witnesses and the chain hold no value of a patient (C2, L2). Method: after a whole demo, scan every byte of their files and logs for the sample's planted markers, for local ids, and for plain hashes of those.</summary>
    [Fact]
    public async Task Nothing_of_a_patient_is_found_outside_the_hospitals()
    {
        await new Demo(running.Stack, TimeProvider.System, _ => { }).RunAsync();
        var patient = running.Hospital.Patients.Keys.First();
        string[] markers = ["Zymarca", "Zylogra", "zynota", patient, Hash32.Of(patient).ToString(), Hash32.Of(patient).ToHex()[2..]];

        string[] outside = ["hub", "web", "witness-1", "witness-2", Path.Combine("logs", "hub.log"), Path.Combine("logs", "web.log"), Path.Combine("logs", "witness-1.log"), "chain.json"];
        var files = outside.Select(part => running.Options.In(part)).SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : File.Exists(path) ? [path] : []).ToList();
        Assert.Contains(files, file => file.EndsWith("hub.db", StringComparison.Ordinal));
        Assert.All(files, file => Assert.All(markers, marker => Assert.False(Holds(file, marker), $"{file} holds {marker}")));

        // The scan itself can fail: the hospital's own database holds what it looks for.
        Assert.Contains(Directory.EnumerateFiles(running.Options.In("silo-1")), file => Holds(file, patient));
    }

    /// <summary>Goal: the board sees every hospital's log and can open a proof for each line (E3). Method: after a question, read the hub's view as the auditor and fetch the proof of the query's entry.</summary>
    [Fact]
    public async Task The_board_sees_the_hospitals_entries_with_their_proofs()
    {
        var answer = await running.AskAsync(await running.PermitAsync());
        var seq = answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>();
        using var auditor = await HubClient.SignInAsync(running.Stack, "auditor");

        var page = await auditor.GetAsync<Research.Api.Protocol.AuditPage>($"{Research.Api.Protocol.HubRoutes.AuditEntries}?kind=query&log={running.Hospital.Register}");
        var proven = await auditor.GetAsync<Research.Api.Protocol.ProvenEntry>($"{Research.Api.Protocol.HubRoutes.AuditProof}/{running.Hospital.Register}/{seq}");

        Assert.Empty(page.Unreachable);
        Assert.NotEmpty(page.Lines);
        Assert.Equal("query", proven.Entry.GetProperty("kind").GetString());
        Assert.NotEmpty(proven.Proof);
    }

    private static bool Holds(string file, string marker)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray().AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(marker)) >= 0;
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
