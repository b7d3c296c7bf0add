using System.Globalization;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>A consent text as the hospital published it, in one language.</summary>
public sealed record PublishedText(Hash32 Hash, string Language, string Version, string Words, string PublishedAt);

/// <summary>
/// The texts under which patients sign. The number before the point of a version is its meaning: when it rises, what was permitted under the
/// old one counts no more until the patient answers anew; an edit that changes no meaning raises the number behind the point, and asks nobody.
/// </summary>
public sealed record PublishedTexts(IReadOnlyList<PublishedText> All)
{
    public static PublishedTexts None { get; } = new([]);

    /// <summary>The meaning in force; 0 when nothing was published.</summary>
    public int Meaning { get; } = All.Select(text => MeaningOf(text.Version)).DefaultIfEmpty().Max();

    /// <summary>Whether what was signed under this text still counts.</summary>
    public bool IsCurrent(ConsentText text) => MeaningOf(text.Version) >= Meaning;

    /// <returns>Null when a permit may be signed under this text, else what is wrong with it.</returns>
    public string? Fault(ConsentText text) =>
        All.Count == 0 || All.Any(one => one.Hash == text.Hash && one.Language == text.Language && one.Version == text.Version && MeaningOf(one.Version) == Meaning) ? null
        : $"text: '{text.Hash}', language '{text.Language}', version '{text.Version}'; allowed: {string.Join("; ", Current.Select(one => $"'{one.Hash}', language '{one.Language}', version '{one.Version}'"))}";

    /// <summary>The texts that may be signed now.</summary>
    public IEnumerable<PublishedText> Current => All.Where(one => MeaningOf(one.Version) == Meaning);

    /// <summary>The number before the point; −1 for what is no version.</summary>
    internal static int MeaningOf(string version) =>
        int.TryParse(version.AsSpan(0, version.IndexOf('.') is >= 0 and var point ? point : version.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var meaning) ? meaning : -1;
}
