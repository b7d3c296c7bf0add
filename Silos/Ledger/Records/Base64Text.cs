using System.Buffers.Text;

namespace Silos.Ledger.Records;

/// <summary>base64url without padding (RFC 4648 section 5), in its one canonical spelling: other spellings of the same bytes are refused.</summary>
public static class Base64Text
{
    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <exception cref="FormatException">The text is not the canonical base64url of any bytes.</exception>
    public static byte[] Decode(string text) =>
        TryDecode(text) ?? throw new FormatException($"'{(text.Length > 60 ? text[..60] + "…" : text)}' is not canonical base64url without padding");

    /// <returns>The bytes, or null when the text is not canonical base64url.</returns>
    public static byte[]? TryDecode(string? text)
    {
        if (text is null || !Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        return string.Equals(Encode(bytes), text, StringComparison.Ordinal) ? bytes : null;
    }
}
