using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Cohorts;

/// <summary>Reads and writes cohorts as JSON: the <c>where</c> of FORMATS with rules on events beside those on attributes.</summary>
/// <remarks><code>
/// [ {"attribute":"age","atLeast":40,"below":80}, {"not":{"attribute":"sex","in":["male"]}},
///   {"event":"diagnosis","in":["E11"],"atLeast":2,"withinDays":365,"from":"2020-01-01","before":"2025-01-01"},
///   {"event":"diagnosis","in":["E11"],"then":{"event":"encounter","withinDays":90}} ]
/// </code></remarks>
public static class CohortJson
{
    private const int MostRules = 64;

    private static readonly string[] NotWithThen = ["atLeast", "withinDays", "from", "before"];

    /// <summary>Reads the rules against a definition. Gives null and all that is wrong, or the cohort.</summary>
    public static Cohort? Read(byte[] json, DatasetDefinition definition, out IReadOnlyList<DefinitionFault> faults)
    {
        var found = new List<DefinitionFault>();
        faults = found;
        var tape = new JsonTape();
        if (tape.Parse(json, 0, json.Length) is { } broken)
        {
            found.Add(new DefinitionFault(1, "(cohort)", broken));
            return null;
        }

        var rules = new DefinitionField(tape, 0, "where", -1, found).Items();
        if (rules.Count > MostRules)
        {
            found.Add(new DefinitionFault(1, "where", $"{rules.Count} rules; at most {MostRules}"));
        }

        var read = rules.Select(rule => Rule(rule, definition, must: true)).ToList();
        return found.Count == 0 ? Of(read) : null;
    }

    /// <summary>Brings rules to the canonical order.</summary>
    public static Cohort Of(IEnumerable<CohortRule> rules) =>
        new([.. rules.DistinctBy(Canonical, StringComparer.Ordinal).OrderBy(Canonical, StringComparer.Ordinal)]);

    /// <summary>RFC 8785 bytes of the rules: what the hash covers.</summary>
    public static byte[] CanonicalBytes(Cohort cohort) => Encoding.UTF8.GetBytes($"[{string.Join(',', cohort.Rules.Select(Canonical))}]");

    /// <summary>SHA-256 of the canonical bytes, by which a cohort is cited.</summary>
    public static byte[] Hash(Cohort cohort) => SHA256.HashData(CanonicalBytes(cohort));

    /// <summary>Codes in ordinal order, without those that a shorter one covers.</summary>
    internal static IReadOnlyList<string> Shortest(IEnumerable<string> codes)
    {
        var sorted = codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return [.. sorted.Where(code => !sorted.Any(other => other.Length < code.Length && code.StartsWith(other, StringComparison.Ordinal)))];
    }

    internal static string Quote(string text) => PatientRow.Quoted(text);

    private static CohortRule Rule(DefinitionField field, DatasetDefinition definition, bool must)
    {
        if (field.Member("not").Exists)
        {
            field.Only("not");
            return Rule(field.Member("not"), definition, !must);
        }

        return field.Member("event").Exists ? OnEvents(field, definition, must) : OnAttribute(field, definition, must);
    }

    private static CohortRule.OnAttribute OnAttribute(DefinitionField field, DatasetDefinition definition, bool must)
    {
        field.Only("attribute", "atLeast", "below", "in");
        var name = field.Member("attribute").Text();
        var attribute = definition.Attributes.FirstOrDefault(a => a.Name == name && a.Role != AttributeRole.Identifying);
        if (attribute is null)
        {
            field.Member("attribute").Fault($"\"{name}\" is no attribute; {string.Join(", ", definition.Attributes.Select(a => a.Name))} are");
        }

        var (least, below, values) = (field.Member("atLeast"), field.Member("below"), field.Member("in"));
        if (values.Exists == (least.Exists || below.Exists))
        {
            field.Fault("must have either in, or atLeast, below or both");
        }
        else if (attribute is not null && values.Exists == attribute.Type is AttributeType.WholeNumber or AttributeType.DecimalNumber)
        {
            (values.Exists ? values : least.Exists ? least : below).Fault($"is not for an attribute of type {attribute.Type.Word()}");
        }

        var texts = values.Items().Select(value => value.Text());
        return new CohortRule.OnAttribute(must, name, Bound(least), Bound(below), attribute?.Type == AttributeType.Codes ? Shortest(texts) : [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    private static decimal? Bound(DefinitionField field) => field.Exists ? field.Number(null, -1_000_000_000_000m, 1_000_000_000_000m) : null;

    private static CohortRule OnEvents(DefinitionField field, DatasetDefinition definition, bool must)
    {
        field.Only("event", "in", "atLeast", "withinDays", "from", "before", "then");
        var pattern = Pattern(field, definition);
        var then = field.Member("then");
        if (!then.Exists)
        {
            return new CohortRule.OnEvents(must, pattern, (int)field.Member("atLeast").Whole(1, 1, 10_000), Days(field), Day(field.Member("from")), Day(field.Member("before")));
        }

        then.Only("event", "in", "withinDays");
        foreach (var name in NotWithThen.Where(name => field.Member(name).Exists))
        {
            field.Member(name).Fault("is not for a rule with then");
        }

        return new CohortRule.InOrder(must, pattern, Pattern(then, definition), Days(then));
    }

    private static EventPattern Pattern(DefinitionField field, DatasetDefinition definition)
    {
        var name = field.Member("event").Text();
        if (definition.Events.All(kind => kind.Name != name))
        {
            field.Member("event").Fault($"\"{name}\" is no kind of event; {string.Join(", ", definition.Events.Select(kind => kind.Name))} are");
        }

        return new EventPattern(name, Shortest(field.Member("in").Items().Select(code => code.Text())));
    }

    private static int? Days(DefinitionField field) => field.Member("withinDays").Exists ? (int)field.Member("withinDays").Whole(1, 1, 36_600) : null;

    private static DateOnly? Day(DefinitionField field)
    {
        if (!field.Exists)
        {
            return null;
        }

        if (DateOnly.TryParseExact(field.Text(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }

        field.Fault("must be a day, as 2025-01-31");
        return null;
    }

    private static string Canonical(CohortRule rule)
    {
        var members = rule switch
        {
            CohortRule.OnAttribute on => new SortedDictionary<string, string?>(StringComparer.Ordinal)
            {
                ["attribute"] = Quote(on.Attribute), ["atLeast"] = Number(on.AtLeast), ["below"] = Number(on.Below), ["in"] = on.AtLeast is null && on.Below is null ? List(on.In) : null,
            },
            CohortRule.OnEvents on => new SortedDictionary<string, string?>(StringComparer.Ordinal)
            {
                ["event"] = Quote(on.Events.Event), ["in"] = on.Events.In.Count == 0 ? null : List(on.Events.In), ["atLeast"] = on.AtLeast == 1 ? null : Number(on.AtLeast),
                ["withinDays"] = Number(on.WithinDays), ["from"] = Day(on.From), ["before"] = Day(on.Before),
            },
            CohortRule.InOrder order => new SortedDictionary<string, string?>(StringComparer.Ordinal)
            {
                ["event"] = Quote(order.First.Event), ["in"] = order.First.In.Count == 0 ? null : List(order.First.In),
                ["then"] = Object(new SortedDictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["event"] = Quote(order.Then.Event), ["in"] = order.Then.In.Count == 0 ? null : List(order.Then.In), ["withinDays"] = Number(order.WithinDays),
                }),
            },
            _ => throw new InvalidOperationException($"a rule of unknown kind {rule.GetType().Name}"),
        };
        return rule.Must ? Object(members) : $"{{\"not\":{Object(members)}}}";
    }

    private static string Object(SortedDictionary<string, string?> members) =>
        "{" + string.Join(',', members.Where(member => member.Value is not null).Select(member => $"{Quote(member.Key)}:{member.Value}")) + "}";

    private static string List(IReadOnlyList<string> items) => $"[{string.Join(',', items.Select(Quote))}]";

    private static string? Day(DateOnly? day) => day is { } known ? Quote(known.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) : null;

    private static string? Number(decimal? value) => value is not { } known ? null : known == decimal.Truncate(known) ? PatientRow.Shortest(known) : Quote(PatientRow.Shortest(known));
}
