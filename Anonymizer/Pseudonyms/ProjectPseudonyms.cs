using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Anonymizer.Pseudonyms;

/// <summary>
/// Pseudonyms and date shifts of one project: the same patient is the same within a project, and nobody without the key can tell
/// that pseudonyms of two projects are one patient's, nor find a patient by trying identifiers.
/// </summary>
/// <remarks>HMAC-SHA-256 under the hospital's key, with the project's name bound in. A pseudonym is personal data still: whoever holds the key
/// can recompute it. Destroying the key breaks the link for good.</remarks>
public sealed class ProjectPseudonyms
{
    private readonly byte[] key;

    /// <param name="secret">The hospital's secret; at least 32 random bytes.</param>
    /// <param name="project">The project's name; not empty.</param>
    /// <exception cref="ArgumentException">The secret is short, or the project has no name.</exception>
    public ProjectPseudonyms(ReadOnlySpan<byte> secret, string project)
    {
        if (secret.Length < 32)
        {
            throw new ArgumentException($"secret is {secret.Length} bytes but must be at least 32", nameof(secret));
        }

        ArgumentException.ThrowIfNullOrEmpty(project);
        key = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("researchhub project " + project));
    }

    /// <summary>The patient's pseudonym in this project: 32 hexadecimal digits.</summary>
    public string Of(string patient) => Convert.ToHexStringLower(Mac("pseudonym", patient).AsSpan(0, 16));

    /// <summary>Days by which all of the patient's dates are moved in this project: from 1 to 364, forwards or backwards.</summary>
    public int DaysOf(string patient)
    {
        // 2⁶⁴ is no multiple of 728: the bias is below 1e-16.
        var number = (int)(BinaryPrimitives.ReadUInt64LittleEndian(Mac("shift", patient)) % 728);
        return number < 364 ? number + 1 : 363 - number;
    }

    /// <summary>The date moved by the patient's days, ISO to ISO, so that intervals between a patient's dates stay; null when it is no date.</summary>
    public string? Shift(string patient, string date) =>
        DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? DateOnly.FromDayNumber(Math.Clamp(day.DayNumber + DaysOf(patient), DateOnly.MinValue.DayNumber, DateOnly.MaxValue.DayNumber)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : null;

    private byte[] Mac(string use, string patient) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(use + "\0" + patient));
}
