using Silos.Ingestion.Hierarchies;
using Silos.Ledger.Records;

namespace Silos.Ingestion.Definitions;

/// <summary>Reads and checks one attribute of a definition.</summary>
internal static class ReadAttribute
{
    private static readonly Dictionary<string, AttributeRole> Roles = new(StringComparer.Ordinal)
    {
        ["quasi-identifying"] = AttributeRole.QuasiIdentifying, ["sensitive"] = AttributeRole.Sensitive,
        ["identifying"] = AttributeRole.Identifying, ["insensitive"] = AttributeRole.Insensitive,
    };

    private static readonly Dictionary<string, AttributeType> Types = new(StringComparer.Ordinal)
    {
        ["integer"] = AttributeType.WholeNumber, ["decimal"] = AttributeType.DecimalNumber, ["category"] = AttributeType.Category, ["codes"] = AttributeType.Codes,
    };

    private static readonly Dictionary<string, Take> Takes = new(StringComparer.Ordinal)
    {
        ["one"] = Take.One, ["latest"] = Take.Latest, ["earliest"] = Take.Earliest, ["all"] = Take.All, ["count"] = Take.Count,
        ["any"] = Take.Any, ["minimum"] = Take.Minimum, ["maximum"] = Take.Maximum, ["age"] = Take.Age,
    };

    public static AttributeDefinition Of(DefinitionField field)
    {
        field.Only("name", "title", "role", "type", "lower", "upper", "step", "values", "hierarchy", "department", "category", "from");
        var type = field.Member("type").Word(Types);
        var name = DefinitionNames.Name(field.Member("name"), null);
        var step = type == AttributeType.DecimalNumber ? field.Member("step").Number(null, 0.000001m, 1_000_000m) : 1m;
        var (lower, upper) = Bounds(field, type, step);
        var values = field.Member("values").Exists ? field.Member("values").Items().Select(value => value.Text()).ToList() : null;
        var title = field.Member("title").Text(name);
        var hierarchy = field.Member("hierarchy").Exists ? field.Member("hierarchy").Text() : null;
        if (hierarchy is not null && HierarchyOf.NameFault(hierarchy) is { } unknown)
        {
            field.Member("hierarchy").Fault(unknown);
        }

        var department = field.Member("department").Exists ? field.Member("department").Text() : null;
        if (values is not null && (type != AttributeType.Category || values.Count == 0 || values.Distinct(StringComparer.Ordinal).Count() != values.Count))
        {
            field.Member("values").Fault("only a category declares values: at least one, each once");
        }

        return new AttributeDefinition(
            name, title, field.Member("role").Word(Roles), type, lower, upper, step, values, hierarchy, department, Source(field.Member("from"), type))
        {
            Category = Category(field.Member("category")),
        };
    }

    private static string? Category(DefinitionField field)
    {
        if (!field.Exists)
        {
            return null;
        }

        var category = field.Text();
        if (!DataCategory.All.Contains(category))
        {
            field.Fault($"\"{category}\"; allowed: {string.Join(", ", DataCategory.All)}");
        }

        return category;
    }

    private static (decimal? Lower, decimal? Upper) Bounds(DefinitionField field, AttributeType type, decimal step)
    {
        var (low, high) = (field.Member("lower"), field.Member("upper"));
        if (!low.Exists && !high.Exists)
        {
            return (null, null);
        }

        if (type is not (AttributeType.WholeNumber or AttributeType.DecimalNumber))
        {
            (low.Exists ? low : high).Fault("only an integer or a decimal has bounds");
            return (null, null);
        }

        var lower = low.Number(null, -1_000_000_000_000m, 1_000_000_000_000m);
        var upper = high.Number(null, -1_000_000_000_000m, 1_000_000_000_000m);
        if (low.Exists && high.Exists && lower >= upper)
        {
            low.Fault($"{lower} is not below upper, {upper}");
        }

        foreach (var (bound, value) in new[] { (low, lower), (high, upper) })
        {
            if (value % step != 0)
            {
                bound.Fault($"{value} is not on the grid of step {step}");
            }
        }

        return (lower, upper);
    }

    private static AttributeSource Source(DefinitionField from, AttributeType type)
    {
        if (!from.Exists)
        {
            from.Fault("is missing: name a view, a column and how it is taken");
            return new AttributeSource("", null, Take.One, null, null);
        }

        from.Only("view", "column", "take", "by", "withinDays", "map");
        var take = from.Member("take").Word(Takes);
        var column = from.Member("column").Exists ? from.Member("column").Text() : null;
        var by = from.Member("by").Exists ? from.Member("by").Text() : null;
        var within = from.Member("withinDays").Exists ? (int)from.Member("withinDays").Whole(1, 1, 36_600) : (int?)null;
        if (column is null && take is not (Take.Count or Take.Any))
        {
            from.Member("column").Fault("is missing; only count and any take whole rows");
        }

        if (by is null && (take is Take.Latest or Take.Earliest || within is not null))
        {
            from.Member("by").Fault("is missing: the date column that decides");
        }

        var fits = take switch
        {
            Take.All => type == AttributeType.Codes,
            Take.Count or Take.Age => type == AttributeType.WholeNumber,
            Take.Any => type == AttributeType.Category,
            Take.Minimum or Take.Maximum => type is AttributeType.WholeNumber or AttributeType.DecimalNumber,
            _ => type != AttributeType.Codes,
        };
        if (!fits)
        {
            from.Member("take").Fault($"does not make a cell of type {type.Word()}");
        }

        var map = from.Member("map").Names().ToDictionary(value => value, value => from.Member("map").Member(value).Text(), StringComparer.Ordinal);
        return new AttributeSource(from.Member("view").Text(), column, take, by, within, map.Count == 0 ? null : map);
    }
}
