using System.Text.RegularExpressions;
using Anonymizer.Generalization;
using Silos.Ingestion.Hierarchies;
using Silos.Ingestion.Json;
using Silos.Ingestion.Views;

namespace Silos.Ingestion.Definitions;

/// <summary>A definition that was read, or all that is wrong with it.</summary>
public abstract record DefinitionOutcome
{
    private DefinitionOutcome()
    {
    }

    public sealed record Accepted(DatasetDefinition Definition) : DefinitionOutcome;

    public sealed record Refused(IReadOnlyList<DefinitionFault> Faults) : DefinitionOutcome;
}

/// <summary>Reads and checks a dataset definition: the JSON file that a hospital writes (<c>dataset.schema.json</c> is its schema).</summary>
public static partial class ReadDefinition
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

    private static readonly Dictionary<string, bool> Encodings = new(StringComparer.Ordinal) { ["utf-8"] = false, ["iso-8859-1"] = true };

    private static readonly Dictionary<string, Silence> Silences = new(StringComparer.Ordinal) { ["deny"] = Silence.Deny, ["permit"] = Silence.Permit };

    /// <summary>Reads a definition from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DefinitionOutcome FromFile(string path) => FromBytes(File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path)));

    /// <summary>Reads a definition from the UTF-8 bytes of its JSON.</summary>
    /// <param name="folder">Where its own CSV hierarchies lie: they are read and checked, and codes that they do not know are unmapped.
    /// Null leaves them unread.</param>
    public static DefinitionOutcome FromBytes(byte[] json, string? folder = null)
    {
        var faults = new List<DefinitionFault>();
        var tape = new JsonTape();
        if (tape.Parse(json, 0, json.Length) is { } broken)
        {
            return new DefinitionOutcome.Refused([new DefinitionFault(1, "(file)", broken)]);
        }

        var root = new DefinitionField(tape, 0, "", -1, faults);
        root.Only("$schema", "id", "title", "description", "privacyUnit", "attributes", "policy", "views", "tables", "events");
        var attributes = root.Member("attributes").Items().Select(Attribute).ToList();
        var unit = Named(root.Member("privacyUnit"), "patient_id");
        var definition = new DatasetDefinition(Id(root.Member("id")), root.Member("title").Text(), root.Member("description").Text(""), unit, attributes, Policy(root.Member("policy")));
        definition = definition with { Views = Views(root, faults), Tables = [.. root.Member("tables").Items().Select(Table)] };
        definition = definition with { Events = [.. root.Member("events").Items().Select(Event)] };
        Sources(root, definition);
        EventSources(root, definition);
        definition = definition with { OwnHierarchies = folder is null ? definition.OwnHierarchies : Hierarchies(root, definition, folder) };
        if (attributes.Count == 0)
        {
            root.Member("attributes").Fault("must name at least one attribute");
        }

        foreach (var twice in attributes.Select(a => a.Name).Append(unit).GroupBy(name => name).Where(group => group.Count() > 1))
        {
            root.Member("attributes").Fault($"the name '{twice.Key}' is given twice");
        }

        return faults.Count == 0 ? new DefinitionOutcome.Accepted(definition) : new DefinitionOutcome.Refused(faults);
    }

    private static List<CompiledView> Views(DefinitionField root, List<DefinitionFault> faults)
    {
        var views = new List<CompiledView>();
        foreach (var field in root.Member("views").Items())
        {
            var name = field.Member("name").Text();
            if (views.Any(view => view.Definition.Name == name))
            {
                field.Member("name").Fault($"the name '{name}' is given twice");
            }

            if (SqlOnFhirView.CompileField(field, faults) is { } view)
            {
                views.Add(view);
            }
        }

        return views;
    }

    private static Dictionary<string, Hierarchy> Hierarchies(DefinitionField root, DatasetDefinition definition, string folder)
    {
        var read = new Dictionary<string, Hierarchy>(StringComparer.Ordinal);
        var fields = root.Member("attributes").Items();
        for (var i = 0; i < fields.Count; i++)
        {
            var attribute = definition.Attributes[i];
            if (attribute.Hierarchy is not { } name || !name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var outcome = OwnHierarchy.FromFile(Path.Combine(folder, name), attribute.Values ?? []);
            foreach (var fault in outcome.Faults)
            {
                fields[i].Member("hierarchy").Fault($"{name}: {fault}");
            }

            foreach (var gap in outcome.Gaps)
            {
                fields[i].Member("hierarchy").Fault($"{name}: the declared value '{gap}' is missing");
            }

            if (outcome.Hierarchy is { } hierarchy)
            {
                read[attribute.Name] = hierarchy;
            }
        }

        return read;
    }

    private static TableSource Table(DefinitionField field)
    {
        field.Only("name", "file", "delimiter", "missing", "patient", "id", "registry", "where", "encoding");
        var delimiter = field.Member("delimiter").Text(",");
        if (delimiter.Length != 1 || delimiter[0] is '"' or '\r' or '\n')
        {
            field.Member("delimiter").Fault("must be one character, and no quote or line end");
        }

        var where = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var column in field.Member("where").Names())
        {
            where[column] = [.. field.Member("where").Member(column).Items().Select(value => value.Text())];
        }

        return new TableSource(
            Named(field.Member("name"), null), field.Member("file").Text(), delimiter[0], [.. field.Member("missing").Items().Select(text => text.Text(""))],
            field.Member("patient").Text(), field.Member("id").Exists ? field.Member("id").Text() : null, field.Member("registry").Truth(false), where,
            field.Member("encoding").Word(Encodings, false));
    }

    private static EventDefinition Event(DefinitionField field)
    {
        field.Only("name", "view", "code", "date", "hierarchy", "most", "ends");
        var hierarchy = field.Member("hierarchy").Exists ? field.Member("hierarchy").Text() : null;
        if (hierarchy is not null && CodeForms.Of(hierarchy) is null)
        {
            field.Member("hierarchy").Fault($"\"{hierarchy}\" is no form of codes; allowed: icd-10, atc, ibge, us-zip");
        }

        return new EventDefinition(
            Named(field.Member("name"), null), field.Member("view").Text(), field.Member("code").Exists ? field.Member("code").Text() : null, field.Member("date").Text(), hierarchy,
            (int)field.Member("most").Whole(1000, 1, 10_000), field.Member("ends").Truth(false));
    }

    private static void EventSources(DefinitionField root, DatasetDefinition definition)
    {
        var fields = root.Member("events").Items();
        for (var i = 0; i < fields.Count; i++)
        {
            var kind = definition.Events[i];
            if (definition.Events.Take(i).Any(earlier => earlier.Name == kind.Name))
            {
                fields[i].Member("name").Fault($"the name '{kind.Name}' is given twice");
            }

            Columns(fields[i], definition, kind.View, [("code", kind.Code), ("date", kind.Date)]);
        }

        if (fields.Count > 0 && definition.Find(DatasetDefinition.EventsMember) is not null)
        {
            root.Member("events").Fault("an attribute has the name 'events' too");
        }
    }

    /// <summary>Every attribute takes from a view and columns that exist.</summary>
    private static void Sources(DefinitionField root, DatasetDefinition definition)
    {
        var fields = root.Member("attributes").Items();
        for (var i = 0; i < fields.Count; i++)
        {
            var (source, from) = (definition.Attributes[i].From, fields[i].Member("from"));
            Columns(from, definition, source.View, [("column", source.Column), ("by", source.By)]);
        }
    }

    /// <summary>A view's columns are known here; a table's when its file is opened.</summary>
    private static void Columns(DefinitionField from, DatasetDefinition definition, string view, (string Member, string? Column)[] wanted)
    {
        if (definition.Tables.Any(table => table.Name == view))
        {
            return;
        }

        var columns = definition.Views.FirstOrDefault(known => known.Definition.Name == view)?.Columns;
        if (columns is null)
        {
            from.Member("view").Fault($"\"{view}\" is no view or table of this definition; it has {string.Join(", ", definition.Views.Select(known => known.Definition.Name).Concat(definition.Tables.Select(table => table.Name)))}");
            return;
        }

        foreach (var (member, column) in wanted)
        {
            if (column is not null && !columns.Contains(column, StringComparer.Ordinal))
            {
                from.Member(member).Fault($"\"{column}\" is no column of view {view}; it has {string.Join(", ", columns)}");
            }
        }
    }

    private static AttributeDefinition Attribute(DefinitionField field)
    {
        field.Only("name", "title", "role", "type", "lower", "upper", "step", "values", "hierarchy", "department", "from");
        var type = field.Member("type").Word(Types);
        var name = Named(field.Member("name"), null);
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
            name, title, field.Member("role").Word(Roles), type, lower, upper, step, values, hierarchy, department, Source(field.Member("from"), type));
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

    private static DatasetPolicy Policy(DefinitionField policy)
    {
        if (policy.Exists)
        {
            policy.Only("k", "cell", "l", "suppressionLimit", "rhoPerQuery", "rhoPerPermit", "rhoPerRegister", "uses", "silence");
        }

        var uses = policy.Member("uses").Items().Select(use => Duo(use)).ToList();
        return new DatasetPolicy(
            (int)policy.Member("k").Whole(11, 2, 1000),
            (int)policy.Member("cell").Whole(11, 1, 1000),
            (int)policy.Member("l").Whole(2, 1, 100),
            policy.Member("suppressionLimit").Number(0.05m, 0, 1),
            (ulong)policy.Member("rhoPerQuery").Whole(6_650_000, 1, 100_000_000_000),
            (ulong)policy.Member("rhoPerPermit").Whole(100_000_000, 1, 100_000_000_000),
            (ulong)policy.Member("rhoPerRegister").Whole(500_000_000, 1, 100_000_000_000),
            uses.Count == 0 ? ["DUO:0000042"] : uses,
            policy.Member("silence").Word(Silences, Silence.Deny));
    }

    private static string Duo(DefinitionField use)
    {
        var text = use.Text();
        if (!DuoId().IsMatch(text))
        {
            use.Fault($"\"{text}\" is not a DUO id like DUO:0000042");
        }

        return text;
    }

    private static string Named(DefinitionField field, string? otherwise)
    {
        var name = field.Text(otherwise);
        if (!Name().IsMatch(name))
        {
            field.Fault($"\"{name}\" is no name: a lower-case letter, then at most 62 letters, digits or underscores");
        }

        return name;
    }

    private static string Id(DefinitionField field)
    {
        var id = field.Text();
        if (!DatasetId().IsMatch(id))
        {
            field.Fault($"\"{id}\" is no id: 1 to 63 lower-case letters, digits and dashes");
        }

        return id;
    }

    [GeneratedRegex("^DUO:[0-9]{7}$")]
    private static partial Regex DuoId();

    [GeneratedRegex("^[a-z][A-Za-z0-9_]{0,62}$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex DatasetId();
}
