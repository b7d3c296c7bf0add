using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silos.Ledger.Records;

/// <summary>Thirty-two bytes: a SHA-256 hash, a commitment, a key id or a salt. base64url in JSON, 0x-hex on the chain.</summary>
[JsonConverter(typeof(Hash32Converter))]
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>
{
    private readonly ulong a, b, c, d;

    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public Hash32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 32)
        {
            throw new ArgumentException($"a hash has 32 bytes, not {bytes.Length}", nameof(bytes));
        }

        a = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
        b = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        c = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        d = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>SHA-256 of the bytes.</summary>
    public static Hash32 Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return new Hash32(hash);
    }

    /// <summary>SHA-256 of the text's UTF-8 bytes.</summary>
    public static Hash32 Of(string text) => Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>256 bits from the cryptographic source of the system.</summary>
    public static Hash32 Random() => new(RandomNumberGenerator.GetBytes(32));

    /// <exception cref="FormatException">Not canonical base64url of 32 bytes.</exception>
    public static Hash32 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is not the base64url of 32 bytes");

    public static bool TryParse([NotNullWhen(true)] string? text, out Hash32 hash)
    {
        var bytes = Base64Text.TryDecode(text);
        hash = bytes is { Length: 32 } ? new Hash32(bytes) : default;
        return bytes is { Length: 32 };
    }

    /// <summary>The hash written as 0x and 64 hexadecimal digits.</summary>
    public static Hash32 FromHex(string hex) => new(Convert.FromHexString(hex.StartsWith("0x", StringComparison.Ordinal) ? hex[2..] : hex));

    public void CopyTo(Span<byte> target)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(target, a);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(target[8..], b);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(target[16..], c);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(target[24..], d);
    }

    /// <summary>One byte, from 0 at the left to 31.</summary>
    public byte Byte(int index) =>
        (byte)((index >> 3) switch { 0 => a, 1 => b, 2 => c, 3 => d, _ => throw new ArgumentOutOfRangeException(nameof(index)) } >> (56 - 8 * (index & 7)));

    public byte[] ToArray()
    {
        var bytes = new byte[32];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>0x and 64 lower-case hexadecimal digits.</summary>
    public string ToHex() => "0x" + Convert.ToHexStringLower(ToArray());

    /// <summary>base64url without padding: 43 characters.</summary>
    public override string ToString() => Base64Text.Encode(ToArray());

    public bool Equals(Hash32 other) => a == other.a && b == other.b && c == other.c && d == other.d;

    public override bool Equals(object? obj) => obj is Hash32 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(a, b, c, d);

    /// <summary>Order of the bytes, as a sorted Merkle tree needs it.</summary>
    public int CompareTo(Hash32 other) =>
        a != other.a ? a.CompareTo(other.a) : b != other.b ? b.CompareTo(other.b) : c != other.c ? c.CompareTo(other.c) : d.CompareTo(other.d);

    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);

    public static bool operator <(Hash32 left, Hash32 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash32 left, Hash32 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash32 left, Hash32 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash32 left, Hash32 right) => left.CompareTo(right) >= 0;
}

/// <summary>Reads and writes a <see cref="Hash32"/> as base64url.</summary>
public sealed class Hash32Converter : JsonConverter<Hash32>
{
    public override Hash32 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Hash32.TryParse(reader.GetString(), out var hash)
            ? hash
            : throw new JsonException("expected the base64url of 32 bytes");

    public override void Write(Utf8JsonWriter writer, Hash32 value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
