using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>
/// A witness's word that, at its time, this is the largest consistent tree of the log that it has seen
/// (C2SP tlog-cosignature v1, with P-256 in the place of Ed25519): eight bytes of time, then r‖s over header, time and text.
/// </summary>
public static class Cosignature
{
    /// <summary>Co-signs a checkpoint's text.</summary>
    public static NoteSignature Sign(string text, string name, SigningKey key, DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        var signature = new byte[72];
        BinaryPrimitives.WriteInt64BigEndian(signature, seconds);
        key.Sign(Message(text, seconds)).CopyTo(signature, 8);
        return new NoteSignature(name, NoteKey.Witness(name, key.Public).Id, signature);
    }

    internal static bool Verify(PublicKey key, string text, byte[] signature) =>
        signature.Length == 72 && TimeOf(signature) is { } time && key.Verify(Message(text, time.ToUnixTimeSeconds()), signature.AsSpan(8));

    /// <returns>When it was made, to the second; null when those bytes are no time before the year 10000.</returns>
    internal static DateTimeOffset? TimeOf(byte[] signature)
    {
        var seconds = BinaryPrimitives.ReadInt64BigEndian(signature);
        return seconds is >= 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    private static byte[] Message(string text, long seconds) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}"));
}
