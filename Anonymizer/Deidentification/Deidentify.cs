using System.Globalization;
using Anonymizer.Tables;

namespace Anonymizer.Deidentification;

/// <summary>
/// Removes identifiers before anything is generalized: HIPAA Safe Harbor's eighteen and the national numbers. Whatever is not
/// declared is dropped; so is a kept column whose heading names an identifier, and a kept cell that has the form of one is emptied
/// and counted.
/// </summary>
/// <remarks>45 CFR 164.514(b)(2). Safe Harbor also asks for no actual knowledge that the rest identifies somebody, which no program can
/// give; the classes that come after this are for that.</remarks>
public static class Deidentify
{
    /// <summary>The table with its treated columns, in order.</summary>
    /// <param name="treatments">By column; a column without one is dropped.</param>
    /// <exception cref="ArgumentException">A treatment names a column that is not there.</exception>
    public static Deidentified Apply(Table table, IReadOnlyDictionary<string, Treatment> treatments)
    {
        if (treatments.Keys.FirstOrDefault(name => table.Find(name) is null) is { } unknown)
        {
            throw new ArgumentException($"'{unknown}' is no column of the table", nameof(treatments));
        }

        var kept = new List<Column>();
        var dropped = new List<string>();
        var emptied = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var column in table.Columns)
        {
            var treatment = treatments.GetValueOrDefault(column.Name) ?? new Treatment.Drop();
            if (treatment is Treatment.Drop || (treatment is Treatment.Keep && FindIdentifiers.OfHeading(column.Name) is not null))
            {
                dropped.Add(column.Name);
                continue;
            }

            var (treated, gone) = Treat(table, column, treatment);
            kept.Add(treated);
            if (gone > 0)
            {
                emptied.Add(column.Name, gone);
            }
        }

        return new Deidentified(new Table(kept), dropped, emptied);
    }

    private static (Column Treated, int Emptied) Treat(Table table, Column column, Treatment treatment)
    {
        if (treatment is Treatment.ShiftedDate shifted)
        {
            var patients = table.Find(shifted.PatientColumn) ?? throw new ArgumentException($"'{shifted.PatientColumn}' is no column of the table", nameof(treatment));
            return Rebuilt(column, row => column.Text(row) is { } date && patients.Text(row) is { } patient ? shifted.Project.Shift(patient, date) : null);
        }

        var categories = column.ToCategories();
        var after = categories.Values.Select(value => Cell(value, treatment)).ToArray();
        return Rebuilt(column, row => categories.Codes[row] < 0 ? null : after[categories.Codes[row]]);
    }

    private static string? Cell(string value, Treatment treatment) => treatment switch
    {
        Treatment.Pseudonym pseudonym => pseudonym.Project.Of(value),
        Treatment.Year => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date.Year.ToString("0000", CultureInfo.InvariantCulture)
            : null,
        Treatment.Age => decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var age) && age >= 0
            ? age >= 90 ? "90+" : ((int)age).ToString(CultureInfo.InvariantCulture)
            : null,
        Treatment.Area area => value.Length < area.Digits ? null
            : area.PeopleIn.GetValueOrDefault(value[..area.Digits]) > area.MoreThan ? value[..area.Digits] : new string('0', area.Digits),
        _ => FindIdentifiers.In(value) is null ? value : null,
    };

    private static (CategoryColumn Column, int Emptied) Rebuilt(Column column, Func<int, string?> cell)
    {
        var values = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new int[column.Count];
        var emptied = 0;
        for (var row = 0; row < codes.Length; row++)
        {
            var text = cell(row);
            if (text is null)
            {
                codes[row] = CategoryColumn.Null;
                emptied += column.IsNull(row) ? 0 : 1;
                continue;
            }

            if (!index.TryGetValue(text, out codes[row]))
            {
                codes[row] = values.Count;
                index.Add(text, values.Count);
                values.Add(text);
            }
        }

        return (new CategoryColumn(column.Name, values, codes), emptied);
    }
}

/// <summary>A table without identifiers, and what it cost.</summary>
/// <param name="Dropped">Columns that were left out.</param>
/// <param name="Emptied">By column, cells that had a value and have none now: they had the form of an identifier, or not the declared one.</param>
public sealed record Deidentified(Table Table, IReadOnlyList<string> Dropped, IReadOnlyDictionary<string, int> Emptied);
