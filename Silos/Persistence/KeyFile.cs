using System.Security.Cryptography;
using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Persistence;

/// <summary>A key of the key file.</summary>
/// <param name="Of">Whose things it seals: a dataset's id, or <see cref="Vault.Host"/>.</param>
/// <param name="Id">Its name in what it sealed: 16 hexadecimal digits that follow from the key, so that a wrong key cannot stand under it.</param>
/// <param name="Bytes">32 bytes of AES-256.</param>
public sealed record DataKey(string Of, string Id, byte[] Bytes)
{
    /// <summary>A fresh key.</summary>
    public static DataKey New(string of)
    {
        var bytes = RandomNumberGenerator.GetBytes(32);
        return new DataKey(of, IdOf(bytes), bytes);
    }

    /// <summary>The first 8 bytes of HMAC-SHA256(key, "researchhub key id").</summary>
    public static string IdOf(byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, "researchhub key id"u8).AsSpan(0, 8));
}

/// <summary>
/// The file of keys, apart from the database and its backups: who has both can read, and what no key is left for is erased. Changed under a lock beside it and
/// replaced whole, so that whoever reads finds one state or the next; its owner alone can read it.
/// </summary>
/// <param name="path">Where it is, or will be.</param>
public sealed class KeyFile(string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Path { get; } = path;

    /// <summary>The keys, of each owner the newest last; none where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is open to others, is no key file, or holds another key than its id names.</exception>
    public IReadOnlyList<DataKey> Read()
    {
        if (!File.Exists(Path))
        {
            return [];
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) is not UnixFileMode.None)
        {
            throw new InvalidDataException($"{Path}: others than its owner may read or run it: chmod 600 {Path}");
        }

        try
        {
            return JsonSerializer.Deserialize<Lines>(File.ReadAllText(Path), CanonicalJson.Options)?.Keys is not { } lines ? throw new JsonException("it has no keys") : [.. lines.Select(line => new DataKey(line.Of, line.Id, Base64Text.Decode(line.Key)) is { Bytes.Length: 32 } key && DataKey.IdOf(key.Bytes) == key.Id
                ? key
                : throw new InvalidDataException($"{Path}: the key of '{line.Of}' is not the one that its id {line.Id} names"))];
        }
        catch (Exception bad) when (bad is JsonException or FormatException)
        {
            throw new InvalidDataException($"{Path}: is no key file: {bad.Message}");
        }
    }

    /// <summary>Reads, changes and replaces the file while no other process changes it.</summary>
    /// <returns>The keys afterwards.</returns>
    public IReadOnlyList<DataKey> Change(Func<IReadOnlyList<DataKey>, IReadOnlyList<DataKey>> change)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        using var held = Lock();
        var before = Read();
        var after = change(before);
        if (!ReferenceEquals(before, after))
        {
            var text = JsonSerializer.SerializeToUtf8Bytes(new Lines([.. after.Select(key => new Line(key.Of, key.Id, Base64Text.Encode(key.Bytes)))]), CanonicalJson.Options);
            File.Delete(Path + ".new");
            using (var file = new FileStream(Path + ".new", OwnersOnly(FileMode.CreateNew)))
            {
                file.Write(text);
                file.Flush(flushToDisk: true);
            }

            File.Move(Path + ".new", Path, overwrite: true);
        }

        return after;
    }

    private static FileStreamOptions OwnersOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private FileStream Lock()
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            try
            {
                return new FileStream(Path + ".lock", OwnersOnly(FileMode.OpenOrCreate));
            }
            catch (IOException) when (waited.Elapsed < Patience)
            {
                Thread.Sleep(5);
            }
        }
    }

    private sealed record Lines(IReadOnlyList<Line> Keys);

    private sealed record Line(string Of, string Id, string Key);
}
