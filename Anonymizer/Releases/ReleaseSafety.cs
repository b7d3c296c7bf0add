namespace Anonymizer.Releases;

/// <summary>
/// Which classes of a file may leave, given every file that left before. Laid side by side, two files split the patients into
/// cells: in the same two classes, or in a class of one and in none of the other. A cell of fewer than k patients, but not
/// none, is what an attacker would gain: a withdrawal, a late opt-in, a shifted border. A class that makes one is withheld.
/// </summary>
/// <remarks>Ganta, Kasiviswanathan, Smith, KDD 2008 (intersection); Byun et al., SDM 2006 (insertions). Files are compared two by two:
/// three files together may still narrow down more than any two. A withheld class looks like a suppressed one.</remarks>
public static class ReleaseSafety
{
    /// <summary>Decides each class of the file that is about to leave.</summary>
    /// <param name="k">Patients, from 2 up.</param>
    /// <param name="now">The classes of the file: a name each, and the pseudonyms of its patients.</param>
    /// <param name="earlier">Every file that left before: its released classes in the same form. Names need not agree between files.</param>
    /// <returns>One decision a class of <paramref name="now"/>, in its order.</returns>
    public static IReadOnlyList<ClassRelease> Decide(int k, IReadOnlyDictionary<string, IReadOnlySet<string>> now, IReadOnlyList<IReadOnlyDictionary<string, IReadOnlySet<string>>> earlier)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 2);
        var withheld = new HashSet<string>(now.Where(entry => entry.Value.Count < k).Select(entry => entry.Key), StringComparer.Ordinal);
        var overlays = earlier.Select(release => Overlay.Of(now, release)).ToList();
        for (var settled = false; !settled;)
        {
            // A class that is withheld leaves its patients in none, which may open a cell elsewhere: until nothing changes.
            settled = overlays.All(overlay => !overlay.Withhold(k, withheld));
        }

        return [.. now.Select(entry => new ClassRelease(entry.Key, withheld.Contains(entry.Key)))];
    }

    /// <summary>Two files laid side by side.</summary>
    private sealed record Overlay(List<Cell> Cells, Dictionary<string, int> SizeNow, Dictionary<string, int> SizeThen)
    {
        public static Overlay Of(IReadOnlyDictionary<string, IReadOnlySet<string>> now, IReadOnlyDictionary<string, IReadOnlySet<string>> then)
        {
            var classThen = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, patients) in then)
            {
                foreach (var patient in patients)
                {
                    classThen.TryAdd(patient, name);
                }
            }

            var cells = now.SelectMany(entry => entry.Value
                .Where(classThen.ContainsKey)
                .GroupBy(patient => classThen[patient], StringComparer.Ordinal)
                .Select(group => new Cell(entry.Key, group.Key, group.Count())));
            return new Overlay(
                [.. cells],
                now.ToDictionary(entry => entry.Key, entry => entry.Value.Count, StringComparer.Ordinal),
                then.ToDictionary(entry => entry.Key, entry => entry.Value.Count, StringComparer.Ordinal));
        }

        /// <summary>Adds the classes that make a small cell; gives whether there were any.</summary>
        public bool Withhold(int k, HashSet<string> withheld)
        {
            var before = withheld.Count;
            var leftNow = new Dictionary<string, int>(SizeNow, StringComparer.Ordinal);
            var leftThen = new Dictionary<string, int>(SizeThen, StringComparer.Ordinal);
            foreach (var cell in Cells.Where(cell => !withheld.Contains(cell.Now)))
            {
                leftNow[cell.Now] -= cell.Patients;
                leftThen[cell.Then] -= cell.Patients;
            }

            foreach (var cell in Cells.Where(cell => !withheld.Contains(cell.Now)).ToList())
            {
                if (Small(k, cell.Patients) || Small(k, leftThen[cell.Then]))
                {
                    withheld.Add(cell.Now);
                }
            }

            withheld.UnionWith(leftNow.Where(entry => Small(k, entry.Value)).Select(entry => entry.Key));
            return withheld.Count > before;
        }

        private static bool Small(int k, int patients) => patients > 0 && patients < k;
    }

    private sealed record Cell(string Now, string Then, int Patients);
}

/// <summary>Whether a class may leave. The refusal says only "held": why would tell what changed.</summary>
public sealed record ClassRelease(string Class, bool Withheld);
