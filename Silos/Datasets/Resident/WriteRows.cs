using System.Globalization;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Silos.Datasets.Resident;

/// <summary>
/// Writes the rows that count as SQL: those of the cohort that satisfy every condition, and of a patient with too many the first by the answer's order
/// (<see cref="ContributionNames"/>). Its columns are part, rec (the patient), k0… (the key) and a0… (what is measured).
/// </summary>
/// <remarks>Where no patient can exceed the bound there is only a filter, which servers of foreign partitions apply; everything in it is a plain
/// comparison or a built-in function, and no collation is named, so that postgres_fdw and Citus send it there.</remarks>
internal sealed class WriteRows
{
    private readonly ResidentTable table;
    private readonly Query query;
    private readonly IReadOnlyList<string> content;
    private readonly Statement to;
    private readonly byte[] cohort;
    private readonly PrfOrder order;

    public WriteRows(ResidentTable table, Query query, byte[] cohort, PrfOrder order, Statement to)
    {
        (this.table, this.query, this.cohort, this.order, this.to) = (table, query, cohort, order, to);
        content = ContributionNames.Content(query);
    }

    /// <summary>The column of a measured attribute.</summary>
    public string Cell(string attribute) => string.Create(CultureInfo.InvariantCulture, $"a{content.ToList().IndexOf(attribute)}");

    /// <summary>The columns of the key, each with a comma before it.</summary>
    public string Keys => string.Concat(Enumerable.Range(0, query.GroupBy.Count).Select(Key));

    /// <summary>A sub-select.</summary>
    public string Text()
    {
        var bound = query.Bound;
        var grouped = query.GroupBy.Count > 0;
        if (table.MostRows <= bound.Rows && (!grouped || (table.MostRows <= bound.Groups && !bound.ManyKeys)))
        {
            return $"(SELECT {ResidentTable.Part} AS part, {ResidentTable.Record} AS rec{Plain()}{Measured("")} FROM {table.Quoted} WHERE {Where()}{NoNullKeys()}) r";
        }

        var passing = $"SELECT {ResidentTable.Part} AS part, {ResidentTable.Record} AS rec, {Unit} AS u{Measured("")} FROM {table.Quoted} WHERE {Where()}";
        if (table.MostRows > bound.Rows)
        {
            var names = Name(ContributionNames.Row, ["u", .. Contents, "twin::text"]);
            var twins = $"SELECT p.*, row_number() OVER (PARTITION BY part, rec{string.Concat(Contents.Select(one => ", " + one))}) AS twin FROM ({passing}) p";
            passing = $"SELECT * FROM (SELECT t.*, row_number() OVER (PARTITION BY part, rec ORDER BY {names}) AS place FROM ({twins}) t) n WHERE place <= {bound.Rows}";
        }

        if (!grouped)
        {
            return $"({passing}) r";
        }

        var paired = $"SELECT c.*{Unnested()} FROM ({passing}) c{Lateral()} WHERE {Declared()}";
        var ranked = $"SELECT q.*, dense_rank() OVER (PARTITION BY part, rec ORDER BY {Name(ContributionNames.Group, ["u", .. KeyNames])}) AS g FROM ({paired}) q";
        return $"(SELECT * FROM ({ranked}) s WHERE g <= {bound.Groups}) r";
    }

    private string Unit => ResidentTable.Quote(table.Schema.Unit.Attribute);

    private IEnumerable<string> Contents => content.Select(Cell);

    private IEnumerable<string> KeyNames => query.GroupBy.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"k{i}"));

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $", k{i}");

    private string Plain() => string.Concat(query.GroupBy.Select((attribute, i) => $", {ResidentTable.Quote(attribute)} AS k{i}"));

    private string Measured(string of) => string.Concat(content.Select(attribute => $", {of}{ResidentTable.Quote(attribute)} AS {Cell(attribute)}"));

    private string NoNullKeys() => string.Concat(query.GroupBy.Select(attribute => $" AND {ResidentTable.Quote(attribute)} IS NOT NULL"));

    private string Unnested() => string.Concat(query.GroupBy.Select((attribute, i) => Many(attribute) ? $", l{i}.code AS k{i}" : $", c.{Cell(attribute)} AS k{i}"));

    private string Lateral() => string.Concat(query.GroupBy.Select((attribute, i) => Many(attribute) ? $" CROSS JOIN LATERAL unnest(string_to_array(c.{Cell(attribute)}, '|')) AS l{i}(code)" : ""));

    private string Declared() => string.Join(" AND ", query.GroupBy.Select((attribute, i) =>
    {
        var key = Many(attribute) ? $"l{i}.code" : "c." + Cell(attribute);
        return table.Schema.Attributes[attribute] is CategoryType { Values: { } values } ? $"{key} = ANY({to.Value(values.ToArray())})" : $"{key} IS NOT NULL";
    }));

    private bool Many(string attribute) => table.Schema.Attributes[attribute] is CodesType;

    // The place of a thing with these parts, as PrfOrder has it.
    private string Name(string kind, IEnumerable<string> parts)
    {
        var name = string.Join(" || ", parts.Select(part => $"COALESCE(octet_length({part}::text)::text || ':' || {part}::text, '-')").Prepend($"'{kind}'"));
        return $"sha256({to.Value(order.Outer)}::bytea || sha256({to.Value(order.Inner)}::bytea || convert_to({name}, 'UTF8')))";
    }

    private string Where() => string.Join(" AND ", query.Where.Select(Condition).Prepend($"get_bit({to.Value(cohort)}::bytea, {ResidentTable.Record}) = 1"));

    // A null satisfies nothing: SQL's unknown is no true, and stays unknown under NOT.
    private string Condition(Condition condition) => condition switch
    {
        Condition.Not not => $"NOT ({Condition(not.Of)})",
        Condition.Within within => string.Create(CultureInfo.InvariantCulture, $"({ResidentTable.Quote(within.Attribute)} >= {within.AtLeast} AND {ResidentTable.Quote(within.Attribute)} < {within.Below})"),
        Condition.AnyOf any when Many(any.Attribute) =>
            $"({string.Join(" OR ", any.Values.Select(prefix => $"strpos('|' || {ResidentTable.Quote(any.Attribute)}, {to.Value("|" + prefix)}::text) > 0"))})",
        Condition.AnyOf any => $"{ResidentTable.Quote(any.Attribute)} = ANY({to.Value(any.Values.ToArray())})",
        _ => throw new InvalidOperationException($"a condition of unknown kind {condition.GetType().Name}"),
    };
}
