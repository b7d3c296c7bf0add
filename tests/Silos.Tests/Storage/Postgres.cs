using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(Silos.Tests.Storage.Postgres))]

namespace Silos.Tests.Storage;

/// <summary>A PostgreSQL of the tests' own, started when the first test asks for a database and stopped after the last. initdb refuses root, so root starts it as the user postgres.</summary>
public sealed class Postgres : IAsyncDisposable
{
    private const string Missing = "PostgreSQL is not installed: install it (apt-get install postgresql) or name the folder of its programs in RESEARCHHUB_PG_BIN";

    private readonly SemaphoreSlim one = new(1, 1);
    private string? folder;
    private string? bin;
    private int port;
    private int databases;

    /// <summary>A connection string of a new, empty database. Skips the test where PostgreSQL is not installed; on CI that is a failure.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        await one.WaitAsync();
        try
        {
            if (folder is null)
            {
                bin = Find();
                if (bin is null)
                {
                    Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
                    Assert.Fail(Missing);
                }

                await StartAsync();
            }
        }
        finally
        {
            one.Release();
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var create = connection.CreateCommand();
        create.CommandText = $"CREATE DATABASE {name}";
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await RunAsync("pg_ctl", "-D", Path.Combine(folder, "data"), "-m", "immediate", "stop");
            Directory.Delete(folder, recursive: true);
        }

        one.Dispose();
    }

    private static string? Find()
    {
        string?[] named = [Environment.GetEnvironmentVariable("RESEARCHHUB_PG_BIN")];
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return named.Concat(path).Concat(installed).FirstOrDefault(place => !string.IsNullOrEmpty(place) && File.Exists(Path.Combine(place, "initdb")) && File.Exists(Path.Combine(place, "pg_ctl")));
    }

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database={database};Maximum Pool Size=10");

    private async Task StartAsync()
    {
        var made = Directory.CreateTempSubdirectory("postgres").FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(made, (UnixFileMode)0b111_111_111);
        }

        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        await RunAsync("initdb", "-D", Path.Combine(made, "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        await RunAsync("pg_ctl", "-D", Path.Combine(made, "data"), "-w", "-l", Path.Combine(made, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port} -k {made} -c listen_addresses=127.0.0.1 -c max_connections=400"), "start");
        folder = made;
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var asPostgres = Environment.UserName == "root";
        var info = new ProcessStartInfo(asPostgres ? "runuser" : Path.Combine(bin!, program)) { WorkingDirectory = "/", RedirectStandardOutput = true };
        string[] all = asPostgres ? ["-u", "postgres", "--", Path.Combine(bin!, program), .. arguments] : arguments;
        all.ToList().ForEach(info.ArgumentList.Add);
        using var process = Process.Start(info)!;
        var words = program == "initdb" ? await process.StandardOutput.ReadToEndAsync() : "";
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{program} ended with exit code {process.ExitCode}: {words}"));
        }
    }
}
