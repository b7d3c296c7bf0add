using System.Security.Cryptography;
using System.Text;

namespace Silos.Persistence;

/// <summary>Seals what must not lie open in the database (answers, seeds) with AES-256-GCM under a key file that no backup of the database holds.</summary>
public sealed class Vault : IDisposable
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly AesGcm cipher;

    private Vault(byte[] key) => cipher = new AesGcm(key, TagLength);

    /// <summary>Reads the key file, or makes one that its owner alone can read.</summary>
    public static Vault LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var partial = path + ".new";
            File.WriteAllBytes(partial, RandomNumberGenerator.GetBytes(32));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            File.Move(partial, path);
        }

        var key = File.ReadAllBytes(path);
        return key.Length == 32 ? new Vault(key) : throw new InvalidDataException($"{path}: holds {key.Length} bytes; a vault key has 32");
    }

    /// <param name="label">What the bytes are and whose; opening asks for the same label.</param>
    public byte[] Seal(ReadOnlySpan<byte> clear, string label)
    {
        var sealedBytes = new byte[NonceLength + clear.Length + TagLength];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceLength));
        lock (cipher)
        {
            cipher.Encrypt(
                sealedBytes.AsSpan(0, NonceLength),
                clear,
                sealedBytes.AsSpan(NonceLength, clear.Length),
                sealedBytes.AsSpan(NonceLength + clear.Length),
                Encoding.UTF8.GetBytes(label));
        }

        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Another key, another label, or changed bytes.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, string label)
    {
        var clear = new byte[sealedBytes.Length - NonceLength - TagLength];
        lock (cipher)
        {
            cipher.Decrypt(
                sealedBytes[..NonceLength],
                sealedBytes.Slice(NonceLength, clear.Length),
                sealedBytes[(NonceLength + clear.Length)..],
                clear,
                Encoding.UTF8.GetBytes(label));
        }

        return clear;
    }

    public void Dispose() => cipher.Dispose();
}
