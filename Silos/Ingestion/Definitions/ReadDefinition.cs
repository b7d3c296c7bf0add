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
public static class ReadDefinition
{
    private static readonly Dictionary<string, bool> Encodings = new(StringComparer.Ordinal) { ["utf-8"] = false, ["iso-8859-1"] = true };

    private static readonly Dictionary<string, Silence> Silences = new(StringComparer.Ordinal) { ["deny"] = Silence.Deny, ["permit"] = Silence.Permit };

    /// <summary>Reads a definition from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DefinitionOutcome FromFile(string path) => FromBytes(File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path)));

    /// <summary>Reads a definition from the UTF-8 bytes of its JSON.</summary>
    /// <param name="folder">Where its own CSV hierarchies lie: they are read and checked, and codes that they do not know are unmapped.
    /// Null leaves those unread that the text does not hold itself (<see cref="InlineHierarchies"/>).</param>
    public static DefinitionOutcome FromBytes(byte[] json, string? folder = null)
    {
        var faults = new List<DefinitionFault>();
        var tape = new JsonTape();
        if (tape.Parse(json, 0, json.Length) is { } broken)
        {
            return new DefinitionOutcome.Refused([new DefinitionFault(1, "(file)", broken)]);
        }

        var root = new DefinitionField(tape, 0, "", -1, faults);
        root.Only("$schema", "id", "title", "description", "privacyUnit", "attributes", "policy", "views", "tables", "events", "hierarchies");
        var attributes = root.Member("attributes").Items().Select(ReadAttribute.Of).ToList();
        var unit = DefinitionNames.Name(root.Member("privacyUnit"), "patient_id");
        var definition = new DatasetDefinition(DefinitionNames.Dataset(root.Member("id")), root.Member("title").Text(), root.Member("description").Text(""), unit, attributes, Policy(root.Member("policy")));
        definition = definition with { Views = Views(root, faults), Tables = [.. root.Member("tables").Items().Select(Table)] };
        definition = definition with { Events = [.. root.Member("events").Items().Select(Event)] };
        Sources(root, definition);
        EventSources(root, definition);
        definition = definition with { OwnHierarchies = Hierarchies(root, definition, folder) };
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

    private static Dictionary<string, Hierarchy> Hierarchies(DefinitionField root, DatasetDefinition definition, string? folder)
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

            var inline = root.Member("hierarchies").Member(name);
            if (!inline.Exists && folder is null)
            {
                continue;
            }

            var outcome = inline.Exists ? OwnHierarchy.FromText(inline.Text(), attribute.Values ?? []) : OwnHierarchy.FromFile(Path.Combine(folder!, name), attribute.Values ?? []);
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
            DefinitionNames.Name(field.Member("name"), null), field.Member("file").Text(), delimiter[0], [.. field.Member("missing").Items().Select(text => text.Text(""))],
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
            DefinitionNames.Name(field.Member("name"), null), field.Member("view").Text(), field.Member("code").Exists ? field.Member("code").Text() : null, field.Member("date").Text(), hierarchy,
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

    private static DatasetPolicy Policy(DefinitionField policy)
    {
        if (policy.Exists)
        {
            policy.Only("k", "cell", "l", "suppressionLimit", "rhoPerQuery", "rhoPerPermit", "rhoPerRegister", "uses", "silence");
        }

        var uses = policy.Member("uses").Items().Select(DefinitionNames.Duo).ToList();
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
}
