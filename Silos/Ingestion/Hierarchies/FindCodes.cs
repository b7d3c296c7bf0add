using Silos.Ingestion.Definitions;
using Silos.Protocol;

namespace Silos.Ingestion.Hierarchies;

/// <summary>
/// Finds codes by their beginning or by words, in the hierarchy that an attribute or an event of the dataset's definition names. It reads
/// the definition alone, never a patient's row: what is found says nothing of who is there.
/// </summary>
public static class FindCodes
{
    /// <summary>Codes that one search gives at most.</summary>
    public const int Most = 30;

    /// <param name="of">Name of an attribute, or of a kind of event.</param>
    /// <param name="text">The beginning of a code, a part of a word, or a whole range to see what lies in it; empty for the top.</param>
    /// <returns>Null where the definition has no such attribute or event, or one that is a number.</returns>
    public static FoundCodes? In(DatasetDefinition definition, string of, string text)
    {
        var attribute = definition.Attributes.FirstOrDefault(one => one.Name == of && one.Role != AttributeRole.Identifying);
        var happened = definition.Events.FirstOrDefault(one => one.Name == of);
        if (attribute?.Type is AttributeType.WholeNumber or AttributeType.DecimalNumber || (attribute is null && happened is null))
        {
            return null;
        }

        var hierarchy = attribute is null ? happened!.Hierarchy : attribute.Hierarchy;
        var typed = (hierarchy == "icd-10" ? Icd10.Normal(text) : null) ?? text.Trim();
        var nodes = attribute is not null && definition.OwnHierarchies.TryGetValue(of, out var own) ? CodeTree.Of(own)
            : hierarchy is null && attribute?.Values is { } values ? [.. values.Select(value => new FoundCode(value, null, null, [value]))]
            : Built(hierarchy, typed);
        var found = Matching(nodes, typed).Take(Most + 1).ToList();
        return new FoundCodes([.. found.Take(Most)], found.Count > Most);
    }

    /// <summary>Names of the attributes and events that have codes or values to search in.</summary>
    public static IEnumerable<string> Searched(DatasetDefinition definition) =>
        definition.Attributes.Where(one => one.Role != AttributeRole.Identifying && one.Type is AttributeType.Category or AttributeType.Codes).Select(one => one.Name).Concat(definition.Events.Select(one => one.Name));

    /// <summary>Codes first, then words; what lies above comes before what lies below. A whole code gives itself and what lies right below.</summary>
    private static IEnumerable<FoundCode> Matching(IReadOnlyList<FoundCode> nodes, string typed)
    {
        if (typed.Length == 0)
        {
            return nodes.Where(node => node.Within is null);
        }

        var code = typed.Replace(" ", "", StringComparison.Ordinal);
        var words = Fold(typed);
        if (nodes.FirstOrDefault(node => string.Equals(node.Code, code, StringComparison.OrdinalIgnoreCase)) is { } whole)
        {
            return nodes.Where(node => node.Within == whole.Code && node != whole).Prepend(whole);
        }

        var byCode = nodes.Where(node => node.Code.StartsWith(code, StringComparison.OrdinalIgnoreCase));
        return byCode.Concat(nodes.Where(node => words.Length > 1 && node.Label is { } label && Fold(label).Contains(words, StringComparison.Ordinal))).Distinct();
    }

    private static IReadOnlyList<FoundCode> Built(string? hierarchy, string typed) => hierarchy switch
    {
        "icd-10" => Icd10Tree.With(typed),
        "ibge" => CodeTree.Municipalities,
        "atc" or "us-zip" when CodeForms.Of(hierarchy)!(typed) is { } code => [new FoundCode(code, null, null, [code])],
        _ => [],
    };

    /// <summary>Lower case, without the accents of Portuguese: people leave them out when they search.</summary>
    private static string Fold(string text) => string.Concat(text.ToLowerInvariant().Select(letter => "áàâãäéêèíóôõöúüç".IndexOf(letter, StringComparison.Ordinal) is >= 0 and var at ? "aaaaaeeeioooouuc"[at] : letter));
}
