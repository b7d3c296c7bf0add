using System.Security.Cryptography;
using System.Text;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>A text and the signatures under it (C2SP signed-note). What the text says counts only once a trusted key's signature was verified.</summary>
/// <param name="Text">The signed text, with its final newline.</param>
/// <param name="Signatures">The lines under it, in order.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    private const int MostSignatures = 32;
    private const int MostBytes = 64 * 1024;

    /// <summary>Signs a text with a log's key.</summary>
    public static SignedNote Sign(string text, string name, SigningKey key) =>
        new(text, [new NoteSignature(name, NoteKey.Log(name, key.Public).Id, key.Sign(Encoding.UTF8.GetBytes(text)))]);

    /// <summary>The same note with one more signature line.</summary>
    public SignedNote With(NoteSignature signature) => this with { Signatures = [.. Signatures, signature] };

    /// <summary>The same note with its lines in the one order that exports use: the log's own, then the others by name and key id.</summary>
    public SignedNote Sorted(string log) => this with
    {
        Signatures = [.. Signatures.OrderBy(line => line.Name != log).ThenBy(line => line.Name, StringComparer.Ordinal).ThenBy(line => Convert.ToHexString(line.KeyId), StringComparer.Ordinal)],
    };

    /// <returns>The note that the text spells, or null when it is spelt in any other way, is longer than 64 KiB or has more than 32 signatures.</returns>
    public static SignedNote? Parse(string note)
    {
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || split + 2 >= note.Length || note.Length > MostBytes || note.Any(character => character < ' ' && character != '\n') || !note.EndsWith('\n'))
        {
            return null;
        }

        var lines = note[(split + 2)..^1].Split('\n');
        var signatures = lines.Select(NoteSignature.Parse).ToList();
        if (signatures.Count > MostSignatures || signatures.Any(signature => signature is null))
        {
            return null;
        }

        var parsed = new SignedNote(note[..(split + 1)], signatures!);
        return parsed.ToString() == note ? parsed : null;
    }

    /// <summary>Whether the key signed this text: a line of this key's name and id is there, and every such line verifies.</summary>
    public bool IsSignedBy(NoteKey key)
    {
        var own = Signatures.Where(signature => signature.Name == key.Name && signature.KeyId.AsSpan().SequenceEqual(key.Id)).ToList();
        return own.Count > 0 && own.TrueForAll(signature => key.Verify(Text, signature.Signature));
    }

    /// <summary>When this witness co-signed, or null when it did not.</summary>
    public DateTimeOffset? CosignedAt(NoteKey witness)
    {
        var own = Signatures.FirstOrDefault(signature => signature.Name == witness.Name && signature.KeyId.AsSpan().SequenceEqual(witness.Id));
        return own is not null && IsSignedBy(witness) ? Cosignature.TimeOf(own.Signature) : null;
    }

    /// <summary>The note as it travels.</summary>
    public override string ToString() => Text + "\n" + string.Concat(Signatures);
}

/// <summary>A signature line: <c>— name base64(key id ‖ signature)</c>.</summary>
/// <param name="KeyId">Four bytes that, with the name, tell which key to try.</param>
public sealed record NoteSignature(string Name, byte[] KeyId, byte[] Signature)
{
    /// <returns>The line without its newline, read; or null.</returns>
    public static NoteSignature? Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts is not ["—", { Length: > 0 } name, var base64])
        {
            return null;
        }

        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var written) && written > 4 && Convert.ToBase64String(bytes, 0, written) == base64
            ? new NoteSignature(name, bytes[..4], bytes[4..written])
            : null;
    }

    /// <summary>The line, with its newline.</summary>
    public override string ToString() => $"— {Name} {Convert.ToBase64String([.. KeyId, .. Signature])}\n";
}

/// <summary>
/// A key under a name, for one kind of signature. C2SP has no identifier for P-256 with r‖s signatures, so the key id uses the byte kept for
/// such types, 0xff, a longer identifier, and the uncompressed point: SHA-256(name ‖ 0x0A ‖ 0xff ‖ identifier ‖ 0x04 ‖ x ‖ y)[:4].
/// </summary>
public sealed class NoteKey
{
    private const string LogKind = "researchhub/ecdsa-p256-sha256";
    private const string WitnessKind = "researchhub/cosignature/v1/ecdsa-p256-sha256";

    private readonly PublicKey key;
    private readonly bool witness;

    private NoteKey(string name, PublicKey key, bool witness)
    {
        (Name, this.key, this.witness) = (name, key, witness);
        Id = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), 0x0A, 0xff, .. Encoding.ASCII.GetBytes(witness ? WitnessKind : LogKind), 0x04, .. key.X.Span, .. key.Y.Span])[..4];
    }

    /// <summary>Origin of the log, or name of the witness.</summary>
    public string Name { get; }

    /// <summary>Four bytes.</summary>
    public byte[] Id { get; }

    /// <summary>A log's key, which signs the text as it is.</summary>
    public static NoteKey Log(string origin, PublicKey key) => new(origin, key, witness: false);

    /// <summary>A witness's key, which signs the text under a header with its time.</summary>
    public static NoteKey Witness(string name, PublicKey key) => new(name, key, witness: true);

    internal bool Verify(string text, byte[] signature) =>
        witness ? Cosignature.Verify(key, text, signature) : key.Verify(Encoding.UTF8.GetBytes(text), signature);
}
