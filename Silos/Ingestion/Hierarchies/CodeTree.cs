using Anonymizer.Generalization;
using Silos.Protocol;

namespace Silos.Ingestion.Hierarchies;

/// <summary>Hierarchies whose parents are names: choosing one lists every code below it.</summary>
internal static class CodeTree
{
    /// <summary>The municipalities that the built-in hierarchy knows, below their micro- and mesoregions.</summary>
    public static IReadOnlyList<FoundCode> Municipalities { get; } = Of(
        Hierarchy.FromRows([.. Hierarchies.Municipalities.All.Select(place => HierarchyOf.Ibge(place.Code))], out _)!, Hierarchies.Municipalities.All.ToDictionary(place => place.Code, place => place.Name));

    /// <summary>A hospital's own hierarchy, the broadest first; <c>*</c> is no code.</summary>
    /// <param name="words">What codes are about, where that is known.</param>
    public static IReadOnlyList<FoundCode> Of(Hierarchy own, IReadOnlyDictionary<string, string>? words = null)
    {
        var codes = new Dictionary<string, FoundCode>(StringComparer.Ordinal);
        for (var level = own.Levels - 1; level >= 0; level--)
        {
            foreach (var below in own.Labels(0).GroupBy(leaf => own.Generalize(leaf, level)!).Where(group => group.Key != Hierarchy.Any))
            {
                var parent = Enumerable.Range(level + 1, own.Levels - level - 1).Select(above => own.Generalize(below.First(), above)!).FirstOrDefault(label => label != below.Key);
                codes.TryAdd(below.Key, new FoundCode(below.Key, words?.GetValueOrDefault(below.Key), parent is null or Hierarchy.Any ? null : parent, [.. below]));
            }
        }

        return [.. codes.Values];
    }
}
