using System.Globalization;
using Anonymizer.Generalization;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Folders;

namespace Silos.Ingestion.Hierarchies;

/// <summary>A hierarchy, or what is wrong with the one that the definition names.</summary>
/// <param name="Gaps">Values of the data that it does not know, the first ten: they fall to <c>*</c>.</param>
public sealed record HierarchyOutcome(Hierarchy? Hierarchy, IReadOnlyList<HierarchyFault> Faults, IReadOnlyList<string> Gaps);

/// <summary>Finds the hierarchy that an attribute names: a built-in one (<c>age</c>, <c>date</c>, <c>date:month</c>, <c>interval:5,10</c>,
/// <c>icd-10</c>, <c>atc</c>, <c>ibge</c>, <c>us-zip</c>) or a hospital's own CSV file. A value that it does not know falls to <c>*</c>.</summary>
public static class HierarchyOf
{
    private static readonly string[] SmallZips = ["036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893"];
    private static readonly string[] Regions = ["Norte", "Nordeste", "Sudeste", "Sul", "Centro-Oeste"];

    /// <summary>What is wrong with the name, or null.</summary>
    public static string? NameFault(string name) =>
        name is "age" or "date" or "date:month" or "date:quarter" or "date:year" or "icd-10" or "atc" or "ibge" or "us-zip" || name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || Widths(name) is not null
            ? null
            : $"\"{name}\" is no hierarchy; allowed: age, date, date:month, date:quarter, date:year, interval:5,10 (each width a multiple of the one before), icd-10, atc, ibge, us-zip, or a .csv file";

    /// <summary>The hierarchy of an attribute for the values that its column holds.</summary>
    /// <param name="folder">Where a CSV file's relative path begins: the definition's folder.</param>
    public static HierarchyOutcome Attribute(AttributeDefinition attribute, IReadOnlyCollection<string> values, string folder)
    {
        var name = attribute.Hierarchy;
        if (name is not null && name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return OwnHierarchy.FromFile(Path.Combine(folder, name), values);
        }

        var hierarchy = name switch
        {
            "age" => new IntervalHierarchy(0, 90, [5, 10, 20, 40]).Of(values),
            "date" or "date:year" => new DateHierarchy(DateStep.Year).Of(values),
            "date:quarter" => new DateHierarchy(DateStep.Quarter).Of(values),
            "date:month" => new DateHierarchy(DateStep.Month).Of(values),
            "icd-10" => Rows(values, Icd10.RollUp),
            "atc" => new CodeHierarchy([5, 4, 3, 1]).Of(values),
            "ibge" => Rows(values, Ibge),
            "us-zip" => Rows(values, Zip),
            null => Hierarchy.Flat(values),
            _ when Widths(name) is { } widths => new IntervalHierarchy((long)(attribute.Lower ?? 0), (long)(attribute.Upper ?? 0) + 1, widths).Of(values),
            _ => null,
        };
        return hierarchy is null
            ? new HierarchyOutcome(null, [new HierarchyFault(1, attribute.Name, NameFault(name!)!)], [])
            : new HierarchyOutcome(hierarchy, [], GapsIn(hierarchy, values));
    }

    /// <summary>Municipality, microregion, mesoregion, state, region, <c>*</c>, for the municipalities of the sample; of others the whole
    /// of Brazil comes as the hospital's own file.</summary>
    internal static IReadOnlyList<string> Ibge(string code)
    {
        var known = Municipalities.All.FirstOrDefault(m => code.Length is 6 or 7 && m.Code.StartsWith(code, StringComparison.Ordinal));
        return known is null ? [code, "*", "*", "*", "*", "*"] : [code, known.Microregion, known.Mesoregion, code[..2], Regions[code[0] - '1'], "*"];
    }

    /// <summary>US postcode, its first three digits (000 where fewer than 20,000 people share them), <c>*</c>.</summary>
    /// <remarks>45 CFR 164.514(b)(2)(i)(B) and the guidance of HHS with the 17 such areas of the census of 2000.</remarks>
    internal static IReadOnlyList<string> Zip(string code) =>
        [code, code.Length >= 3 && !SmallZips.Contains(code[..3]) ? code[..3] : "000", "*"];

    internal static IReadOnlyList<string> GapsIn(Hierarchy hierarchy, IReadOnlyCollection<string> values) =>
        [.. values.Where(value => hierarchy.Generalize(value, 0) is null).Distinct(StringComparer.Ordinal).Take(10)];

    private static Hierarchy Rows(IReadOnlyCollection<string> values, Func<string, IReadOnlyList<string>> rollUp) =>
        values.Count == 0 ? Hierarchy.Flat(values) : Hierarchy.FromRows([.. values.Distinct(StringComparer.Ordinal).Select(rollUp)], out var fault) ?? throw new InvalidOperationException(fault!.ToString());

    private static List<long>? Widths(string name)
    {
        if (!name.StartsWith("interval:", StringComparison.Ordinal))
        {
            return null;
        }

        var widths = new List<long>();
        foreach (var text in name[9..].Split(','))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width < 1 || (widths.Count > 0 && width % widths[^1] != 0))
            {
                return null;
            }

            widths.Add(width);
        }

        return widths;
    }
}

/// <summary>A hospital's own hierarchy: a CSV file without header, a row a value: the value, then what it becomes at each level.</summary>
public static class OwnHierarchy
{
    /// <summary>Reads and checks a file: every row as long as the first, no value twice, monotone, no label that comes back above
    /// another one (a cycle). All faults are given, each with its row and value.</summary>
    public static HierarchyOutcome FromFile(string path, IReadOnlyCollection<string> values)
    {
        if (!File.Exists(path))
        {
            return new HierarchyOutcome(null, [new HierarchyFault(1, "", $"the file {Path.GetFileName(path)} is not there")], []);
        }

        using var reader = new StreamReader(path);
        return FromText(reader.ReadToEnd(), values);
    }

    /// <summary>The same, from the file's text; semicolons or commas, by which the first line has more of.</summary>
    public static HierarchyOutcome FromText(string text, IReadOnlyCollection<string> values)
    {
        var first = text.AsSpan(0, text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? end : text.Length);
        var records = new CsvRecords(new StringReader(text.TrimStart('\uFEFF')), first.Count(';') >= first.Count(',') ? ';' : ',', 1 << 16);
        var rows = new List<IReadOnlyList<string>>();
        var faults = new List<HierarchyFault>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var fields = new List<string>();
        while (records.Read(fields, out var broken))
        {
            string[] row = [.. fields.Select(field => field.Trim())];
            var number = rows.Count + faults.Count + 1;
            var reason = broken
                ?? (rows.Count > 0 && row.Length != rows[0].Count ? $"has {row.Length} levels where row 1 has {rows[0].Count}" : null)
                ?? (seen.TryGetValue(row[0], out var earlier) ? $"occurs already in row {earlier}" : null)
                ?? Cycle(row);
            if (reason is not null)
            {
                faults.Add(new HierarchyFault(number, row.Length == 0 ? "" : row[0], reason));
                continue;
            }

            seen.Add(row[0], number);
            rows.Add(row);
        }

        if (faults.Count > 0)
        {
            return new HierarchyOutcome(null, faults, []);
        }

        var hierarchy = Hierarchy.FromRows(rows, out var fault);
        return hierarchy is null ? new HierarchyOutcome(null, [fault!], []) : new HierarchyOutcome(hierarchy, [], HierarchyOf.GapsIn(hierarchy, values));
    }

    private static string? Cycle(string[] row)
    {
        for (var level = 2; level < row.Length; level++)
        {
            var before = Array.IndexOf(row, row[level]);
            if (before < level - 1 && row[before + 1] != row[level])
            {
                return $"'{row[level]}' of level {before} comes back at level {level}: a cycle";
            }
        }

        return null;
    }
}
