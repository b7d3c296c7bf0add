using System.Numerics;
using System.Text.Json;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Reads a <c>where</c> list and brings it to one form, so that two ways of writing a filter are one question.</summary>
internal static class Conditions
{
    private const int Most = 64;
    private const int MostValues = 10_000;
    private const int Deepest = 8;

    public static IReadOnlyList<Condition> Read(Fields query, Schema schema)
    {
        var read = query.List("where").Select(item => Simplify(Read(item.Element, item.Path, schema, 0), schema)).ToList();
        return read.Count <= Most
            ? Merge(read, schema)
            : throw new InputException("where", $"{read.Count} conditions", $"at most {Most} are taken");
    }

    private static Condition Read(JsonElement json, string path, Schema schema, int depth)
    {
        var fields = new Fields(json, path, "attribute", "atLeast", "below", "in", "not");
        if (fields.Has("not"))
        {
            _ = new Fields(json, path, "not");
            return depth < Deepest
                ? new Condition.Not(Read(fields.Element("not"), path + ".not", schema, depth + 1))
                : throw new InputException(path, "a deeper condition", $"at most {Deepest} are nested");
        }

        var attribute = fields.Text("attribute");
        var type = schema.Find(attribute, fields.At("attribute"));
        if (type is NumberType number)
        {
            _ = new Fields(json, path, "attribute", "atLeast", "below");
            if (!fields.Has("atLeast") && !fields.Has("below"))
            {
                throw new InputException(path, "no bound", "a number is compared by atLeast, below or both");
            }

            return Clamped(attribute, number, Tick(fields, "atLeast", number) ?? number.Lower, Tick(fields, "below", number) ?? (number.Upper + 1));
        }

        _ = new Fields(json, path, "attribute", "in");
        var values = fields.Element("in").ValueKind == JsonValueKind.Array ? fields.Texts("in") : [fields.Text("in")];
        if (values.Count is 0 or > MostValues)
        {
            throw new InputException(fields.At("in"), $"{values.Count} values", $"from 1 to {MostValues} values are taken");
        }

        if (type is CategoryType { Values: { } declared } && values.FirstOrDefault(value => !declared.Contains(value)) is { } unknown)
        {
            throw new InputException(fields.At("in"), unknown, $"declared values are {string.Join(", ", declared)}");
        }

        if (type is CodesType && values.Any(value => value.Length == 0))
        {
            throw new InputException(fields.At("in"), "an empty code", "a code or its prefix is needed");
        }

        return new Condition.AnyOf(attribute, Ordered(values, type));
    }

    // x ≥ a and x < a both turn on the first tick not below a.
    private static long? Tick(Fields fields, string name, NumberType type)
    {
        if (!fields.Has(name))
        {
            return null;
        }

        var ticks = (fields.Number(name) / type.Step).Ceiling();
        return (long)BigInteger.Max(-2 * NumberType.LargestTick, BigInteger.Min(ticks, 2 * NumberType.LargestTick));
    }

    private static string[] Ordered(IEnumerable<string> values, AttributeType type)
    {
        var sorted = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return type is CodesType
            ? [.. sorted.Where(code => !sorted.Any(other => other.Length < code.Length && code.StartsWith(other, StringComparison.Ordinal)))]
            : [.. sorted];
    }

    // Null satisfying nothing, not(x < a) is x ≥ a, and the complement of declared values is a set of declared values.
    private static Condition Simplify(Condition condition, Schema schema) => condition switch
    {
        Condition.Not { Of: Condition.Not inner } => Simplify(inner.Of, schema),
        Condition.Not { Of: Condition.Within range } when schema.Find(range.Attribute, "where") is NumberType type => Complement(range, type),
        Condition.Not { Of: Condition.AnyOf any } when schema.Find(any.Attribute, "where") is CategoryType { Values: { } declared } type =>
            new Condition.AnyOf(any.Attribute, Ordered(declared.Except(any.Values, StringComparer.Ordinal), type)),
        _ => condition,
    };

    private static Condition Complement(Condition.Within range, NumberType type) =>
        range.AtLeast == type.Lower ? Clamped(range.Attribute, type, range.Below, type.Upper + 1)
        : range.Below == type.Upper + 1 ? Clamped(range.Attribute, type, type.Lower, range.AtLeast)
        : range.AtLeast == range.Below ? Clamped(range.Attribute, type, type.Lower, type.Upper + 1)
        : new Condition.Not(range);

    // Cells lie within the declared bounds, so a filter beyond them is the same filter at them; every empty range is written alike.
    private static Condition.Within Clamped(string attribute, NumberType type, long atLeast, long below)
    {
        var (from, to) = (Math.Max(atLeast, type.Lower), Math.Min(below, type.Upper + 1));
        return from < to ? new Condition.Within(attribute, from, to) : new Condition.Within(attribute, type.Upper + 1, type.Upper + 1);
    }

    private static Condition[] Merge(IReadOnlyList<Condition> conditions, Schema schema)
    {
        var merged = new List<Condition>();
        foreach (var same in conditions.OfType<Condition.Within>().GroupBy(range => range.Attribute))
        {
            var type = (NumberType)schema.Find(same.Key, "where");
            merged.Add(Clamped(same.Key, type, same.Max(range => range.AtLeast), same.Min(range => range.Below)));
        }

        // A row has one category, so sets of them intersect; of codes it has many, and each set stands for itself.
        foreach (var same in conditions.OfType<Condition.AnyOf>().GroupBy(any => any.Attribute))
        {
            if (schema.Find(same.Key, "where") is CategoryType)
            {
                var common = same.Select(any => any.Values.AsEnumerable()).Aggregate((a, b) => a.Intersect(b, StringComparer.Ordinal));
                merged.Add(new Condition.AnyOf(same.Key, [.. common]));
            }
            else
            {
                merged.AddRange(same);
            }
        }

        merged.AddRange(conditions.OfType<Condition.Not>());
        return [.. merged.Distinct().OrderBy(condition => CanonicalQuery.TextOf(condition, schema), StringComparer.Ordinal)];
    }
}
