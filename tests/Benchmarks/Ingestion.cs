using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Views;
using Silos.Samples;

namespace Benchmarks;

/// <summary>How fast a FHIR export becomes a queryable table with record commitments, beside what the machine's own tools take to unpack
/// and count the same lines. <c>ingestion FOLDER</c>: a folder of NDJSON, plain or gzip.</summary>
internal static class Ingestion
{
    public static int Run(string[] args)
    {
        if (args is not [var folder] || !Directory.Exists(folder))
        {
            Console.Error.WriteLine("ingestion: name a folder of NDJSON files");
            return 2;
        }

        var definition = SampleDefinitions.Read(Directory.EnumerateFiles(folder, "cohort.*.csv").Any() ? SampleDefinitions.Minas : SampleDefinitions.FhirExport);
        Reference(folder);
        for (var round = 1; round <= 3; round++)
        {
            Load(folder, definition, round);
        }

        ViewsAlone(folder, definition);
        return 0;
    }

    private static void Load(string folder, DatasetDefinition definition, int round)
    {
        var watch = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        var result = LoadFolder.Run(folder, definition, new LoadOptions(new DateOnly(2025, 12, 31)));
        var loaded = watch.Elapsed;
        var salt = new byte[32];
        result.Rows.AsParallel().ForAll(row => SHA256.HashData([.. salt, .. row.CanonicalBytes(definition)]));
        var table = PatientTable.Of(definition, result.Rows);
        using var process = Process.GetCurrentProcess();
        var used = process.TotalProcessorTime - cpu;
        Console.WriteLine($"load {round}: {result.Report.Patients} patients, {result.Report.Bytes / 1e6:F1} MB, loaded in {loaded.TotalSeconds:F2} s, committed table of {table.Count} rows in {watch.Elapsed.TotalSeconds:F2} s, "
            + $"{result.Report.Bytes / 1e6 / watch.Elapsed.TotalSeconds:F0} MB/s, {used.TotalSeconds:F2} s of processor time, peak working set {process.PeakWorkingSet64 / 1e6:F0} MB; read {result.Report.Read} = {result.Report.Loaded} + {result.Report.Rejected}");
    }

    /// <summary>One thread, lines in memory: parsing and views, nothing else.</summary>
    private static void ViewsAlone(string folder, DatasetDefinition definition)
    {
        var views = Views(definition);
        var (bytes, lines, rows) = (0L, 0L, 0L);
        var spent = TimeSpan.Zero;
        foreach (var path in Directory.EnumerateFiles(folder, "*.ndjson*"))
        {
            var type = Path.GetFileName(path).Split('.')[0];
            var mine = views.Where(view => view.Resource == type).ToList();
            if (mine.Count == 0)
            {
                continue;
            }

            var buffer = Unpacked(path, 300_000_000);
            var before = Environment.CpuUsage.TotalTime;
            for (var start = 0; start < buffer.Length;)
            {
                var length = buffer.AsSpan(start).IndexOf((byte)'\n');
                length = length < 0 ? buffer.Length - start : length;
                foreach (var view in mine)
                {
                    view.Run(buffer, start, length, _ => rows++);
                }

                lines++;
                start += length + 1;
            }

            spent += Environment.CpuUsage.TotalTime - before;
            bytes += buffer.Length * (long)mine.Count;
        }

        Console.WriteLine($"views alone, one thread, parsing again for each view: {lines} lines, {rows} rows, {bytes / 1e6:F1} MB in {spent.TotalSeconds:F2} s of processor time, {bytes / 1e6 / spent.TotalSeconds:F0} MB/s");
    }

    private static List<SqlOnFhirView> Views(DatasetDefinition definition)
    {
        using var json = System.Text.Json.JsonDocument.Parse(definition.Id == "fhir-export" ? SampleDefinitions.FhirExport : SampleDefinitions.Minas);
        return [.. json.RootElement.GetProperty("views").EnumerateArray().Select(view => SqlOnFhirView.Compile(System.Text.Encoding.UTF8.GetBytes(view.GetRawText())).View!)];
    }

    private static byte[] Unpacked(string path, int most)
    {
        using Stream file = File.OpenRead(path);
        using var stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var memory = new MemoryStream();
        var buffer = new byte[1 << 20];
        while (memory.Length < most && stream.Read(buffer) is > 0 and var read)
        {
            memory.Write(buffer, 0, read);
        }

        var all = memory.ToArray();
        return all[..(all.AsSpan().LastIndexOf((byte)'\n') + 1)];
    }

    private static void Reference(string folder)
    {
        var command = Directory.EnumerateFiles(folder, "*.ndjson.gz").Any() ? "gzip -dc *.ndjson.gz | wc -lc" : "cat *.ndjson | wc -lc";
        var watch = Stopwatch.StartNew();
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var said = shell.StandardOutput.ReadToEnd().Trim();
        shell.WaitForExit();
        Console.WriteLine($"{command}: {said} in {watch.Elapsed.TotalSeconds:F2} s");
    }
}
