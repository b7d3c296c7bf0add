using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary><c>verify consent FILE</c> for what a patient carries herself: the receipt of a decision, and the history that she takes to another hospital.</summary>
internal static class ConsentPapers
{
    /// <returns>The signed record, if the file is a receipt or a history; null for anything else.</returns>
    public static SignedRecord? Read(string path)
    {
        try
        {
            var record = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("null"));
            return record.Body["type"]?.GetValue<string>() is ConsentReceipt.RecordName or ConsentHistory.RecordName ? record : null;
        }
        catch (Exception bad) when (bad is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    public static async Task<int> RunAsync(SignedRecord record, Uri? url, string? deploymentPath, string? textPath, TextWriter output)
    {
        var findings = new Findings(output);
        var deployed = deploymentPath is null ? new Deployed(Member(record, "chainId"), Member(record, "contract")) : ReadDeployment(deploymentPath).Deployed;
        var log = Member(record, "type") == ConsentReceipt.RecordName ? CheckReceipt(record, deployed, textPath, findings) : CheckHistory(record, deployed, findings);
        if (log is not null)
        {
            await CheckSignerAsync(record, log, url, deploymentPath, findings);
        }

        return findings.Conclude("consent");
    }

    /// <returns>Origin of the silo's log; null after a finding.</returns>
    private static string? CheckReceipt(SignedRecord record, Deployed deployed, string? textPath, Findings findings)
    {
        var opened = record.Open<ConsentReceipt>(deployed);
        if (!findings.Check(opened.Body is not null, "receipt: signed, and for this deployment", $"receipt: {opened.Reason}"))
        {
            return null;
        }

        var receipt = opened.Body!;
        var directive = Inner(receipt.Directive)?.OpenAll<Directive>(deployed, null);
        if (findings.Check(directive?.Body is not null, "directive: signed, and for this deployment", $"directive: {directive?.Reason ?? "is no signed record"}"))
        {
            var body = directive!.Body!;
            findings.Check(CanonicalJson.Hash(Inner(receipt.Directive)!.Body) == receipt.RecordId, Text($"record: the directive is number {body.Sequence}, {body.Decision}, received {receipt.ReceivedAt} by {receipt.Controller}"), "record: the directive is not the one that the receipt names");
            findings.Note(Text($"text: version {body.Text.Version}, language {body.Text.Language}, hash {body.Text.Hash}"));
            if (textPath is not null)
            {
                findings.Check(Hash32.Of(File.ReadAllBytes(textPath)) == body.Text.Hash, "text: these are the words that were signed", "text: these are not the words that were signed");
            }
        }

        return receipt.Log;
    }

    private static string? CheckHistory(SignedRecord record, Deployed deployed, Findings findings)
    {
        var opened = record.Open<ConsentHistory>(deployed);
        if (!findings.Check(opened.Body is not null, "history: signed, and for this deployment", $"history: {opened.Reason}"))
        {
            return null;
        }

        var history = opened.Body!;
        findings.Check(Hash32.Of(history.Log) == history.Silo, $"silo: the register of {history.Log}", $"silo: is not the register of {history.Log}");
        var replayed = ReplayConsent.Run(history, deployed);
        findings.Check(
            replayed.Fault is null,
            Text($"lines: {history.Lines.Count}, each signed by those who could when it came; {replayed.Sequence} directives, {replayed.Changes} changes of keys, the newest {replayed.Newest?.Decision ?? "none"}"),
            $"history: {replayed.Fault}");
        return history.Log;
    }

    /// <summary>Whether the signer signs for this log: that is the chain's to say.</summary>
    private static async Task CheckSignerAsync(SignedRecord record, string log, Uri? url, string? deploymentPath, Findings findings)
    {
        if (url is null || deploymentPath is null)
        {
            findings.Note($"signer: {record.KeyId()} says that it is {log}; --rpc and --deployment compare with Members");
            return;
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        using var chain = new ChainClient(new JsonRpc(http, url), ReadDeployment(deploymentPath));
        await chain.CheckDeploymentAsync();
        var members = await chain.ReadMembersAsync();
        findings.Check(members.Logs.Any(known => known.LogId == Hash32.Of(log) && known.Member == record.KeyId()), $"signer: the key of {log} in Members", $"signer: {record.KeyId()} does not sign for {log} in Members");
    }

    private static SignedRecord? Inner(JsonObject json)
    {
        try
        {
            return CanonicalJson.Read<SignedRecord>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Member(SignedRecord record, string name) => record.Body[name]?.ToString() ?? throw new UsageException($"the record has no member '{name}'");

    private static Deployment ReadDeployment(string path)
    {
        try
        {
            return Deployment.Read(path);
        }
        catch (Exception bad) when (bad is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--deployment: {bad.Message}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
