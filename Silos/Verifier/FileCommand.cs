using System.Text;
using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>
/// <c>verify file FILE --release RELEASE --rpc URL</c>: whether a cohort file is the one that was released, bound to its entry on the chain,
/// and as anonymous as its manifest says, counted from the file alone.
/// </summary>
internal static class FileCommand
{
    /// <param name="releasePath">The JSON in which manifest and receipt came.</param>
    public static async Task<int> RunAsync(string path, string releasePath, Uri url, string? deployment, int? witnesses, TextWriter output)
    {
        var (file, release) = (Read(path), Read(releasePath));
        var findings = new Findings(output);
        CheckManifest(file, JsonDocument.Parse(release).RootElement, findings);
        var manifest = findings.Conclude("manifest");
        return Math.Max(manifest, await ReceiptCommand.RunAsync(releasePath, url, deployment, witnesses, output, released: file));
    }

    private static void CheckManifest(byte[] file, JsonElement release, Findings findings)
    {
        if (!release.TryGetProperty("manifest", out var signed) || !release.TryGetProperty("receipt", out var receiptJson))
        {
            throw new UsageException("--release: the file holds no 'manifest' and 'receipt'");
        }

        var record = JsonSerializer.Deserialize<SignedRecord>(signed.GetRawText(), CanonicalJson.Options)!;
        var receipt = JsonSerializer.Deserialize<SignedRecord>(receiptJson.GetRawText(), CanonicalJson.Options)!;
        var deployed = new Deployed(receipt.Body["chainId"]?.ToString() ?? "", receipt.Body["contract"]?.ToString() ?? "");
        var opened = record.Open<FileManifest>(deployed);
        if (!findings.Check(opened.Body is not null, "manifest: signed, and for the receipt's deployment", $"manifest: {opened.Reason}"))
        {
            return;
        }

        var manifest = opened.Body!;
        var entry = receipt.Body["entry"];
        findings.Check(opened.Signer == receipt.KeyId(), "manifest: signed with the receipt's key", "manifest: signed with another key than the receipt");
        findings.Check(manifest.FileHash == Hash32.Of(file), $"file: hashes to {manifest.FileHash}", "file: its bytes are not those that the manifest names");
        findings.Check(
            entry?["seq"]?.GetValue<long>() == manifest.Seq && entry["permit"]?.ToString() == manifest.Permit.ToString()
                && entry["datasetRoot"]?.ToString() == manifest.DatasetRoot.ToString() && entry["consentRoot"]?.ToString() == manifest.ConsentRoot.ToString(),
            "manifest: names the entry's permit, dataset version and consent snapshot",
            "manifest: names another entry, permit, dataset version or consent snapshot than the receipt");
        CheckClasses(file, manifest, findings);
    }

    /// <summary>Counts the classes of the quasi-identifiers that the file shows, with nothing but the file's text.</summary>
    private static void CheckClasses(byte[] file, FileManifest manifest, Findings findings)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var header = lines.Length == 0 ? [] : lines[0].Split(',').ToList();
        var columns = manifest.QuasiIdentifiers.Select(name => header.IndexOf(name)).Where(column => column >= 0).ToList();
        var sizes = lines.Skip(1).Select(line => line.Split(',')).GroupBy(cells => string.Join('\u001f', columns.Select(column => column < cells.Length ? cells[column] : ""))).Select(group => group.Count()).ToList();
        findings.Check(sizes.Sum() == manifest.Rows, $"rows: {manifest.Rows}", $"rows: the file has {sizes.Sum()}, the manifest {manifest.Rows}");
        findings.Check(
            sizes.Count > 0 && sizes.Min() >= manifest.K,
            $"k: {sizes.Count} classes over {string.Join(", ", manifest.QuasiIdentifiers)}, the smallest of {(sizes.Count > 0 ? sizes.Min() : 0)}; claimed {manifest.K}",
            $"k: the smallest class has {(sizes.Count > 0 ? sizes.Min() : 0)} rows; the manifest claims {manifest.K}");
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {failed.Message}");
        }
    }
}
