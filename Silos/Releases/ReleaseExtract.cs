using System.Text.Json;
using Silos.Extracts;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Persistence;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Releases;

/// <summary>
/// Hands a released file to the researcher, sealed to the key that her permit names, with its manifest and receipt, after an entry for the
/// download is final; and a produced one to a checker, sealed to the checker's key. The hub relays what it cannot read.
/// </summary>
public sealed class ReleaseExtract(Database database, ExtractStore extracts, QueryStore queries, PermitStore permits, Vault vault, LedgerLog log, ReceiptWriter receipts, SiloIdentity silo)
{
    /// <summary>The file and its report for one registered checker.</summary>
    public async Task<(SealedForChecker? File, Refusal? Refusal)> ForCheckerAsync(string id, string keyId, CancellationToken cancel)
    {
        if (await extracts.FindAsync(id, cancel) is not { } extract || await queries.FindAsync(id, cancel) is not { SealedAnswer: { } answer } || !vault.Knows(extract.Dataset, answer))
        {
            return (null, new Refusal(RefusalCode.UnknownDataset, $"extract: '{id}' is not known here"));
        }

        if (await extracts.CheckerAsync(keyId, cancel) is not { } jwk)
        {
            return (null, new Refusal(RefusalCode.NotPermitted, $"key: '{keyId}' is not the key of an output checker of this hospital"));
        }

        var key = PublicKey.From(jwk);
        return (new SealedForChecker(id, extract.State, JsonDocument.Parse(extract.Report).RootElement, extract.FileHash, SealedFile.Seal(vault.Open(extract.Dataset, answer, "answer:" + id), key)), null);
    }

    /// <summary>The released file for the person whose request it was.</summary>
    public async Task<(ReleasedFile? File, Refusal? Refusal)> ForResearcherAsync(string id, CancellationToken cancel)
    {
        if (await extracts.FindAsync(id, cancel) is not { State: ExtractState.Released } extract || await queries.FindAsync(id, cancel) is not { SealedAnswer: { } answer, Seq: { } seq } query
            || !vault.Knows(extract.Dataset, answer))
        {
            return (null, new Refusal(RefusalCode.Held, "held"));
        }

        var permit = await permits.FindAsync(query.PermitId, cancel);
        if (permit?.People.FirstOrDefault(person => person.Key.ToString() == query.Signer)?.FileKey is not { } jwk)
        {
            return (null, new Refusal(RefusalCode.NotPermitted, "fileKey: the permit names none for the person who asked"));
        }

        var download = await database.WriteAsync("downloads", async transaction =>
        {
            var file = Opening.Of(Hash32.Parse(extract.FileHash));
            var entered = await log.AppendAsync(transaction, silo.Draft(EntryKind.Download, Hash32.Parse(query.Signer)) with { Permit = query.PermitId, SubjectHash = file.Commit() });
            await EntryOpenings.KeepAsync(transaction, entered.Seq, "subjectHash", file);
            return entered;
        }, cancel);
        await log.WhenFinalAsync(download.Seq, cancel);
        var entry = await log.WhenFinalAsync(seq, cancel);
        var key = PublicKey.From(jwk);
        return (new ReleasedFile(
            SealedFile.Seal(vault.Open(extract.Dataset, answer, "answer:" + id), key),
            Json(SignedRecord.Sign(ManifestOf(extract, query), silo.Key)),
            Json(receipts.Write(entry, query.Opened))), null);
    }

    private FileManifest ManifestOf(ExtractRow extract, StoredQuery query)
    {
        var report = extract.ReportOf();
        return new FileManifest(
            silo.Deployed.ChainId,
            silo.Deployed.Contract,
            Nonce.New(),
            silo.Origin,
            Hash32.Parse(extract.FileHash),
            query.PermitId,
            Hash32.Parse(extract.DatasetRoot),
            Hash32.Parse(extract.ConsentRoot),
            query.Seq!.Value,
            report.Rows,
            report.Classes,
            report.K,
            report.QuasiIdentifiers,
            report.Levels);
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);
}
