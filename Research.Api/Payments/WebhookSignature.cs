using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Research.Api.Payments;

/// <summary>Stripe's webhook signatures: <c>t=unix seconds,v1=hex HMAC-SHA256(secret, "t.body")</c> (docs.stripe.com/webhooks, "Verify manually").</summary>
internal static class WebhookSignature
{
    /// <summary>An event older, or further in the future, than this is refused as stale.</summary>
    public static TimeSpan Tolerance { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Null when one of the v1 signatures is ours over exactly these bytes, made just now; else what is wrong.</summary>
    public static string? Fault(string header, ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        var parts = header.Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0].Trim(), part => part[1]);
        if (!long.TryParse(parts["t"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var time) || time > 253_402_300_799)
        {
            return "no timestamp";
        }

        var expected = Encoding.ASCII.GetBytes(Compute(time, body, secret));
        return !parts["v1"].Any(given => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(given), expected)) ? "no valid signature"
            : (now - DateTimeOffset.FromUnixTimeSeconds(time)).Duration() > Tolerance ? "too old"
            : null;
    }

    /// <summary>The header for these bytes.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"t={now.ToUnixTimeSeconds()},v1={Compute(now.ToUnixTimeSeconds(), body, secret)}");

    private static string Compute(long time, ReadOnlySpan<byte> body, string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.ASCII.GetBytes(time.ToString(CultureInfo.InvariantCulture) + "."), .. body]));
}
