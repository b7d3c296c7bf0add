using System.Collections.Concurrent;

namespace Anonymizer.DifferentialPrivacy;

/// <summary>What a long search found, for the few losses with which marketplaces ask. Safe for many threads; two who search at once find the same.</summary>
/// <param name="find">Gives the same for the same key, always.</param>
internal sealed class Remembered<TKey, TFound>(Func<TKey, TFound> find)
    where TKey : notnull
{
    /// <summary>A stranger may ask with ever new losses: then all is forgotten, and memory stays bounded.</summary>
    private const int Most = 1000;

    private readonly ConcurrentDictionary<TKey, TFound> known = new();

    public TFound Of(TKey key)
    {
        if (known.TryGetValue(key, out var found))
        {
            return found;
        }

        if (known.Count >= Most)
        {
            known.Clear();
        }

        return known[key] = find(key);
    }
}
