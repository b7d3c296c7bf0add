using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Budgets;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Ledger.Storage;
using Silos.Persistence;
using Silos.Queries;
using Silos.Samples;
using Silos.Tests.Ingestion;
using Silos.Tests.Log;
using Xunit;

namespace Silos.Tests.Storage;

/// <summary>What lies in the database and its backups, under keys of each dataset in a file apart.</summary>
public sealed class AtRestTests(Postgres postgres, ITestOutputHelper output) : IDisposable
{
    private const string Planted = "ZPLANTED77";
    private const string Name = "chronic-care";
    private static readonly DateOnly Day = new(2025, 12, 31);
    private readonly TemporaryFolder folder = new();

    private string Secrets => Path.Combine(folder.Path, "secrets");

    private string KeyPath => Path.Combine(Secrets, "keys.json");

    private string Data => Path.Combine(folder.Path, "db");

    private string Sqlite => $"Data Source={Path.Combine(Data, "silo.db")}";

    public void Dispose() => folder.Dispose();

    /// <summary>Goal: nothing of a record lies open in the database's files. Method: load 50 patients, one with a code that nobody else could have; look for its bytes, for those of her record's salt, and for another
    /// patient's whole record in every byte of database and journal; then write the record open, and see that the search finds it.</summary>
    [Fact]
    public async Task A_planted_value_is_in_no_byte_of_the_database()
    {
        await using var silo = await StartAsync(Sqlite);
        await LoadAsync(silo, Name, 50);
        var records = await silo.Store.RecordsAsync(Name, 1, RunningLog.Patience);
        var hers = records.Single(record => Encoding.UTF8.GetString(record.Body).Contains(Planted, StringComparison.Ordinal));
        byte[][] secrets = [Encoding.UTF8.GetBytes(Planted), hers.Salt, records[7].Body, "\"loaded\":"u8.ToArray()];
        Assert.All(secrets, secret => Assert.Equal([], FilesWith(secret)));

        await silo.Log.Database.WriteAsync("test", within => within.Connection!.ExecuteAsync("UPDATE records SET body = @Body WHERE patient = @Patient", new { hers.Body, hers.Patient }, within));
        Assert.NotEmpty(FilesWith(secrets[0]));
    }

    /// <summary>Goal: erasing a dataset by its keys reaches every backup, and spares the others. Method: two datasets; back up database and keys; erase one. The database of now, and the backup beside the key file of now,
    /// give the other alone; so does the database of now beside the keys of before. Both of before, which an operator must not keep, give both: it was the keys.</summary>
    [Fact]
    public async Task An_erased_dataset_is_read_from_no_backup()
    {
        await using (var silo = await StartAsync(Sqlite))
        {
            await LoadAsync(silo, Name, 30);
            await LoadAsync(silo, "other", 30);
        }

        var backup = Path.Combine(folder.Path, "backup");
        Directory.CreateDirectory(backup);
        File.Copy(Path.Combine(Data, "silo.db"), Path.Combine(backup, "silo.db"));
        var keysBefore = await File.ReadAllTextAsync(KeyPath);
        Assert.Equal(2, await CommandAsync("erase", Name));
        Assert.Equal(0, await CommandAsync("erase", Name, "for-ever"));

        Assert.Equal(["other"], await OpenAsync(Data));
        Assert.Equal(["other"], await OpenAsync(backup));
        var keysAfter = await File.ReadAllTextAsync(KeyPath);
        await PutKeysAsync(keysBefore);
        Assert.Equal(["other"], await OpenAsync(Data));
        Assert.Equal([Name, "other"], await OpenAsync(backup));
        await PutKeysAsync(keysAfter);
        Assert.Equal(1, await CommandAsync("rotate", Name));
    }

    /// <summary>Goal: a missing key closes its dataset, with one error that names dataset and file, and no other; back in its place it opens it; a silo without its host's key does not start. Method: take the key out of the
    /// file, start, put it back, check; load into a dataset without a key; a key file of another host.</summary>
    [Fact]
    public async Task A_missing_key_closes_its_dataset_alone()
    {
        await using (var silo = await StartAsync(Sqlite))
        {
            await LoadAsync(silo, Name, 30);
            await LoadAsync(silo, "other", 30);
            await silo.Log.Database.WriteAsync("test", within => within.Connection!.ExecuteAsync("INSERT INTO seeds (id, sealed, salt, seq, ready) VALUES ('s', @seed, '', 1, 1)", new { seed = silo.Vault.Seal(Vault.Host, new byte[32], "seed:s") }, within));
        }

        var whole = await File.ReadAllTextAsync(KeyPath);
        await PutKeysAsync(Without(whole, Name));
        await using (var silo = await StartAsync(Sqlite))
        {
            Assert.Equal((false, true), (await silo.Shelf.CheckAsync(Name, RunningLog.Patience), await silo.Shelf.CheckAsync("other", RunningLog.Patience)));
            Assert.Null(silo.Shelf.Find(Name, out var fault));
            Assert.Null(fault);
            var missing = await Assert.ThrowsAsync<MissingKeyException>(() => silo.Store.CheckKeyAsync(Name, RunningLog.Patience));
            Assert.Contains(KeyPath, missing.Message, StringComparison.Ordinal);
            Assert.Contains($"'{Name}'", missing.Message, StringComparison.Ordinal);
            var load = await Assert.ThrowsAsync<MissingKeyException>(() => LoadAsync(silo, Name, 31));
            Assert.Equal(missing.Message, load.Message);
            Assert.Equal(0, await silo.Log.Database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM log_entries WHERE body LIKE '%tamper%'")));

            await PutKeysAsync(whole);
            Assert.True(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));
            Assert.Equal(30, silo.Shelf.Find(Name, out _)!.Patients.Count);
        }

        await PutKeysAsync(Without(whole, Vault.Host));
        await using var without = await StartAsync(Sqlite);
        var seeds = await Assert.ThrowsAsync<MissingKeyException>(() => new Reseal(without.Log.Database, without.Vault).UpgradeAsync(Nothing, RunningLog.Patience));
        Assert.Contains(KeyPath, seeds.Message, StringComparison.Ordinal);
    }

    /// <summary>Goal: another key cannot stand under a key's id, and a file that others may read is not used. Method: another key's bytes under the id; wider rights; no JSON.</summary>
    [Fact]
    public void A_key_file_is_what_it_says_and_its_owners_alone()
    {
        Vault.LoadOrCreate(Secrets).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(KeyPath));
        var right = File.ReadAllText(KeyPath);
        var json = JsonNode.Parse(right)!;
        json["keys"]![0]!["key"] = Ledger.Records.Base64Text.Encode(new byte[32]);
        File.WriteAllText(KeyPath, json.ToJsonString());
        Assert.Contains("is not the one that its id", Assert.Throws<InvalidDataException>(() => Vault.LoadOrCreate(Secrets)).Message, StringComparison.Ordinal);
        File.WriteAllText(KeyPath, "{}");
        Assert.Contains("is no key file", Assert.Throws<InvalidDataException>(() => Vault.LoadOrCreate(Secrets)).Message, StringComparison.Ordinal);
        File.WriteAllText(KeyPath, right);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", Assert.Throws<InvalidDataException>(() => Vault.LoadOrCreate(Secrets)).Message, StringComparison.Ordinal);
            File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Vault.LoadOrCreate(Secrets).Dispose();
    }

    /// <summary>Goal: sealed bytes open in their own place alone, and as what they are. Method: seal a thing and open it under its label; another label, another owner, a changed bit anywhere; then exchange the records of two
    /// patients in the database: the dataset is closed and two records differ.</summary>
    [Fact]
    public async Task Sealed_bytes_open_in_their_own_place_alone()
    {
        await using var silo = await StartAsync(Sqlite);
        await LoadAsync(silo, Name, 30);
        await LoadAsync(silo, "other", 30);
        var bytes = silo.Vault.Seal(Name, "an answer"u8, "answer:1");
        Assert.Equal("an answer", Encoding.UTF8.GetString(silo.Vault.Open(Name, bytes, "answer:1")));
        Assert.ThrowsAny<CryptographicException>(() => silo.Vault.Open(Name, bytes, "answer:2"));
        Assert.Throws<MissingKeyException>(() => silo.Vault.Open("other", bytes, "answer:1"));
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 1;
            Assert.True(Record.Exception(() => silo.Vault.Open(Name, changed, "answer:1")) is CryptographicException or MissingKeyException, string.Create(CultureInfo.InvariantCulture, $"byte {i}"));
        }

        Assert.True(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));
        await silo.Log.Database.WriteAsync("test", async within =>
        {
            var two = (await within.Connection!.QueryAsync<(string Patient, byte[] Body)>("SELECT patient, body FROM records WHERE dataset = @Name ORDER BY patient LIMIT 2", new { Name }, within)).ToList();
            await within.Connection!.ExecuteAsync("UPDATE records SET body = @body WHERE patient = @patient AND dataset = @Name", new[] { new { body = two[1].Body, patient = two[0].Patient, Name }, new { body = two[0].Body, patient = two[1].Patient, Name } }, within);
        });
        Assert.Equal("2 of 30 records differ from their commitments", (await Assert.ThrowsAsync<TamperedDatasetException>(() => OpenDataset.NewestAsync(silo.Store, Name, RunningLog.Patience))).Fault);
        Assert.False(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));
    }

    /// <summary>Goal: a rotation that is killed loses nothing and goes on where it was; the old key goes when nothing is under it, and not before. Method: on both engines, 250 patients, steps of 100 rows, and what is told of the
    /// first step throws; both keys are there and the dataset opens, in a process of before too; again, and the rest is sealed, by count; one key is left, and nothing lies under the old.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rotation_that_is_killed_goes_on_where_it_was(bool onPostgres)
    {
        await using var silo = await StartAsync(onPostgres ? await postgres.NewDatabaseAsync() : Sqlite);
        await LoadAsync(silo, Name, 250);
        var old = silo.Vault.Head(Name);
        using (var killed = Vault.LoadOrCreate(Secrets))
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => new Reseal(silo.Log.Database, killed, 100).RotateAsync(Name, (_, _) => throw new OperationCanceledException("the power goes"), RunningLog.Patience));
        }

        Assert.Equal((150L, 3), (await UnderAsync(old), Vault.LoadOrCreate(Secrets).Keys.Count));
        Assert.True(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));

        var told = new Dictionary<string, int>();
        using var again = Vault.LoadOrCreate(Secrets);
        await new Reseal(silo.Log.Database, again, 100).RotateAsync(Name, (what, count) => told[what] = told.GetValueOrDefault(what) + count, RunningLog.Patience);
        Assert.Equal((150, 1), (told["records"], told["load reports"]));
        Assert.Equal((0L, 2), (await UnderAsync(old), again.Keys.Count));
        Assert.NotEqual(old, again.Head(Name));
        Assert.True(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));
        Assert.Equal(250, silo.Shelf.Find(Name, out _)!.Patients.Count);
        Assert.Contains("\"patients\":250", (await silo.Store.NewestVersionAsync(Name, RunningLog.Patience))!.Report, StringComparison.Ordinal);

        Task<long> UnderAsync(byte[] head) => silo.Log.Database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM records WHERE substr(body, 1, 9) = @head", new { head }));
    }

    /// <summary>Goal: keys are changed only while no process of the silo runs. Method: a process that lives, by its row; the same without it.</summary>
    [Fact]
    public async Task Keys_are_not_changed_while_a_process_runs()
    {
        await using (var silo = await StartAsync(Sqlite))
        {
            await LoadAsync(silo, Name, 30);
            await silo.Log.Database.WriteAsync("test", within => within.Connection!.ExecuteAsync("INSERT INTO processes (id, alive_until) VALUES ('p', @until)", new { until = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds() }, within));
        }

        var before = await File.ReadAllTextAsync(KeyPath);
        Assert.Equal(1, await CommandAsync("rotate"));
        Assert.Equal(before, await File.ReadAllTextAsync(KeyPath));
        await using (var silo = await StartAsync(Sqlite))
        {
            await silo.Log.Database.WriteAsync("test", within => within.Connection!.ExecuteAsync("DELETE FROM processes", transaction: within));
        }

        Assert.Equal(0, await CommandAsync("rotate"));
        Assert.NotEqual(before, await File.ReadAllTextAsync(KeyPath));
        Assert.Equal([Name], await OpenAsync(Data));
    }

    /// <summary>Goal: a database from before datasets had keys is sealed when the silo starts, and nothing of before stays readable in it. Method: load, lay everything as it lay then (records and report open, a seed and an answer under
    /// the one key in vault.key), start; dataset, seed and answer open, the planted value and the old key are gone; a second start changes nothing.</summary>
    [Fact]
    public async Task A_database_from_before_is_sealed_when_it_starts()
    {
        var unnamed = RandomNumberGenerator.GetBytes(32);
        await using (var silo = await StartAsync(Sqlite))
        {
            await LoadAsync(silo, Name, 50);
            var records = await silo.Store.RecordsAsync(Name, 1, RunningLog.Patience);
            var report = (await silo.Store.NewestVersionAsync(Name, RunningLog.Patience))!.Report;
            await silo.Log.Database.WriteAsync("test", async within =>
            {
                var connection = within.Connection!;
                await connection.ExecuteAsync("UPDATE records SET body = @Body, salt = @Salt WHERE patient = @Patient", records, within);
                await connection.ExecuteAsync("UPDATE dataset_versions SET report = @report, sealed_report = NULL; UPDATE datasets SET at_rest = 'clear'", new { report }, within);
                await connection.ExecuteAsync("INSERT INTO seeds (id, sealed, salt, seq, ready) VALUES ('s', @seed, '', 1, 1)", new { seed = Before(unnamed, "a seed"u8, "seed:s") }, within);
                await connection.ExecuteAsync(
                    """
                    INSERT INTO queries (id, signer, nonce, permit, dataset, version, output, query_hash, query_text, state, rho, delta, files, seed, reserved_at, sealed_answer)
                    VALUES ('q', '', '', '', @Name, 1, '', '', '', 'answered', 0, 0, 0, 's', '', @answer)
                    """,
                    new { Name, answer = Before(unnamed, "an answer"u8, "answer:q") },
                    within);
            });
        }

        Assert.NotEmpty(FilesWith(Encoding.UTF8.GetBytes(Planted)));
        File.Delete(KeyPath);
        var file = Path.Combine(Secrets, "vault.key");
        await File.WriteAllBytesAsync(file, unnamed);
        for (var start = 0; start < 2; start++)
        {
            await using var silo = await StartAsync(Sqlite);
            var told = new List<string>();
            await new Reseal(silo.Log.Database, silo.Vault).UpgradeAsync((what, count) => told.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}")), RunningLog.Patience);
            Assert.Equal(start == 0 ? ["50 records", "1 load reports", "1 answers", "1 seeds"] : [], told);
            Assert.False(File.Exists(file));
            Assert.Equal([], FilesWith(Encoding.UTF8.GetBytes(Planted)));
            Assert.True(await silo.Shelf.CheckAsync(Name, RunningLog.Patience));
            var (seed, answer) = await silo.Log.Database.ReadAsync(async connection => (await connection.QuerySingleAsync<byte[]>("SELECT sealed FROM seeds"), await connection.QuerySingleAsync<byte[]>("SELECT sealed_answer FROM queries")));
            Assert.Equal(("a seed", "an answer"), (Encoding.UTF8.GetString(silo.Vault.Open(Vault.Host, seed, "seed:s")), Encoding.UTF8.GetString(silo.Vault.Open(Name, answer, "answer:q"))));
        }
    }

    /// <summary>Goal: an erased dataset's answers go on counting towards every patient's own limit. Method: an answer that counted the first patient and not the second; without the keys it counts both.</summary>
    [Fact]
    public async Task Answers_of_an_erased_dataset_count_for_everybody_in_it()
    {
        await using var silo = await StartAsync(Sqlite);
        await LoadAsync(silo, Name, 30);
        var patients = (await silo.Store.RecordsAsync(Name, 1, RunningLog.Patience)).Take(2).Select(record => record.Patient).ToList();
        await silo.Log.Database.WriteAsync("test", async within =>
        {
            await within.Connection!.ExecuteAsync("INSERT INTO seeds (id, sealed, salt, seq, ready) VALUES ('s', @empty, '', 1, 1)", new { empty = Array.Empty<byte>() }, within);
            await within.Connection!.ExecuteAsync(
                """
                INSERT INTO queries (id, signer, nonce, permit, dataset, version, output, query_hash, query_text, state, rho, delta, files, seed, reserved_at, seq)
                VALUES ('q', '', '', '', @Name, 1, '', '', '', 'answered', 5, 0, 0, 's', '', 7)
                """,
                new { Name },
                within);
            await within.Connection!.ExecuteAsync("INSERT INTO query_cohorts (query, floor, sealed) VALUES ('q', 11, @cohort)", new { cohort = silo.Vault.Seal(Name, OpenNoise.Pack([true, .. new bool[29]]), "cohort:q") }, within);
        });
        Assert.Equal([patients[0]], await CountedAsync());
        silo.Vault.DropKeys(Name);
        Assert.Equal(patients, await CountedAsync());

        async Task<IReadOnlyList<string>> CountedAsync()
        {
            await using var connection = await silo.Log.Database.OpenAsync();
            var counted = new List<string>();
            await foreach (var answer in new KeptCohorts(silo.Vault).AfterAsync(connection, null, 0, patients))
            {
                counted.AddRange(answer.Patients);
            }

            return counted;
        }
    }

    /// <summary>Goal: opening a dataset costs little more for being sealed. Method: 100,000 patients; the time to open it, and the share of it that unsealing takes: printed, not judged.</summary>
    [Fact]
    public async Task Opening_a_hundred_thousand_patients_is_measured()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1", "part of the long form: set RESEARCHHUB_LONG=1");
        await using var silo = await StartAsync(Sqlite);
        var clock = Stopwatch.StartNew();
        await LoadAsync(silo, Name, 100_000);
        Say("read and load");
        for (var i = 0; i < 3; i++)
        {
            clock.Restart();
            await OpenDataset.NewestAsync(silo.Store, Name, RunningLog.Patience);
            Say("open");
            clock.Restart();
            var rows = await silo.Log.Database.ReadAsync(async connection => (await connection.QueryAsync<(string Patient, byte[] Body)>("SELECT patient, body FROM records ORDER BY patient")).AsList());
            Say("of which reading rows");
            clock.Restart();
            rows.AsParallel().ForAll(row => silo.Vault.Open(Name, row.Body, $"record:{row.Patient}:1"));
            Say("of which unsealing");
        }

        clock.Restart();
        using var vault = Vault.LoadOrCreate(Secrets);
        await new Reseal(silo.Log.Database, vault).RotateAsync(Name, Nothing, RunningLog.Patience);
        Say("rotation");

        void Say(string what) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {clock.Elapsed.TotalSeconds:0.00} s"));
    }

    private static void Nothing(string what, int count)
    {
    }

    private static byte[] Before(byte[] key, ReadOnlySpan<byte> clear, string label)
    {
        using var aes = new AesGcm(key, 16);
        var (nonce, cipher, tag) = (RandomNumberGenerator.GetBytes(12), new byte[clear.Length], new byte[16]);
        aes.Encrypt(nonce, clear, cipher, tag, Encoding.UTF8.GetBytes(label));
        return [.. nonce, .. cipher, .. tag];
    }

    private static string Without(string keys, string of)
    {
        var json = JsonNode.Parse(keys)!;
        json["keys"]!.AsArray().RemoveAll(key => key!["of"]!.ToString() == of);
        return json.ToJsonString();
    }

    /// <summary>Loads a sample whose first patient has the planted code.</summary>
    private static async Task LoadAsync(LoadingSilo silo, string dataset, int patients)
    {
        using var fhir = new TemporaryFolder();
        SampleGenerator.Write(new SampleOptions(patients, 5, Day), fhir.Path);
        var text = Encoding.UTF8.GetString(SampleDefinitions.Minas).Replace($"\"{Name}\"", $"\"{dataset}\"", StringComparison.Ordinal);
        var definition = SampleDefinitions.Read(Encoding.UTF8.GetBytes(text));
        var read = LoadFolder.Run(fhir.Path, definition, new LoadOptions(Day));
        var codes = definition.Attributes.Select(attribute => attribute.Name).ToList().IndexOf("diagnoses");
        List<PatientRow> rows = [read.Rows[0] with { Cells = [.. read.Rows[0].Cells.Select((cell, column) => column == codes ? Cell.Set([Planted]) : cell)] }, .. read.Rows.Skip(1)];
        await silo.Load.AsNewVersionAsync(definition, text, Day, read with { Rows = rows }, RunningLog.Patience);
    }

    private async Task<LoadingSilo> StartAsync(string connectionString)
    {
        Directory.CreateDirectory(Data);
        return await LoadingSilo.StartAsync(connectionString, Secrets);
    }

    /// <summary>The datasets that open from a folder's database beside the key file of now.</summary>
    private async Task<IReadOnlyList<string>> OpenAsync(string from)
    {
        await using var database = new Database($"Data Source={Path.Combine(from, "silo.db")};Pooling=False");
        using var vault = Vault.LoadOrCreate(Secrets);
        var store = new DatasetStore(database, vault);
        var opened = new List<string>();
        foreach (var name in await store.NamesAsync(RunningLog.Patience))
        {
            try
            {
                await store.CheckKeyAsync(name, RunningLog.Patience);
                await OpenDataset.NewestAsync(store, name, RunningLog.Patience);
                opened.Add(name);
            }
            catch (MissingKeyException) when (!vault.Holds(name))
            {
                await Assert.ThrowsAsync<MissingKeyException>(() => store.RecordsAsync(name, 1, RunningLog.Patience));
                Assert.Equal("", (await store.NewestVersionAsync(name, RunningLog.Patience))!.Report);
            }
            catch (MissingKeyException erased)
            {
                Assert.True(erased.Erased);
            }
        }

        return opened;
    }

    private async Task<int> CommandAsync(params string[] args)
    {
        SqliteConnection.ClearAllPools();
        var (said, wrong) = (new StringWriter(), new StringWriter());
        var code = await KeysCommand.RunAsync([.. args, $"--ConnectionStrings:Silo={Sqlite}", $"--Silo:Secrets={Secrets}"], said, wrong, TimeProvider.System, RunningLog.Patience);
        output.WriteLine($"keys {string.Join(' ', args)}: {code} {said}{wrong}");
        return code;
    }

    private async Task PutKeysAsync(string keys)
    {
        await File.WriteAllTextAsync(KeyPath, keys);
        File.SetLastWriteTimeUtc(KeyPath, File.GetLastWriteTimeUtc(KeyPath).AddSeconds(1));
    }

    private string[] FilesWith(byte[] bytes) => [.. Directory.EnumerateFiles(Data).Where(file => Read(file).AsSpan().IndexOf(bytes) >= 0).Select(file => Path.GetFileName(file))];

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
