using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The main job as people do it, told end to end.</summary>
[Collection("stack")]
public class MainJobTests(RunningStack running)
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

    /// <summary>Goal: chain, public export, hub, web, witnesses and every host's log hold no value of a patient, and no plain hash of one (C2, L2). Method: after a whole demo, look in every byte of them, the export unpacked, for the sample's planted markers, a patient's local id and her birth name, as text, as the hex that chains use, and as MD5, SHA-1, SHA-256 and SHA-512 in hex and base64.</summary>
    [Fact]
    public async Task Nothing_of_a_patient_is_found_outside_the_hospitals()
    {
        var export = running.Options.In("scan.zip");
        await new Demo(running.Stack, TimeProvider.System, _ => { }).RunAsync(export);
        System.IO.Compression.ZipFile.ExtractToDirectory(export, running.Options.In("export"), overwriteFiles: true);
        var patient = running.Hospital.Patients.Keys.First();
        var markers = new[] { "Zymarca", "Zylogra", "zynota", patient }.SelectMany(Spellings).ToList();

        string[] outside = ["hub", "web", "witness-1", "witness-2", "logs", "export", "chain.json"];
        var files = outside.Select(part => running.Options.In(part)).SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : File.Exists(path) ? [path] : []).ToList();
        string[] needed = ["hub.db", "hub.log", "silo-1.log", "witness-2.log", "entries.ndjson", "chain.json"];
        Assert.All(needed, part => Assert.Contains(files, file => file.EndsWith(part, StringComparison.Ordinal)));
        Assert.All(files, file => Assert.All(markers, marker => Assert.False(Holds(file, marker), $"{file} holds {marker}")));

        // The scan itself can fail: the hospital's own database holds what it looks for.
        Assert.Contains(Directory.EnumerateFiles(running.Options.In("silo-1")), file => Holds(file, patient));
    }

    /// <summary>Goal: entries of one patient cannot be told from another's, or from none (L7). Method: one patient changes her mind three times, another never; between two questions the log gains the same kinds of entries whether anybody decided or not, and neither her key, her register name nor her directives' hashes are in export or chain.</summary>
    [Fact]
    public async Task A_patients_decisions_leave_no_trace_in_public()
    {
        var permit = await running.PermitAsync();
        await running.AskAsync(permit, fresh: true);
        var before = await running.AskAsync(permit, fresh: true);
        var (id, secret) = running.Hospital.Patients.Last(patient => patient.Value.Sequence > 0);
        foreach (var decision in new[] { Directive.Deny, Directive.Permit, Directive.Deny })
        {
            await running.Hospital.DecideAsync([id], decision, TimeProvider.System.GetUtcNow());
        }

        var after = await running.AskAsync(permit, fresh: true);
        await running.Hospital.DecideAsync([id], Directive.Permit, TimeProvider.System.GetUtcNow());
        var none = await running.AskAsync(permit, fresh: true);
        var export = running.Options.In("trace.zip");
        await new Demo(running.Stack, TimeProvider.System, _ => { }).ExportAsync(export);
        System.IO.Compression.ZipFile.ExtractToDirectory(export, running.Options.In("trace"), overwriteFiles: true);

        var entries = (await File.ReadAllLinesAsync(running.Options.In("trace", "entries.ndjson"))).Select(line => JsonNode.Parse(line)!).Where(line => line["log"]!.ToString() == Founders.Hospitals[0].Origin).Select(line => line["entry"]!).ToList();
        string[] Between(Answered earlier, Answered later) =>
            [.. entries.Where(entry => Seq(entry) > SeqOf(earlier) && Seq(entry) <= SeqOf(later) && entry["kind"]!.ToString() != EntryKind.SeedCommitted).Select(entry => string.Join(' ', entry.AsObject().Select(member => member.Key)) + entry["kind"]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Between(after, none), Between(before, after));
        var key = PublicKey.From(secret.Key with { D = null });
        string[] traces = [secret.Subject, key.Id.ToString(), key.Id.ToHex()[2..], key.Jwk.X, Hash32.Of(secret.Subject).ToString(), Hash32.Of(secret.Subject).ToHex()[2..]];
        Assert.All(Directory.EnumerateFiles(running.Options.In("trace")).Append(running.Options.In("chain.json")), file => Assert.All(traces, trace => Assert.False(Holds(file, trace), $"{file} holds {trace}")));
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

    /// <summary>
    /// Goal: metrics and traces tell of no person, project or hospital, and of no exact cohort size (O11). Method: a whole demo; scrape the metrics and take what the collector got; search
    /// every byte for e-mail addresses, names, patients, registers, the permit and the application; every label is of a known list; no value is a cohort's size.
    /// </summary>
    [Fact]
    public async Task Metrics_and_traces_of_a_demo_hold_no_identifier_and_no_exact_cohort_size()
    {
        await new Demo(running.Stack, TimeProvider.System, _ => { }).RunAsync();
        await running.Collector.ReceivedAsync("/v1/traces", "POST /queries", TestContext.Current.CancellationToken);
        await running.Collector.ReceivedAsync("/v1/metrics", "hub_request_duration_seconds", TestContext.Current.CancellationToken);
        using var @operator = await HubClient.SignInAsync(running.Stack, "operator");
        using var auditor = await HubClient.SignInAsync(running.Stack, "auditor");
        var page = await @operator.GetTextAsync(HubRoutes.Metrics);
        var permits = await auditor.GetAsync<List<PermitView>>(HubRoutes.Permits);
        string[] identifiers =
        [
            .. HubClient.Accounts(running.Stack).SelectMany(account => new[] { account.Email, account.Name }), .. running.Hospital.Patients.Keys,
            .. permits.SelectMany(permit => new[] { permit.Id, permit.Application, permit.Title }), running.Hospital.Register.ToString(), running.Hospital.Register.ToHex()[2..], .. Founders.Hospitals.Select(hospital => hospital.Name),
        ];
        byte[][] told = [System.Text.Encoding.UTF8.GetBytes(page), .. running.Collector.Received.Select(one => one.Body)];
        Assert.All(told, body => Assert.All(identifiers, identifier => Assert.False(Collector.Holds(body, identifier), identifier)));

        var document = await @operator.GetAsync<System.Text.Json.JsonElement>(HubRoutes.OpenApi);
        string[] known = [.. document.GetProperty("paths").EnumerateObject().Select(path => path.Name), "none", "GET", "POST", "PUT", "DELETE", "other", "mail", "webhook", "deliver-permit", "share", "refund", "done", "failed", "+Inf", HubRoutes.OpenApi, "/openapi/{documentName}.json"];
        var labels = System.Text.RegularExpressions.Regex.Matches(page, "=\"([^\"]*)\"").Select(match => System.Text.RegularExpressions.Regex.Replace(match.Groups[1].Value, ":[a-z]+}", "}").TrimEnd('/')).Distinct().ToList();
        Assert.Contains("/queries", labels);
        Assert.DoesNotContain(labels, label => !known.Contains(label) && !double.TryParse(label, System.Globalization.CultureInfo.InvariantCulture, out _));

        var optedIn = running.Hospital.Patients.Count(patient => patient.Value.Sequence > 0);
        long[] sizes = [running.Hospital.Patients.Count, optedIn];
        Assert.DoesNotContain(page.Split('\n').Where(line => !line.StartsWith('#') && !line.Contains("_bucket", StringComparison.Ordinal) && !line.Contains("_sum", StringComparison.Ordinal) && line.Length > 0), line => sizes.Contains((long)double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static long Seq(JsonNode entry) => entry["seq"]!.GetValue<long>();

    private static long SeqOf(Answered answer) => Seq(answer.Json["receipt"]!["body"]!["entry"]!);

    /// <summary>A value as it could lie somewhere: as text, as hex, and as a hash that nobody salted.</summary>
    private static IEnumerable<string> Spellings(string value)
    {
        yield return value;
        foreach (var spelt in new[] { value, value.ToUpperInvariant(), value.ToLowerInvariant() }.Distinct())
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(spelt);
            yield return Convert.ToHexStringLower(bytes);
#pragma warning disable CA5350, CA5351 // Broken hashes are what a careless host might have used.
            foreach (var hash in new[] { System.Security.Cryptography.MD5.HashData(bytes), System.Security.Cryptography.SHA1.HashData(bytes), System.Security.Cryptography.SHA256.HashData(bytes), System.Security.Cryptography.SHA512.HashData(bytes) })
#pragma warning restore CA5350, CA5351
            {
                yield return Convert.ToHexStringLower(hash);
                yield return Convert.ToHexString(hash);
                yield return Convert.ToBase64String(hash).TrimEnd('=');
                yield return Base64Text.Encode(hash);
            }
        }
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
