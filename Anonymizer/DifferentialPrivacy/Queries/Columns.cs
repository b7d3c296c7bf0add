using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>The columns of a table as a schema declares them. A table that does not fit its schema is broken code, not a refusal.</summary>
internal static class Columns
{
    public static Column Find(Table table, string attribute) =>
        table.Find(attribute) ?? throw new ArgumentException($"the table has no column '{attribute}', which its schema declares");

    public static CategoryColumn Units(Table table, PrivacyUnit unit) => Find(table, unit.Attribute).ToCategories();

    public static NumberColumn Numbers(Table table, string attribute, NumberType type) =>
        Find(table, attribute) is NumberColumn numbers && type.Step == Exactly(numbers.Step)
            ? numbers
            : throw new ArgumentException($"column '{attribute}' is not on the grid that the schema declares");

    public static CategoryColumn Categories(Table table, string attribute) =>
        Find(table, attribute) as CategoryColumn ?? throw new ArgumentException($"column '{attribute}' does not hold categories as the schema declares");

    private static Rational Exactly(decimal value) =>
        Rational.TryParse(value.ToString(System.Globalization.CultureInfo.InvariantCulture), out var exact) ? exact : default;
}
