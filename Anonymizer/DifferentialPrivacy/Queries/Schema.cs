using System.Text.Json;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What the custodian declares about a table before looking at it: privacy unit, attributes, contribution bounds.</summary>
/// <remarks>Everything a question's price, grid and shape depend on is here or in the question, never in the data.</remarks>
public sealed class Schema
{
    private const int MostPerUnit = 1_000_000;
    private static readonly Rational NumberStep = new(1, 1000);
    private readonly Dictionary<string, AttributeType> attributes;

    private Schema(PrivacyUnit unit, Dictionary<string, AttributeType> attributes, int maxRowsPerUnit, int maxGroupsPerUnit)
    {
        Unit = unit;
        this.attributes = attributes;
        MaxRowsPerUnit = maxRowsPerUnit;
        MaxGroupsPerUnit = maxGroupsPerUnit;
    }

    public PrivacyUnit Unit { get; }

    /// <summary>The declared attributes by name, without the privacy unit.</summary>
    public IReadOnlyDictionary<string, AttributeType> Attributes => attributes;

    /// <summary>Rows of one patient that count, from 1 (the default) to 1,000,000; more are dropped at random.</summary>
    public int MaxRowsPerUnit { get; }

    /// <summary>Groups that one patient counts in, from 1 (the default) to 1,000,000; more are dropped at random.</summary>
    public int MaxGroupsPerUnit { get; }

    /// <summary>Reads a schema as FORMATS describes it.</summary>
    /// <exception cref="InputException">Something in it cannot be taken.</exception>
    public static Schema Parse(JsonElement json)
    {
        var fields = new Fields(json, "", "privacyUnit", "attributes", "maxRowsPerUnit", "maxGroupsPerUnit");
        var unit = fields.Text("privacyUnit");
        var declared = new Fields(fields.Element("attributes"), "attributes");
        var attributes = new Dictionary<string, AttributeType>(StringComparer.Ordinal);
        foreach (var name in declared.Names)
        {
            if (name.Length == 0)
            {
                throw new InputException("attributes", "an empty name", "each attribute has a name");
            }

            var type = ReadType(declared.Element(name), declared.At(name));
            if (name != unit)
            {
                attributes.Add(name, type);
            }
        }

        return new Schema(
            new PrivacyUnit(unit),
            attributes,
            fields.Count("maxRowsPerUnit", 1, MostPerUnit),
            fields.Count("maxGroupsPerUnit", 1, MostPerUnit));
    }

    /// <summary>The attribute's type.</summary>
    /// <exception cref="InputException">No such attribute is declared, or it is the privacy unit.</exception>
    public AttributeType Find(string attribute, string field) =>
        attribute == Unit.Attribute
            ? throw new InputException(field, attribute, "the privacy unit can be neither filtered on, grouped by nor measured")
            : attributes.TryGetValue(attribute, out var type)
                ? type
                : throw new InputException(field, attribute, $"declared attributes are {string.Join(", ", attributes.Keys.Order(StringComparer.Ordinal))}");

    private static AttributeType ReadType(JsonElement json, string path)
    {
        var kind = new Fields(json, path).Text("type");
        switch (kind)
        {
            case "integer":
                return ReadNumber(new Fields(json, path, "type", "lower", "upper"), 1, kind);
            case "decimal":
            case "number":
                var decimals = new Fields(json, path, "type", "step", "lower", "upper");
                var step = decimals.Has("step") ? decimals.Number("step") : kind == "number" ? NumberStep : throw new InputException(path + ".step", "nothing", "a decimal needs its step");
                return step.Sign > 0 && step <= 1_000_000_000_000 && step * 1_000_000_000_000 >= 1
                    ? ReadNumber(decimals, step, "decimal")
                    : throw new InputException(path + ".step", step.ToString(), "a step is from 1e-12 to 1e12");
            case "category":
                var category = new Fields(json, path, "type", "values");
                return new CategoryType(category.Has("values") ? ReadValues(category) : null);
            case "codes":
                _ = new Fields(json, path, "type");
                return new CodesType();
            default:
                throw new InputException(path + ".type", kind, "types are integer, decimal, category and codes");
        }
    }

    private static NumberType ReadNumber(Fields fields, Rational step, string kind)
    {
        var lower = Tick(fields, "lower", -NumberType.LargestTick, step, down: true);
        var upper = Tick(fields, "upper", NumberType.LargestTick, step, down: false);
        return lower <= upper
            ? new NumberType(step, lower, upper, kind)
            : throw new InputException(fields.At("lower"), fields.Number("lower").ToString(), "lower is at most upper");
    }

    private static long Tick(Fields fields, string name, long otherwise, Rational step, bool down)
    {
        if (!fields.Has(name))
        {
            return otherwise;
        }

        var value = fields.Number(name);
        var ticks = down ? (value / step).Floor() : (value / step).Ceiling();
        return System.Numerics.BigInteger.Abs(ticks) <= NumberType.LargestTick
            ? (long)ticks
            : throw new InputException(fields.At(name), value.ToString(), "a bound is within 2^52 steps of 0");
    }

    private static IReadOnlyList<string> ReadValues(Fields category)
    {
        var values = category.Texts("values");
        return values.Count == 0 || values.Distinct(StringComparer.Ordinal).Count() != values.Count
            ? throw new InputException(category.At("values"), string.Join(", ", values), "at least one value, each once")
            : values;
    }
}
