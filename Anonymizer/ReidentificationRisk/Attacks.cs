using Anonymizer.Generalization;
using Anonymizer.Tables;

namespace Anonymizer.ReidentificationRisk;

/// <summary>What published attacks learn from a release that satisfies its models all the same. Shares are of all written rows, suppressed ones included.</summary>
public static class Attacks
{
    /// <summary>
    /// Downcoding (Cohen, USENIX Security 2022): in a class of exactly k rows, a value that covers two values of its domain was
    /// needed, so the rows are not all of one of them; with k = 2, one row is of each and nothing was hidden.
    /// </summary>
    /// <param name="k">The k that the release was made for.</param>
    public static Downcoding Downcode(RecodedTable release, int k)
    {
        var recoding = release.Recoding;
        var pairs = recoding.QuasiIdentifiers.Select(attribute => LabelsOfTwo(attribute.Hierarchy)).ToArray();
        var narrowed = recoding.Classes
            .Where(each => each.Rows == k && each.Values.Where((value, place) => pairs[place].Contains(value)).Any())
            .Sum(each => each.Rows);
        var rows = Math.Max(1, release.ClassOfRow.Length);
        return new Downcoding(k == 2 ? narrowed / (double)rows : 0, narrowed / (double)rows);
    }

    /// <summary>Homogeneity (Machanavajjhala et al. 2007): what a class tells about the sensitive values in it. The suppressed rows are one class.</summary>
    public static Homogeneity Homogeneous(RecodedTable release, Column sensitive)
    {
        var column = sensitive.ToCategories();
        var classes = ValuesByClass(release, column);
        var rows = Math.Max(1, column.Count);
        var whole = Enumerable.Range(0, column.Count).GroupBy(row => column.Codes[row]).Select(group => group.Count()).DefaultIfEmpty().Max();
        return new Homogeneity(
            classes.Values.Where(counts => counts.Count == 1).Sum(counts => counts.Values.Sum()) / (double)rows,
            classes.Values.Sum(counts => counts.Values.Max()) / (double)rows,
            whole / (double)rows);
    }

    /// <summary>
    /// Intersection (Ganta et al., KDD 2008): two releases of the same rows side by side. For each row, the attacker, who knows its
    /// quasi-identifiers, takes the sensitive values of its class and of the suppressed rows in each file, and keeps those in both.
    /// </summary>
    public static Intersection Intersect(RecodedTable first, RecodedTable second, Column sensitive)
    {
        var column = sensitive.ToCategories();
        var (left, right) = (ValuesByClass(first, column), ValuesByClass(second, column));
        var (single, singles, correct) = (0, 0, 0);
        for (var row = 0; row < column.Count; row++)
        {
            var a = Candidates(left, first.ClassOfRow[row]);
            var b = Candidates(right, second.ClassOfRow[row]);
            single += a.Count == 1 || b.Count == 1 ? 1 : 0;
            a.IntersectWith(b);
            singles += a.Count == 1 ? 1 : 0;
            correct += a.Count == 1 && a.Contains(column.Codes[row]) ? 1 : 0;
        }

        var rows = Math.Max(1, column.Count);
        return new Intersection(single / (double)rows, singles / (double)rows, correct / (double)rows);
    }

    private static HashSet<int> Candidates(Dictionary<int, Dictionary<int, int>> values, int number)
    {
        var all = values[number].Keys.ToHashSet();
        if (values.TryGetValue(RecodedTable.Suppressed, out var suppressed))
        {
            all.UnionWith(suppressed.Keys);
        }

        return all;
    }

    private static Dictionary<int, Dictionary<int, int>> ValuesByClass(RecodedTable release, CategoryColumn column)
    {
        var classes = new Dictionary<int, Dictionary<int, int>>();
        for (var row = 0; row < column.Count; row++)
        {
            if (!classes.TryGetValue(release.ClassOfRow[row], out var counts))
            {
                classes.Add(release.ClassOfRow[row], counts = []);
            }

            counts[column.Codes[row]] = counts.GetValueOrDefault(column.Codes[row]) + 1;
        }

        return classes;
    }

    private static HashSet<string> LabelsOfTwo(Hierarchy hierarchy) =>
        [.. Enumerable.Range(1, hierarchy.Levels - 1).SelectMany(level => hierarchy.Labels(level).Zip(hierarchy.Coverage(level)).Where(pair => pair.Second == 2).Select(pair => pair.First))];
}

/// <param name="Determined">The share of rows whose generalized value is known exactly.</param>
/// <param name="Narrowed">The share of rows in classes of exactly k of which something is learned that was not meant to be.</param>
public sealed record Downcoding(double Determined, double Narrowed);

/// <param name="HomogeneousShare">The share of rows in classes with one sensitive value.</param>
/// <param name="MeanConfidence">How often guessing the most frequent value of the class is right.</param>
/// <param name="PriorGuess">How often guessing the most frequent value of the table is right.</param>
public sealed record Homogeneity(double HomogeneousShare, double MeanConfidence, double PriorGuess);

/// <param name="SingleBefore">The share of rows whose sensitive value one of the two files tells by itself.</param>
/// <param name="SingleTogether">The share of rows for which the files together leave one value.</param>
/// <param name="Correct">The share of rows for which that value is theirs.</param>
public sealed record Intersection(double SingleBefore, double SingleTogether, double Correct);
