using System.Globalization;
using Silos.Ledger.Records;

namespace Silos.Ledger.Log;

/// <summary>What a log asks of a draft before it takes it in: the rest is the host's business.</summary>
internal static class EntryRules
{
    /// <exception cref="ArgumentException">The draft breaks a rule; the message names the member and what is allowed.</exception>
    public static void Check(Entry draft)
    {
        if (draft.Seq != -1)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"entry: seq is {draft.Seq}; allowed is -1, for the log gives the place"), nameof(draft));
        }

        if (draft.Kind.Length == 0 || draft.Kind.Any(character => character is not ((>= 'a' and <= 'z') or '-')))
        {
            throw new ArgumentException($"entry: kind is '{draft.Kind}'; allowed are small letters and hyphens", nameof(draft));
        }

        if (draft.Charge is { } charge && (draft.Permit is null || !IsAmount(charge.Rho) || !IsAmount(charge.Delta) || charge.Files < 0))
        {
            throw new ArgumentException($"entry: charge is ({charge.Rho}, {charge.Delta}, {charge.Files}) under permit {draft.Permit}; allowed are unsigned 64-bit decimals, files from 0, and a permit", nameof(draft));
        }
    }

    private static bool IsAmount(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value.ToString(CultureInfo.InvariantCulture) == text;
}
