using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary><c>verify consent FILE --rpc URL</c>: a patient checks, with her own secret, what a snapshot holds of her and which snapshot a release used.</summary>
internal static class ConsentCommand
{
    public static async Task<int> RunAsync(string path, Uri url, string? deploymentPath, int? witnesses, TextWriter output)
    {
        var proof = Read(path);
        var findings = new Findings(output);
        using var chain = await ChainSource.OpenAsync(url, deploymentPath, proof.Snapshot, findings);
        if (chain is not null)
        {
            await chain.CheckAsync(new ReceiptFile(proof.Snapshot, null), witnesses, findings);
            if (proof.Release is not null)
            {
                await chain.CheckAsync(new ReceiptFile(proof.Release, null), witnesses, findings);
            }

            if (findings.Wrong.Count == 0)
            {
                Check(proof, chain.Deployed, findings);
            }
        }

        return findings.Conclude("consent");
    }

    private static void Check(ConsentProof proof, Deployed deployed, Findings findings)
    {
        var (snapshot, log) = EntryOf(proof.Snapshot);
        if (!findings.Check(snapshot is { Kind: EntryKind.ConsentSnapshot, ConsentRoot: not null }, Text($"snapshot: entry {snapshot.Seq}, of {snapshot.Time}"), $"snapshot: entry {snapshot.Seq} is of kind {snapshot.Kind}; wanted is {EntryKind.ConsentSnapshot}"))
        {
            return;
        }

        findings.Check(proof.Proof.Name == Commitment.Of(Hash32.Of(proof.Subject), proof.Salt), "name: the proof is about this subject, with this salt", "name: the proof is about somebody else");
        findings.Check(proof.Proof.Verify(snapshot.ConsentRoot!.Value), proof.Proof.Value is null ? "proof: the snapshot holds nothing under this name" : "proof: the snapshot holds this value under this name", "proof: it does not hold in this snapshot");
        CheckDirective(proof, deployed, findings);
        if (proof.Release is { } released)
        {
            var (release, releaseLog) = EntryOf(released);
            findings.Check(releaseLog == log && release.ConsentRoot == snapshot.ConsentRoot, Text($"release: entry {release.Seq} ({release.Kind}) used this snapshot"), Text($"release: entry {release.Seq} did not use this snapshot"));
            findings.Check(release.Seq > snapshot.Seq, "release: it is younger than the snapshot", Text($"release: entry {release.Seq} is older than the snapshot, entry {snapshot.Seq}"));
        }
    }

    private static void CheckDirective(ConsentProof proof, Deployed deployed, Findings findings)
    {
        if (proof.Directive is null)
        {
            findings.Check(proof.Proof.Value is null, "directive: none, and silence is no unless the board's quorum said otherwise of the dataset on the chain (SilenceChanged)", "directive: the snapshot holds one that the file does not show");
            return;
        }

        var opened = proof.Directive.OpenAll<Directive>(deployed, null);
        if (findings.Check(opened.Body is not null, "directive: signed, and for this deployment", $"directive: {opened.Reason}"))
        {
            var directive = opened.Body!;
            findings.Check(
                directive.Subject == proof.Subject && proof.Proof.Value == Commitment.Of(proof.Directive.Hash(), proof.Salt),
                Text($"directive: number {directive.Sequence}, {directive.Decision}, is the one that the snapshot holds"),
                Text($"directive: number {directive.Sequence} is not the one that the snapshot holds"));
        }
    }

    private static (Entry Entry, string Log) EntryOf(SignedRecord receipt)
    {
        var body = CanonicalJson.Read<Receipt>(receipt.Body);
        return (CanonicalJson.Read<Entry>(body.Entry), body.Log);
    }

    private static ConsentProof Read(string path)
    {
        try
        {
            return CanonicalJson.Read<ConsentProof>(JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("null"));
        }
        catch (Exception bad) when (bad is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new UsageException($"{path} holds no consent proof: {bad.Message}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
