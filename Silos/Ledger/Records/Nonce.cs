using System.Security.Cryptography;

namespace Silos.Ledger.Records;

/// <summary>Random names that are used once.</summary>
public static class Nonce
{
    /// <summary>16 random bytes in base64url: for signed requests and directives.</summary>
    public static string New() => Base64Text.Encode(RandomNumberGenerator.GetBytes(16));

    /// <summary>32 random bytes in base64url: for votes.</summary>
    public static string ForVote() => Base64Text.Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>Whether the text is the canonical base64url of 16 bytes.</summary>
    public static bool IsValid(string? text) => Base64Text.TryDecode(text) is { Length: 16 };
}

/// <summary>Times as records write them: RFC 3339, UTC, milliseconds, the letter Z.</summary>
public static class RecordTime
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(Format, System.Globalization.CultureInfo.InvariantCulture);

    /// <returns>The time, or null when the text is written any other way.</returns>
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParseExact(text, Format, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
}
