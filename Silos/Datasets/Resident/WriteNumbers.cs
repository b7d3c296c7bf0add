using System.Globalization;
using Anonymizer.DifferentialPrivacy.Queries;

namespace Silos.Datasets.Resident;

/// <summary>
/// Writes exact numbers as SQL over <see cref="WriteRows"/>. Each is made in two steps, by part and key and then by key: the first is whole within each
/// part, so that a server computes it for the parts that lie with it (partition-wise aggregation), and sends only its aggregates.
/// </summary>
internal static class WriteNumbers
{
    /// <summary>One number or several of each group, side by side: a row of the answer is a key, then the numbers.</summary>
    public static string Sums(WriteRows rows, IEnumerable<string> sums)
    {
        var list = sums.ToList();
        var names = string.Concat(list.Select((_, i) => $", sum(n{i})"));
        var inner = string.Concat(list.Select((sum, i) => $", {sum} AS n{i}"));
        return $"SELECT {Listed(rows, names)} FROM (SELECT part{rows.Keys}{inner} FROM {rows.Text()} GROUP BY part{rows.Keys}) x{By(rows.Keys)}";
    }

    /// <summary>Rows by place: a row of the answer is a key, a place, a number.</summary>
    public static string Spread(WriteRows rows, string place, string present) =>
        $"SELECT {Listed(rows, ", place, sum(n)")} FROM (SELECT part{rows.Keys}, {place} AS place, count(*) AS n FROM {rows.Text()} WHERE {present} IS NOT NULL GROUP BY part{rows.Keys}, {place}) x{By(rows.Keys + ", place")}";

    /// <summary>Different values in each group: a row of the answer is a key, a number.</summary>
    public static string Different(WriteRows rows, string cell)
    {
        var inPart = $"SELECT part{rows.Keys}, {cell} AS value FROM {rows.Text()} WHERE {cell} IS NOT NULL GROUP BY part{rows.Keys}, {cell}";
        return $"SELECT {Listed(rows, ", count(*)::numeric")} FROM (SELECT value{rows.Keys} FROM ({inPart}) x GROUP BY value{rows.Keys}) y{By(rows.Keys)}";
    }

    /// <summary>The sums of a measure of powers.</summary>
    public static IEnumerable<string> Powers(ExactNumbers.Powers powers, NumberType type, string cell)
    {
        var clamped = powers.Lower <= type.Lower && powers.Upper >= type.Upper
            ? cell
            : string.Create(CultureInfo.InvariantCulture, $"(CASE WHEN {cell} < {powers.Lower} THEN {powers.Lower} WHEN {cell} > {powers.Upper} THEN {powers.Upper} ELSE {cell} END)");
        var value = (powers.Factor, powers.Offset, powers.Divisor) == (1, 0, 1)
            ? clamped
            : string.Create(CultureInfo.InvariantCulture, $"((({clamped} * {powers.Factor}) - ({powers.Offset})) / {powers.Divisor})");
        return Enumerable.Range(powers.FirstPower, powers.Count).Select(power => power switch
        {
            0 => $"count({cell})",
            1 => $"sum({value})",
            _ => $"sum({string.Join(" * ", Enumerable.Repeat(value, power))})",
        });
    }

    /// <summary>The place of a value in a measure's numbers.</summary>
    public static string Place(ExactNumbers.Cells cells, string cell)
    {
        var within = string.Create(
            CultureInfo.InvariantCulture,
            $"((CASE WHEN {cell} < {cells.Lower} THEN {cells.Lower} WHEN {cell} > {cells.Upper} THEN {cells.Upper} ELSE {cell} END) - ({cells.Lower}))");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"(CASE WHEN {cell} >= {cells.Upper} THEN {cells.Last} ELSE ({within} / {cells.Width}) + (CASE WHEN {within} % {cells.Width} = 0 THEN 0 ELSE {cells.Last + 1} END) END)");
    }

    /// <inheritdoc cref="Place(ExactNumbers.Cells, string)"/>
    public static string Place(ExactNumbers.Bins bins, string cell)
    {
        // Without the outermost edges, what lies beyond them is in the outermost bins.
        var inner = bins.Edges.Skip(1).SkipLast(1).ToList();
        return inner.Count == 0 ? $"({cell} * 0)" : $"width_bucket({cell}, ARRAY[{string.Join(',', inner.Select(edge => edge.ToString(CultureInfo.InvariantCulture)))}]::bigint[])";
    }

    // The key's columns, then the rest, which has a comma before it.
    private static string Listed(WriteRows rows, string rest) => (rows.Keys + rest)[2..];

    private static string By(string columns) => columns.Length == 0 ? "" : $" GROUP BY {columns[2..]}";
}
