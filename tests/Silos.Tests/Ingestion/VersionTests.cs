using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Ingestion.Hl7;
using Silos.Ledger.Records;
using Silos.Samples;
using Silos.Tests.Log;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>A dataset's versions: what a further load shares, and what it never touches (C7).</summary>
public sealed class VersionTests(ITestOutputHelper output)
{
    private static readonly DateOnly Day = new(2025, 12, 31);

    /// <summary>Goal: a correction makes a new version that shares what did not change, and the old one stays (C7). Method: 3,000 patients;
    /// one is corrected, one leaves, one comes; count the new commitments, check both versions against their roots, and print both times.</summary>
    [Fact]
    public async Task A_new_version_shares_the_commitments_of_unchanged_records()
    {
        await using var silo = await LoadingSilo.StartAsync();
        using var folder = new TemporaryFolder();
        SampleGenerator.Write(new SampleOptions(3_000, 5, Day), folder.Path);
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var rows = LoadFolder.Run(folder.Path, definition, new LoadOptions(Day));
        var first = await TimedAsync("first", () => silo.Load.AsNewVersionAsync(definition, "minas", Day, rows, RunningLog.Patience));

        var (corrected, left) = (rows.Rows[7], rows.Rows[8]);
        PatientRow[] changed =
        [
            .. rows.Rows.Where(row => row != corrected && row != left),
            corrected with { Cells = [Cell.Number(1), .. corrected.Cells.Skip(1)] },
            rows.Rows[9] with { Patient = "newcomer" },
        ];
        var second = await TimedAsync("second", () => silo.Load.AsNewVersionAsync(definition, "minas", Day, rows with { Rows = changed }, RunningLog.Patience));

        var before = await silo.Store.RecordsAsync(definition.Id, first.Version, RunningLog.Patience);
        var after = await silo.Store.RecordsAsync(definition.Id, second.Version, RunningLog.Patience);
        var shared = before.Select(record => Convert.ToHexString(record.Commitment)).Intersect(after.Select(record => Convert.ToHexString(record.Commitment))).Count();
        Assert.Equal((2_998, 3_000), (shared, after.Count));
        Assert.NotEqual(first.Root, second.Root);
        Assert.Null(RecordCommitment.Fault(before, Hash32.Parse(first.Root)));
        Assert.Null(RecordCommitment.Fault(after, Hash32.Parse(second.Root)));
        Assert.Equal(corrected.CanonicalBytes(definition), before.Single(record => record.Patient == corrected.Patient).Body);
        Assert.NotEqual(corrected.CanonicalBytes(definition), after.Single(record => record.Patient == corrected.Patient).Body);
        Assert.DoesNotContain(after, record => record.Patient == left.Patient);
    }

    /// <summary>Goal: a load that fails leaves what was loaded before (C1). Method: a good load; then an empty folder, a definition with a
    /// fault, and another definition under the same id; the first version is still the newest, and whole.</summary>
    [Fact]
    public async Task A_load_that_fails_leaves_earlier_versions_as_they_were()
    {
        await using var silo = await LoadingSilo.StartAsync();
        using var folder = new TemporaryFolder();
        using var empty = new TemporaryFolder();
        SampleGenerator.Write(new SampleOptions(50, 5, Day), folder.Path);
        var good = await silo.RunAsync(folder.Path, SampleDefinitions.Minas);
        Assert.Equal(("published", (int?)1), (good.State, good.Version));
        Assert.Equal(good.TotalBytes, good.DoneBytes);
        Assert.True(good.TotalBytes > 0);

        Assert.Equal("failed", (await silo.RunAsync(empty.Path, SampleDefinitions.Minas)).State);
        var wrong = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(SampleDefinitions.Minas).Replace("\"k\": 11", "\"k\": 1", StringComparison.Ordinal));
        Assert.Contains("policy.k: 1 is not a number from 2", (await Assert.ThrowsAsync<InvalidDataException>(() => silo.RunAsync(folder.Path, wrong))).Message, StringComparison.Ordinal);
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(SampleDefinitions.Minas).Replace("\"k\": 11", "\"k\": 5", StringComparison.Ordinal));
        Assert.Contains("is registered with another definition", (await Assert.ThrowsAsync<InvalidDataException>(() => silo.RunAsync(folder.Path, other))).Message, StringComparison.Ordinal);

        Assert.Equal(1, (await silo.Store.NewestVersionAsync("chronic-care", RunningLog.Patience))!.Version);
        Assert.Equal(50, silo.Shelf.Find("chronic-care", out _)!.Patients.Count);
        Assert.Equal(["failed", "published"], silo.Jobs.All.Select(job => job.State));
    }

    /// <summary>Goal: a dataset with a hospital's own hierarchy stays usable when the files that it was loaded from are gone. Method: load by a
    /// definition beside its CSV, delete the folder, open the dataset anew, and generalize by the hierarchy.</summary>
    [Fact]
    public async Task A_registered_dataset_holds_its_own_hierarchies()
    {
        await using var silo = await LoadingSilo.StartAsync();
        using (var folder = new TemporaryFolder())
        {
            folder.Write("wards.csv", "north;inpatient;*\nsouth;inpatient;*\n");
            folder.Write("t.csv", "person,ward\np1,north\np2,cellar\n");
            var job = await silo.RunAsync(folder.Path, """
                {"id":"d","title":"d","attributes":[
                  {"name":"ward","role":"quasi-identifying","type":"category","hierarchy":"wards.csv","from":{"view":"t","column":"ward","take":"one"}}],
                 "tables":[{"name":"t","file":"t.csv","patient":"person"}]}
                """u8.ToArray(), folder.Path);
            Assert.Equal("published", job.State);
        }

        Assert.True(await silo.Shelf.CheckAsync("d", RunningLog.Patience));
        Assert.Equal("inpatient", silo.Shelf.Find("d", out _)!.Definition.OwnHierarchies["ward"].Generalize("south", 1));
    }

    /// <summary>Goal: a legacy system's corrections and merges become versions, never overwrites (C7). Method: a TCP client sends, over MLLP,
    /// an admission, a second record, a result, nonsense, a frame inside a frame and a frame that never ends; a version is loaded from the
    /// journal; then A08 and A40, and another version. The listener is started anew in between, as after a crash.</summary>
    [Fact]
    public async Task HL7_messages_over_MLLP_become_versions()
    {
        await using var silo = await LoadingSilo.StartAsync();
        using var journal = new TemporaryFolder();
        await using (var legacy = await Legacy.ConnectAsync(journal.Path))
        {
            Assert.StartsWith("AA|1", await legacy.SendAsync(Message(1, "ADT^A01", "PID|1||old^^^H^MR||X||19600101|M\rPV1|1|I|||||||||||||||||V1\rDG1|1||E119^x^I10\r")), StringComparison.Ordinal);
            Assert.StartsWith("AA|2", await legacy.SendAsync(Message(2, "ADT^A01", "PID|1||new^^^H^MR||X||19610322|M\r")), StringComparison.Ordinal);
            Assert.StartsWith("AR|3", await legacy.SendAsync(Message(3, "ORM^O01", "PID|1||new\r")), StringComparison.Ordinal);
            Assert.StartsWith("AE||does not begin with MSH", await legacy.SendAsync(Mllp.Frame("nonsense")), StringComparison.Ordinal);
            Assert.StartsWith("AE||a frame began before", await legacy.SendAsync([0x0B, (byte)'M', .. Mllp.Frame("MSH|^~\\&|A|B|C|D|20260104||ADT^A08|4|P|2.5.1\rPID|1||new^^^H^MR||X||19610323|F\r")]), StringComparison.Ordinal);
            Assert.StartsWith("AA|4", await legacy.ReadAsync(), StringComparison.Ordinal);
            await legacy.WriteAsync([0x0B, .. Encoding.UTF8.GetBytes("MSH|^~\\&|A|B|C|D|20260105||ADT^A08|5|P|2.5.1\rPID|1||new^^^H^MR||X||19990101|F\r")]);
        }

        Assert.Equal(1, (await silo.RunAsync(journal.Path, SampleDefinitions.Minas)).Version);
        await using (var legacy = await Legacy.ConnectAsync(journal.Path))
        {
            Assert.StartsWith("AA|6", await legacy.SendAsync(Message(6, "ADT^A40", "PID|1||new^^^H^MR\rMRG|old^^^H^MR\r")), StringComparison.Ordinal);
            Assert.StartsWith("AE||a message is longer than", await legacy.SendAsync([0x0B, .. new byte[1 << 21]]), StringComparison.Ordinal);
            Assert.Null(await legacy.ReadAsync());
        }

        Assert.Equal(2, (await silo.RunAsync(journal.Path, SampleDefinitions.Minas)).Version);
        Assert.Equal(["new", "old"], (await silo.Store.RecordsAsync("chronic-care", 1, RunningLog.Patience)).Select(record => record.Patient));
        var survivor = Assert.Single(await silo.Store.RecordsAsync("chronic-care", 2, RunningLog.Patience));
        Assert.Equal("""{"age":64,"diagnoses":["E11.9"],"encounters":1,"patient_id":"new","sex":"female"}""", Encoding.UTF8.GetString(survivor.Body));
    }

    private static byte[] Message(int number, string type, string rest) => Mllp.Frame($"MSH|^~\\&|HIS|H|A|B|2026010{number}||{type}|{number}|P|2.5.1\r{rest}");

    private async Task<VersionRow> TimedAsync(string name, Func<Task<VersionRow>> load)
    {
        var watch = Stopwatch.StartNew();
        var version = await load();
        output.WriteLine($"{name} version of {version.Patients} patients committed in {watch.Elapsed.TotalSeconds:F2} s");
        return version;
    }

    /// <summary>The listener of a silo, and a system that is connected to it.</summary>
    private sealed class Legacy : IAsyncDisposable
    {
        private readonly MllpListener listener;
        private readonly TcpClient client;
        private readonly List<byte> read = [];

        private Legacy(MllpListener listener, TcpClient client) => (this.listener, this.client) = (listener, client);

        public static async Task<Legacy> ConnectAsync(string folder)
        {
            var listener = new MllpListener(new Hl7Intake(folder, TimeProvider.System), Options.Create(new MllpOptions { Port = 0, Folder = folder }), TimeProvider.System, NullLogger<MllpListener>.Instance);
            await listener.StartAsync(RunningLog.Patience);
            var client = new TcpClient();
            await client.ConnectAsync(await listener.Listening);
            return new Legacy(listener, client);
        }

        public ValueTask WriteAsync(byte[] bytes) => client.GetStream().WriteAsync(bytes, RunningLog.Patience);

        public async Task<string?> SendAsync(byte[] bytes)
        {
            await WriteAsync(bytes);
            return await ReadAsync();
        }

        /// <summary>The next acknowledgement's MSA from its code on, or null where the connection has ended.</summary>
        public async Task<string?> ReadAsync()
        {
            var buffer = new byte[4096];
            int end;
            while ((end = read.IndexOf(0x1C)) < 0)
            {
                int count;
                try
                {
                    count = await client.GetStream().ReadAsync(buffer, RunningLog.Patience);
                }
                catch (IOException)
                {
                    return null;
                }

                if (count == 0)
                {
                    return null;
                }

                read.AddRange(buffer[..count]);
            }

            var text = Encoding.UTF8.GetString([.. read.Take(end)]);
            read.RemoveRange(0, end + 1);
            return text[(text.IndexOf("MSA|", StringComparison.Ordinal) + 4)..];
        }

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            await listener.StopAsync(RunningLog.Patience);
            listener.Dispose();
        }
    }
}
