using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>
/// <c>verify noise FILE --rpc URL</c>: an auditor replays an answer from the opened seed. The seed was committed to before the question, the
/// researcher's signed nonce is mixed in, and the same sampler gives the same bytes: so neither of them chose the noise.
/// </summary>
internal static class NoiseCommand
{
    public static async Task<int> RunAsync(string path, Uri url, string? deploymentPath, int? witnesses, TextWriter output)
    {
        var noise = Read(path);
        var findings = new Findings(output);
        using var chain = await ChainSource.OpenAsync(url, deploymentPath, noise.Answer, findings);
        if (chain is not null)
        {
            await chain.CheckAsync(new ReceiptFile(noise.SeedCommitted, null), witnesses, findings);
            await chain.CheckAsync(new ReceiptFile(noise.Answer, Encoding.UTF8.GetBytes(noise.Bytes)), witnesses, findings);
            if (findings.Wrong.Count == 0)
            {
                Check(noise, chain.Deployed, findings);
            }
        }

        return findings.Conclude("noise");
    }

    private static void Check(NoiseCase noise, Deployed deployed, Findings findings)
    {
        var (answer, committed) = (CanonicalJson.Read<Receipt>(noise.Answer.Body), CanonicalJson.Read<Receipt>(noise.SeedCommitted.Body));
        var (entry, seedEntry) = (CanonicalJson.Read<Entry>(answer.Entry), CanonicalJson.Read<Entry>(committed.Entry));
        var seed = Base64Text.TryDecode(noise.Seed);
        var size = Checkpoint.Parse(SignedNote.Parse(committed.Checkpoint)!.Text)!.Size;
        findings.Check(
            seedEntry.Kind == EntryKind.SeedCommitted && committed.Log == answer.Log && size <= entry.Seq,
            Text($"commitment: entry {seedEntry.Seq} committed to the seed, under a checkpoint of size {size}, before entry {entry.Seq} was made"),
            Text($"commitment: entry {seedEntry.Seq} ({seedEntry.Kind}) is none of a seed in this log that a checkpoint held before entry {entry.Seq} was made"));
        findings.Check(entry.Kind == EntryKind.Query && entry.SubjectHash == seedEntry.SubjectHash, Text($"use: entry {entry.Seq} names this seed"), Text($"use: entry {entry.Seq} ({entry.Kind}) names another seed, or none"));
        findings.Check(
            seed is { Length: 32 } && committed.Opened.TryGetValue("subjectHash", out var opening) && opening.Content == Hash32.Of(seed),
            "seed: it is the one that was committed to",
            "seed: it is not the one that was committed to");
        var opened = noise.Signed.Open<SignedQuery>(deployed);
        var asked = opened.Body is { } body && body.Nonce == entry.Nonce && body.Permit == entry.Permit && opened.Signer == entry.Actor && body.Silo == Hash32.Of(answer.Log)
            && body.QueryHash == Hash32.Of(noise.Query) && answer.Opened.TryGetValue("queryHash", out var query) && query.Content == body.QueryHash;
        findings.Check(asked, "question: signed by who asked, with the nonce, permit and query of the entry", $"question: {opened.Reason ?? "it is not the one that the entry answers"}");
        if (findings.Wrong.Count == 0)
        {
            Replay(noise, seed!, findings);
        }
    }

    /// <summary>The key of the noise is HMAC-SHA256(seed, hash of the signed question), as the silo's SeedPool makes it.</summary>
    private static void Replay(NoiseCase noise, byte[] seed, Findings findings)
    {
        try
        {
            var schema = Schema.Parse(JsonSerializer.SerializeToElement(noise.Schema));
            var builder = new TableBuilder(schema, noise.Header);
            foreach (var row in noise.Rows)
            {
                builder.Add([.. row]);
            }

            var source = new PrfRandomSource(HMACSHA256.HashData(seed, noise.Signed.Hash().ToArray()));
            var again = Answering.Run(Query.Parse(OnRows(noise.Query), schema), schema, builder.Build(), [], source, noise.Floor).ToJson().ToJsonString();
            findings.Check(again == noise.Bytes, Text($"replay: the sampler gives the same answer again, of {noise.Rows.Count} rows"), $"replay: the sampler gives another answer: {again}");
        }
        catch (InputException bad)
        {
            findings.Check(false, "", $"replay: {bad.Message}");
        }
    }

    /// <summary>The question without its rules on events: the rows that were counted are already those whose histories satisfied them.</summary>
    private static JsonElement OnRows(string canonical)
    {
        var question = JsonNode.Parse(canonical)!.AsObject();
        if (question["where"] is JsonArray where)
        {
            question["where"] = new JsonArray([.. where.Where(rule => !IsOnEvents(rule)).Select(rule => rule!.DeepClone())]);
        }

        return JsonSerializer.SerializeToElement(question);
    }

    private static bool IsOnEvents(JsonNode? rule) => rule is JsonObject one && (one.ContainsKey("event") || IsOnEvents(one["not"]));

    private static NoiseCase Read(string path)
    {
        try
        {
            return CanonicalJson.Read<NoiseCase>(JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("null"));
        }
        catch (Exception bad) when (bad is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new UsageException($"{path} holds no noise case: {bad.Message}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
