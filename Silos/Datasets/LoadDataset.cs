using System.Security.Cryptography;
using System.Text.Json;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Datasets;

/// <summary>
/// Makes a load the newest version of its dataset: each new or changed record is committed to with a salt of its own, unchanged ones keep
/// their commitments, and the root goes into an entry. Nothing of an earlier version is overwritten.
/// </summary>
public sealed class LoadDataset(Database database, DatasetStore datasets, LedgerLog log, SiloIdentity silo)
{
    /// <param name="definitionText">The definition as the hospital wrote it; kept with the dataset.</param>
    /// <param name="referenceDate">The day on which ages are counted.</param>
    /// <returns>The new version, whose entry is durable but perhaps not yet final.</returns>
    public async Task<VersionRow> AsNewVersionAsync(DatasetDefinition definition, string definitionText, DateOnly referenceDate, LoadResult load, CancellationToken cancel)
    {
        var bodies = load.Rows.AsParallel().AsOrdered().Select(row => (row.Patient, Body: row.CanonicalBytes(definition))).ToList();
        var known = await datasets.FindAsync(definition.Id, cancel);
        return await database.WriteAsync(DatasetStore.Writer(definition.Id), async transaction =>
        {
            var row = known ?? await RegisterAsync(transaction, Drafted(definition, definitionText));
            var newest = await datasets.NewestVersionAsync(definition.Id, cancel);
            var version = (newest?.Version ?? 0) + 1;
            var before = newest is null ? [] : await datasets.RecordsAsync(transaction.Connection!, transaction, definition.Id, newest.Version);
            var unchanged = before.ToDictionary(record => record.Patient, StringComparer.Ordinal);
            var added = new List<StoredRecord>();
            var commitments = new List<Hash32>(bodies.Count);
            foreach (var (patient, body) in bodies)
            {
                if (unchanged.Remove(patient, out var old) && body.AsSpan().SequenceEqual(old.Body))
                {
                    commitments.Add(new Hash32(old.Commitment));
                    continue;
                }

                if (old is not null)
                {
                    unchanged[patient] = old;
                }

                var salt = RandomNumberGenerator.GetBytes(32);
                var commitment = RecordCommitment.Of(body, salt);
                commitments.Add(commitment);
                added.Add(new StoredRecord(patient, body, salt, commitment.ToArray()));
            }

            await DatasetStore.RetireAsync(transaction, definition.Id, version, unchanged.Keys);
            await datasets.InsertAsync(transaction, definition.Id, version, added);
            var root = RecordCommitment.Root(commitments);
            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.DatasetVersion) with
            {
                Dataset = row.Blinded,
                DatasetRoot = root,
                PolicyHash = row.Policy.Commit(),
            });
            var report = JsonSerializer.Serialize(load.Report, CanonicalJson.Options);
            var made = new VersionRow
            {
                Dataset = definition.Id,
                Version = version,
                Root = root.ToString(),
                Patients = bodies.Count,
                ReferenceDate = referenceDate.ToString("yyyy-MM-dd"),
                Report = report,
                Seq = entry.Seq,
            };
            await datasets.InsertAsync(transaction, made);
            return made;
        }, cancel);
    }

    /// <summary>Makes what a table in a database holds a version of its dataset, and registers the dataset where it is new. Here it leaves only whose
    /// records they are, so that patients find their uses.</summary>
    /// <param name="row">The registered dataset, or what <see cref="Drafted"/> made.</param>
    /// <param name="version">Above the newest. Where another process was first, its version stands.</param>
    /// <param name="root">Over the table's digests.</param>
    /// <param name="patients">Local ids, in the order of their numbers.</param>
    public Task<VersionRow> AsResidentVersionAsync(DatasetRow row, long version, DateOnly referenceDate, Hash32 root, IReadOnlyList<string> patients, CancellationToken cancel) =>
        database.WriteAsync(DatasetStore.Writer(row.Name), async transaction =>
        {
            if (await datasets.NewestVersionAsync(row.Name, cancel) is { } newest && newest.Version >= version)
            {
                return newest;
            }

            if (await datasets.FindAsync(row.Name, cancel) is null)
            {
                await RegisterAsync(transaction, row);
            }

            await DatasetStore.RetireAllAsync(transaction, row.Name, version);
            await DatasetStore.InsertPatientsAsync(transaction, row.Name, version, patients);
            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.DatasetVersion) with { Dataset = row.Blinded, DatasetRoot = root, PolicyHash = row.Policy.Commit() });
            var made = new VersionRow
            {
                Dataset = row.Name,
                Version = version,
                Root = root.ToString(),
                Patients = patients.Count,
                ReferenceDate = referenceDate.ToString("yyyy-MM-dd"),
                Report = JsonSerializer.Serialize(new LoadReport(patients.Count, [], [], [], [], [], 0, TimeSpan.Zero), CanonicalJson.Options),
                Seq = entry.Seq,
            };
            await datasets.InsertAsync(transaction, made);
            return made;
        }, cancel);

    /// <summary>A dataset as it is registered, with fresh salts; without a place in the log yet.</summary>
    public static DatasetRow Drafted(DatasetDefinition definition, string definitionText)
    {
        var name = Opening.Of(Hash32.Of(definition.Id));
        var policy = Opening.Of(CanonicalJson.Hash(PolicyDocument.Of(definition)));
        return new DatasetRow
        {
            Name = definition.Id,
            Definition = definitionText,
            Blinded = name.Commit().ToString(),
            NameSalt = name.Salt.ToString(),
            PolicyHash = policy.Content.ToString(),
            PolicySalt = policy.Salt.ToString(),
            Seq = -1,
        };
    }

    private async Task<DatasetRow> RegisterAsync(System.Data.Common.DbTransaction transaction, DatasetRow drafted)
    {
        var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.DatasetRegistered) with { Dataset = drafted.Blinded, PolicyHash = drafted.Policy.Commit() });
        var row = drafted with { Seq = entry.Seq };
        await datasets.InsertAsync(transaction, row);
        return row;
    }
}
