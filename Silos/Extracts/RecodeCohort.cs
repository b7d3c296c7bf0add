using System.Globalization;
using System.Text;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Releases;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tables;
using Silos.Datasets;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;

namespace Silos.Extracts;

/// <summary>A file that was made: its bytes, whose rows are in which class (pseudonyms are local ids, which never leave), and what is said of it.</summary>
public sealed record ProducedFile(byte[] Csv, IReadOnlyDictionary<string, IReadOnlyList<string>> Classes, IReadOnlyList<int> Levels, ExtractReport Report);

/// <summary>The report that goes with a file. It names no counts that were withheld: of those it says only that classes were held.</summary>
/// <param name="K">Patients in the smallest class, at least.</param>
/// <param name="HighestProsecutorRisk">Risks as decimals from 0 to 1 (<see cref="RiskReport"/>).</param>
/// <param name="Held">Whether any class was held back.</param>
public sealed record ExtractReport(
    long Rows, long Classes, int K, string HighestProsecutorRisk, string AverageProsecutorRisk, string MarketerRisk, bool Held, IReadOnlyList<string> QuasiIdentifiers, IReadOnlyList<int> Levels);

/// <summary>Makes a k-anonymous file of a cohort: generalized to the dataset version's one recoding, whole classes, none that would single out who left or came since an earlier file. Pure.</summary>
public static class RecodeCohort
{
    /// <summary>The levels of the recoding that loses least for this cohort, or null when none satisfies the policy.</summary>
    public static IReadOnlyList<int>? FindLevels(OpenedDataset dataset, Table cohort) =>
        FullDomain.Search(Request(dataset.Definition, cohort), cohort, SearchLimits.None).Recoding?.Levels;

    /// <summary>The same from combinations that a database counted: the levels that the search of the rows finds.</summary>
    public static IReadOnlyList<int>? FindLevels(DatasetDefinition definition, CountedCombinations cohort) =>
        FullDomain.Search(Request(definition, cohort.Table), cohort, SearchLimits.None).Recoding?.Levels;

    /// <summary>What a search needs combinations of: the quasi-identifiers, and the attributes that a model of the policy asks about.</summary>
    public static (IReadOnlyList<string> Quasi, IReadOnlyList<string> Asked) Combined(DatasetDefinition definition) => (
        [.. definition.Attributes.Where(attribute => attribute.Role == AttributeRole.QuasiIdentifying).Select(attribute => attribute.Name)],
        [.. definition.Attributes.Where(attribute => attribute.Sensitive && definition.Policy.L > 1).Select(attribute => attribute.Name)]);

    /// <summary>The file of the cohort at these levels; null when no class may leave.</summary>
    /// <param name="patients">Local ids, a row each.</param>
    /// <param name="earlier">Classes of every file of this dataset that was made before.</param>
    public static ProducedFile? Produce(
        DatasetDefinition definition, Table cohort, IReadOnlyList<string> patients, IReadOnlyList<int> levels, ExtractRequest request, IReadOnlyList<IReadOnlyDictionary<string, IReadOnlySet<string>>> earlier)
    {
        var anonymization = Request(definition, cohort) with { SuppressionLimit = 1 };
        if (FullDomain.At(anonymization, cohort, levels, SearchLimits.None) is not { Recoding: { } recoding, Release: { } recoded })
        {
            return null;
        }

        var members = Members(recoding, recoded, patients);
        var now = members.ToDictionary(one => one.Key, one => (IReadOnlySet<string>)one.Value.ToHashSet(StringComparer.Ordinal));
        var held = ReleaseSafety.Decide(definition.Policy.K, now, earlier).Where(one => one.Withheld).Select(one => one.Class).ToHashSet(StringComparer.Ordinal);
        var kept = members.Where(one => !held.Contains(one.Key)).ToDictionary(one => one.Key, one => (IReadOnlyList<string>)one.Value);
        if (kept.Count == 0)
        {
            return null;
        }

        var released = kept.Values.SelectMany(one => one).ToHashSet(StringComparer.Ordinal);
        var csv = Write(definition, cohort, recoded, anonymization.QuasiIdentifiers, request, row => released.Contains(patients[row]));
        var risk = RiskReport.Of([.. kept.Values.Select(one => (long)one.Count)]);
        var report = new ExtractReport(
            released.Count,
            kept.Count,
            kept.Values.Min(one => one.Count),
            Share(risk.HighestProsecutorRisk),
            Share(risk.AverageProsecutorRisk),
            Share(risk.MarketerRisk),
            held.Count > 0,
            [.. anonymization.QuasiIdentifiers.Select(one => one.Name)],
            levels);
        return new ProducedFile(csv, kept, levels, report);
    }

    /// <summary>The rows of those who are in the cohort.</summary>
    public static (Table Table, IReadOnlyList<string> Patients) Select(OpenedDataset dataset, IReadOnlyList<bool> inCohort)
    {
        var rows = Enumerable.Range(0, dataset.Table.Count).Where(row => inCohort[row]).ToArray();
        return (new Table([.. dataset.Table.Columns.Select(column => Rows(column, rows))]), [.. rows.Select(row => dataset.Patients[row])]);
    }

    /// <summary>Only values that occur among these rows: what those hold who are in no cohort plays no part in what is lost.</summary>
    private static CategoryColumn Rows(Column column, int[] rows)
    {
        var all = column.ToCategories();
        var (values, place) = (new List<string>(), new Dictionary<int, int> { [CategoryColumn.Null] = CategoryColumn.Null });
        var codes = Array.ConvertAll(rows, row =>
        {
            if (!place.TryGetValue(all.Codes[row], out var code))
            {
                place[all.Codes[row]] = code = values.Count;
                values.Add(all.Values[all.Codes[row]]);
            }

            return code;
        });
        return new CategoryColumn(column.Name, values, codes);
    }

    private static Anonymization Request(DatasetDefinition definition, Table cohort)
    {
        var policy = definition.Policy;
        var quasi = definition.Attributes.Where(attribute => attribute.Role == AttributeRole.QuasiIdentifying)
            .Select(attribute => new QuasiIdentifier(attribute.Name, HierarchyFor(definition, attribute, cohort.Find(attribute.Name)!.ToCategories().Values), UnmappedValue.Suppress)).ToList();
        var diverse = definition.Attributes.Where(attribute => attribute.Sensitive && policy.L > 1).Select(attribute => new DistinctLDiversity(policy.L, attribute.Name));
        return new Anonymization(quasi, [new KAnonymity(policy.K), .. diverse], policy.SuppressionLimit, LossMetric.Loss);
    }

    /// <summary>The hospital's own hierarchy where the definition brought one, else the built-in one that it names.</summary>
    private static Hierarchy HierarchyFor(DatasetDefinition definition, AttributeDefinition attribute, IReadOnlyList<string> values) =>
        definition.OwnHierarchies.GetValueOrDefault(attribute.Name)
        ?? HierarchyOf.Attribute(attribute, [.. values], ".").Hierarchy
        ?? throw new InvalidDataException($"attribute '{attribute.Name}': its hierarchy '{attribute.Hierarchy}' cannot be used");

    private static Dictionary<string, List<string>> Members(Recoding recoding, RecodedTable recoded, IReadOnlyList<string> patients)
    {
        var members = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        for (var row = 0; row < patients.Count; row++)
        {
            if (recoded.ClassOfRow[row] is var number && number != RecodedTable.Suppressed)
            {
                var name = string.Join('\u001f', recoding.Classes[number].Values);
                (members.TryGetValue(name, out var list) ? list : members[name] = []).Add(patients[row]);
            }
        }

        return members;
    }

    private static byte[] Write(
        DatasetDefinition definition, Table cohort, RecodedTable recoded, IReadOnlyList<QuasiIdentifier> quasi, ExtractRequest request, Func<int, bool> isReleased)
    {
        var text = new StringBuilder().AppendJoin(',', request.Attributes).Append('\n');
        var columns = request.Attributes.Select(name => (Quasi: quasi.ToList().FindIndex(one => one.Name == name), Cells: CellsOf(definition, definition.Find(name)!, cohort.Find(name)!))).ToList();
        var lines = new List<string>();
        for (var row = 0; row < cohort.Count; row++)
        {
            if (isReleased(row))
            {
                lines.Add(string.Join(',', columns.Select(one => Quoted(one.Quasi >= 0 ? recoded.Value(row, one.Quasi) : one.Cells(row)))));
            }
        }

        // Sorted: the order of the rows must not tell the order of the records.
        return Encoding.UTF8.GetBytes(text.AppendJoin('\n', lines.Order(StringComparer.Ordinal)).Append('\n').ToString());
    }

    /// <summary>What is written for a row of a column that is not generalized with its class. Sets of codes leave one level below the top of
    /// their hierarchy (ICD-10 chapters); a code that the hierarchy does not know, or a set without one, falls to *.</summary>
    private static Func<int, string> CellsOf(DatasetDefinition definition, AttributeDefinition attribute, Column column)
    {
        if (attribute.Type != AttributeType.Codes)
        {
            return row => column.Text(row) ?? "";
        }

        var sets = column.ToCategories();
        var hierarchy = HierarchyFor(definition, attribute, [.. sets.Values.SelectMany(set => set.Split('|')).Distinct(StringComparer.Ordinal)]);
        var written = sets.Values.Select(set => string.Join('|', set.Split('|')
            .Select(code => hierarchy.Levels > 1 ? hierarchy.Generalize(code, hierarchy.Levels - 2) ?? Hierarchy.Any : Hierarchy.Any)
            .Distinct().Order(StringComparer.Ordinal))).ToList();
        return row => sets.IsNull(row) ? "" : written[sets.Codes[row]];
    }

    private static string Share(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
