using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Story;

/// <summary>A PostgreSQL of its own for one run: made in a new folder, stopped and deleted at the end. Commits are durable, as in production. initdb refuses root, so root starts it as the user postgres.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string bin;
    private readonly string folder;

    private PostgresServer(string bin, string folder, int port) => (this.bin, this.folder, Port) = (bin, folder, port);

    public int Port { get; }

    /// <summary>What to do when <see cref="Find"/> finds nothing.</summary>
    public static string Missing => "PostgreSQL is not installed: install it (apt-get install postgresql) or name the folder of its programs in RESEARCHHUB_PG_BIN";

    /// <returns>The folder of its programs, from <c>RESEARCHHUB_PG_BIN</c>, PATH or /usr/lib/postgresql; null when it is in none.</returns>
    public static string? Find()
    {
        string?[] named = [Environment.GetEnvironmentVariable("RESEARCHHUB_PG_BIN")];
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return named.Concat(path).Concat(installed).FirstOrDefault(place => !string.IsNullOrEmpty(place) && File.Exists(Path.Combine(place, "initdb")) && File.Exists(Path.Combine(place, "pg_ctl")));
    }

    /// <param name="parent">The folder in which it lives; every folder above must be open to others.</param>
    /// <exception cref="FileNotFoundException">PostgreSQL is not installed.</exception>
    public static async Task<PostgresServer> StartAsync(string? parent = null)
    {
        var bin = Find() ?? throw new FileNotFoundException(Missing);
        var folder = parent is null ? Directory.CreateTempSubdirectory("postgres").FullName : Directory.CreateDirectory(Path.Combine(parent, "postgres")).FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        }

        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var server = new PostgresServer(bin, folder, port);
        await server.RunAsync("initdb", "-D", server.Data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Stops it as an operator does: whoever is connected is thrown out.</summary>
    public async Task StopAsync()
    {
        await RunAsync("pg_ctl", "-D", Data, "-w", "-m", "fast", "stop");
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Starts it on what it held.</summary>
    public Task StartAgainAsync()
    {
        var options = string.Create(CultureInfo.InvariantCulture, $"-p {Port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=400 -c shared_buffers=256MB -c max_wal_size=4GB");
        return RunAsync("pg_ctl", "-D", Data, "-w", "-l", Path.Combine(folder, "log"), "-o", options, "start");
    }

    /// <summary>Makes an empty database, unless it is there.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> DatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var find = connection.CreateCommand();
        find.CommandText = $"SELECT 1 FROM pg_database WHERE datname = '{name}'";
        if (await find.ExecuteScalarAsync() is null)
        {
            await using var create = connection.CreateCommand();
            create.CommandText = $"CREATE DATABASE \"{name}\"";
            await create.ExecuteNonQueryAsync();
        }

        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync("pg_ctl", "-D", Data, "-m", "immediate", "stop");
        Directory.Delete(folder, recursive: true);
    }

    private string Data => Path.Combine(folder, "data");

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=60");

    private async Task RunAsync(string program, params string[] arguments)
    {
        var asPostgres = Environment.UserName == "root";
        var info = new ProcessStartInfo(asPostgres ? "runuser" : Path.Combine(bin, program)) { WorkingDirectory = "/", RedirectStandardOutput = true };
        string[] all = asPostgres ? ["-u", "postgres", "--", Path.Combine(bin, program), .. arguments] : arguments;
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
