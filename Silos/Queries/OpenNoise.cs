using System.Collections;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Persistence;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>
/// Opens an answer's noise to the hospital's own auditor: seed, signed question, and the rows that were counted, for <c>verify noise</c>.
/// That the seed was opened is an entry first, for whoever holds it can take the noise off the answer.
/// </summary>
public sealed class OpenNoise(QueryStore store, DatasetShelf shelf, SeedPool seeds, Vault vault, LedgerLog log, ReceiptWriter receipts, SiloIdentity silo)
{
    /// <param name="seq">The seq of the answer's <c>query</c> entry.</param>
    public async Task<(NoiseCase? Case, Refusal? Refusal)> RunAsync(long seq, CancellationToken cancel)
    {
        if (await store.FindAsync(seq, cancel) is not { Output: SignedQuery.Statistics, SealedAnswer: { } answer, Signed: { } signed } query)
        {
            return (null, new Refusal(RefusalCode.BadRequest, $"seq: entry {seq} is no answer that is kept here"));
        }

        if (shelf.Find(query.Dataset, out _) is not { } dataset || dataset.Version.Version != query.Version)
        {
            return (null, new Refusal(RefusalCode.NotReady, $"seq: entry {seq} was answered from version {query.Version} of '{query.Dataset}', which is not open"));
        }

        var (cohort, floor) = await CohortAsync(query, cancel);
        var (seed, opening, committed) = await seeds.OpenAsync(query.Seed, cancel);
        var read = await log.AppendAsync(silo.Draft(EntryKind.AuditRead) with { SubjectHash = Hash32.Parse(query.Seed) }, cancel);
        await log.WhenFinalAsync(read.Seq, cancel);
        List<string> named = [.. dataset.Schema.Attributes.Keys.Where(name => query.QueryText.Contains($"\"{name}\"", StringComparison.Ordinal))];
        var counted = Enumerable.Range(0, dataset.Patients.Count).Select(row => cohort[row]).ToArray();
        var (table, patients) = dataset.Resident is { } resident
            ? await resident.RowsAsync(named, counted, cancel)
            : (dataset.Table, dataset.Patients);
        var columns = named.Select(table.Find).OfType<Anonymizer.Tables.Column>().ToList();
        List<IReadOnlyList<string?>> rows =
        [
            .. Enumerable.Range(0, patients.Count).Where(row => dataset.Resident is not null || counted[row])
                .Select(row => (IReadOnlyList<string?>)[patients[row], .. columns.Select(column => column.Text(row))]),
        ];
        return (new NoiseCase(
            receipts.Write(await log.WhenFinalAsync(seq, cancel), query.Opened),
            receipts.Write(await log.WhenFinalAsync(committed, cancel), new Dictionary<string, Opening> { ["subjectHash"] = opening }),
            CanonicalJson.Read<SignedRecord>(JsonNode.Parse(signed)!),
            Base64Text.Encode(seed),
            query.QueryText,
            JsonNode.Parse(dataset.SchemaJson.GetRawText())!.AsObject(),
            floor,
            [dataset.Schema.Unit.Attribute, .. columns.Select(column => column.Name)],
            rows,
            Encoding.UTF8.GetString(vault.Open(query.Dataset, answer, "answer:" + query.Id))), null);
    }

    /// <summary>Whose rows are counted, as it is stored.</summary>
    internal static byte[] Pack(bool[] cohort)
    {
        var bits = new byte[(cohort.Length + 7) / 8];
        for (var row = 0; row < cohort.Length; row++)
        {
            bits[row / 8] |= (byte)(cohort[row] ? 1 << (row % 8) : 0);
        }

        var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(bits);
        }

        return packed.ToArray();
    }

    private async Task<(BitArray Cohort, int Floor)> CohortAsync(StoredQuery query, CancellationToken cancel)
    {
        var (floor, packed) = await store.CohortAsync(query.Id, cancel);
        var bits = new MemoryStream();
        await using var brotli = new BrotliStream(new MemoryStream(vault.Open(query.Dataset, packed, "cohort:" + query.Id)), CompressionMode.Decompress);
        await brotli.CopyToAsync(bits, cancel);
        return (new BitArray(bits.ToArray()), floor);
    }
}
