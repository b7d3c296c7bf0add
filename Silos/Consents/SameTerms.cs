using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>Directives that permit the same uses: all that <see cref="ConsentMatch.Covers"/> and <see cref="PublishedTexts.IsCurrent"/> read is equal, in the same order.</summary>
internal sealed class SameTerms : IEqualityComparer<Directive>
{
    public static SameTerms Instance { get; } = new();

    public bool Equals(Directive? one, Directive? other) =>
        ReferenceEquals(one, other)
        || (one is not null && other is not null
            && one.Decision == other.Decision && one.Silo == other.Silo && one.Text.Version == other.Text.Version
            && Same(one.Purposes, other.Purposes) && Same(one.Users, other.Users) && Same(one.Categories, other.Categories) && Same(one.Outputs, other.Outputs)
            && Same(one.Countries, other.Countries) && Same(one.Project, other.Project) && Same(one.Diseases, other.Diseases));

    public int GetHashCode(Directive directive)
    {
        var hash = new HashCode();
        hash.Add(directive.Decision);
        hash.Add(directive.Silo);
        hash.Add(directive.Text.Version);
        foreach (var words in (ReadOnlySpan<IReadOnlyList<string>?>)[directive.Purposes, directive.Users, directive.Categories, directive.Outputs, directive.Countries, directive.Project, directive.Diseases])
        {
            for (var i = 0; i < words?.Count; i++)
            {
                hash.Add(words[i]);
            }
        }

        return hash.ToHashCode();
    }

    private static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && one.SequenceEqual(other));
}
