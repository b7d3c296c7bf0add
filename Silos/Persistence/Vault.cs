using System.Security.Cryptography;
using System.Text;

namespace Silos.Persistence;

/// <summary>
/// Seals what must not lie open in the database, with AES-256-GCM: what is a dataset's (records, load reports, answers, cohorts, classes of files) under a key of its own, what is the host's
/// (seeds) under another. Sealed bytes name their key: 0x01, key id (8), nonce (12), ciphertext, tag (16).
/// </summary>
public sealed class Vault : IDisposable
{
    /// <summary>The owner of what is no dataset's.</summary>
    public const string Host = "*";

    /// <summary>Bytes by which sealed bytes begin that are under the same key.</summary>
    public const int HeadLength = 9;

    private const byte Form = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly KeyFile file;
    private readonly string unnamedPath;
    private readonly Cipher? unnamed;
    private volatile IReadOnlyList<Cipher> ciphers = [];
    private DateTime read;

    private Vault(KeyFile file, string unnamedPath)
    {
        (this.file, this.unnamedPath) = (file, unnamedPath);
        unnamed = !File.Exists(unnamedPath) ? null
            : File.ReadAllBytes(unnamedPath) is { Length: 32 } key ? new Cipher(new DataKey(Host, "", key))
            : throw new InvalidDataException($"{unnamedPath}: holds no key; a vault key has 32 bytes");
        Take(file.Read());
    }

    /// <summary>The file of keys, for messages.</summary>
    public string Path => file.Path;

    /// <summary>The keys that are here, of each owner the newest last.</summary>
    public IReadOnlyList<DataKey> Keys => [.. ciphers.Select(cipher => cipher.Key)];

    /// <summary>Whether there is a key from before keys had ids, under which older databases are sealed.</summary>
    public bool HasUnnamed => unnamed is not null && File.Exists(unnamedPath);

    /// <summary>Reads <c>keys.json</c> in a folder of secrets, or makes it with a key of the host's; and <c>vault.key</c>, the one key from before, where it is still there.</summary>
    /// <exception cref="InvalidDataException">A file is not of its form, or open to others.</exception>
    public static Vault LoadOrCreate(string folder)
    {
        var vault = new Vault(new KeyFile(System.IO.Path.Combine(folder, "keys.json")), System.IO.Path.Combine(folder, "vault.key"));
        vault.EnsureKey(Host);
        return vault;
    }

    /// <summary>Whether there is any key of the owner.</summary>
    public bool Holds(string of) => Look(known => known.LastOrDefault(cipher => cipher.Key.Of == of)) is not null;

    /// <summary>Whether the key that the bytes name is one of the owner's.</summary>
    public bool Knows(string of, ReadOnlySpan<byte> sealedBytes) => Find(of, sealedBytes) is not null;

    /// <summary>Makes the owner's first key, where there is none.</summary>
    public void EnsureKey(string of)
    {
        if (!Holds(of))
        {
            Take(file.Change(keys => keys.Any(key => key.Of == of) ? keys : [.. keys, DataKey.New(of)]));
        }
    }

    /// <summary>Begins a rotation: a newer key, under which everything is sealed from then on. Where an earlier rotation did not come to its end, its key is that one.</summary>
    public void EnsureNewerKey(string of) => Take(file.Change(keys => keys.Count(key => key.Of == of) > 1 ? keys : [.. keys, DataKey.New(of)]));

    /// <summary>Ends a rotation: the owner's newest key alone stays.</summary>
    public void DropOlderKeys(string of) => Take(file.Change(keys => [.. keys.Where(key => key.Of != of || key == keys.Last(one => one.Of == of))]));

    /// <summary>Drops every key of an owner: what they sealed can never be read again, wherever a copy of it lies.</summary>
    /// <returns>How many there were.</returns>
    public int DropKeys(string of)
    {
        var dropped = 0;
        Take(file.Change(keys =>
        {
            dropped = keys.Count(key => key.Of == of);
            return [.. keys.Where(key => key.Of != of)];
        }));
        return dropped;
    }

    /// <summary>Puts the key from before away, when nothing is under it any more.</summary>
    public void DropUnnamed() => File.Delete(unnamedPath);

    /// <summary>By what the bytes begin that are sealed under the owner's newest key.</summary>
    public byte[] Head(string of) => Newest(of).Head;

    /// <param name="of">Whose they are: a dataset's id, or <see cref="Host"/>.</param>
    /// <param name="label">What the bytes are and of what row; opening asks for the same label.</param>
    /// <exception cref="MissingKeyException">The owner has no key.</exception>
    public byte[] Seal(string of, ReadOnlySpan<byte> clear, string label)
    {
        var key = Newest(of);
        var sealedBytes = new byte[HeadLength + NonceLength + clear.Length + TagLength];
        key.Head.CopyTo(sealedBytes, 0);
        var rest = sealedBytes.AsSpan(HeadLength);
        RandomNumberGenerator.Fill(rest[..NonceLength]);
        key.Aes.Encrypt(rest[..NonceLength], clear, rest.Slice(NonceLength, clear.Length), rest[(NonceLength + clear.Length)..], Label(of, label));
        return sealedBytes;
    }

    /// <param name="of">Whose they are said to be.</param>
    /// <exception cref="MissingKeyException">The key that the bytes name is not among the owner's.</exception>
    /// <exception cref="CryptographicException">Another label, or changed bytes.</exception>
    public byte[] Open(string of, ReadOnlySpan<byte> sealedBytes, string label)
    {
        if (Find(of, sealedBytes) is { } key)
        {
            return key.Open(sealedBytes[HeadLength..], Label(of, label));
        }

        return unnamed is null ? throw new MissingKeyException(of, Path) : unnamed.Open(sealedBytes, Encoding.UTF8.GetBytes(label));
    }

    public void Dispose()
    {
        foreach (var cipher in ciphers)
        {
            cipher.Dispose();
        }

        unnamed?.Dispose();
    }

    private static byte[] Label(string of, string label) => Encoding.UTF8.GetBytes($"{of}\n{label}");

    private Cipher Newest(string of) => Look(known => known.LastOrDefault(cipher => cipher.Key.Of == of)) ?? throw new MissingKeyException(of, Path);

    private Cipher? Find(string of, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < HeadLength + NonceLength + TagLength || sealedBytes[0] != Form)
        {
            return null;
        }

        var head = sealedBytes[..HeadLength].ToArray();
        return Look(known => known.FirstOrDefault(cipher => cipher.Key.Of == of && cipher.Head.AsSpan().SequenceEqual(head)));
    }

    /// <summary>What is looked for; where it is not known, once more in the file as it is now: another process may have made a key, or somebody put the file back.</summary>
    private Cipher? Look(Func<IReadOnlyList<Cipher>, Cipher?> find)
    {
        if (find(ciphers) is { } known)
        {
            return known;
        }

        lock (file)
        {
            if (File.GetLastWriteTimeUtc(Path) is var written && written != read)
            {
                Take(file.Read());
                read = written;
            }
        }

        return find(ciphers);
    }

    private void Take(IReadOnlyList<DataKey> keys)
    {
        lock (file)
        {
            // Ciphers that are let go may still be in use: they go with the last who uses them.
            ciphers = [.. keys.Select(key => ciphers.FirstOrDefault(known => known.Key.Id == key.Id && known.Key.Of == key.Of) ?? new Cipher(key))];
        }
    }

    /// <summary>One key, a cipher a thread.</summary>
    private sealed class Cipher : IDisposable
    {
        private readonly ThreadLocal<AesGcm> aes;

        public Cipher(DataKey key)
        {
            Key = key;
            Head = [Form, .. Convert.FromHexString(key.Id)];
            aes = new ThreadLocal<AesGcm>(() => new AesGcm(key.Bytes, TagLength), trackAllValues: true);
        }

        public DataKey Key { get; }

        public byte[] Head { get; }

        public AesGcm Aes => aes.Value!;

        /// <param name="rest">Nonce, ciphertext and tag.</param>
        public byte[] Open(ReadOnlySpan<byte> rest, byte[] label)
        {
            if (rest.Length < NonceLength + TagLength)
            {
                throw new CryptographicException("too short to be sealed");
            }

            var clear = new byte[rest.Length - NonceLength - TagLength];
            Aes.Decrypt(rest[..NonceLength], rest.Slice(NonceLength, clear.Length), rest[^TagLength..], clear, label);
            return clear;
        }

        public void Dispose()
        {
            foreach (var one in aes.Values)
            {
                one.Dispose();
            }

            aes.Dispose();
        }
    }
}

/// <summary>What a dataset's or the host's things are sealed under is not in the key file: it was erased, or another file belongs there.</summary>
/// <param name="erased">Whether the database says that the dataset was erased.</param>
public sealed class MissingKeyException(string of, string file, bool erased = false) : Exception(
    erased ? $"dataset '{of}' was erased: its keys were dropped from {file}, and it stays closed"
    : of == Vault.Host ? $"{file}: holds no key for what this host sealed (seeds): put back the key file that belongs to this database"
    : $"{file}: holds no key for what is sealed of dataset '{of}': put back the key file that belongs to this database; until then the dataset stays closed")
{
    public bool Erased { get; } = erased;
}
