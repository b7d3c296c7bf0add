using System.Text.RegularExpressions;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Views.Paths;

namespace Silos.Ingestion.Views;

/// <summary>A SQL-on-FHIR v2 ViewDefinition: how resources of one type become rows.</summary>
/// <param name="Name">Its name; empty where it has none.</param>
/// <param name="Resource">The resource type.</param>
/// <param name="Where">Paths that must not be false; empty counts as false.</param>
internal sealed record ViewDefinition(
    string Name, string Resource, IReadOnlyList<ViewSelect> Select, IReadOnlyList<string> Where, IReadOnlyDictionary<string, Item> Constants);

/// <param name="Paths">Of forEach and forEachOrNull one, of repeat one or more; none otherwise.</param>
internal sealed record ViewSelect(
    ViewIteration Iteration, IReadOnlyList<string> Paths, IReadOnlyList<ViewColumn> Columns, IReadOnlyList<ViewSelect> Select, IReadOnlyList<ViewSelect> UnionAll);

/// <param name="Collection">Whether a cell holds a list; otherwise several values are an error.</param>
internal sealed record ViewColumn(string Name, string Path, bool Collection);

/// <summary>What a select runs over.</summary>
internal enum ViewIteration
{
    None,
    ForEach,
    ForEachOrNull,
    Repeat,
}

/// <summary>Reads a ViewDefinition and checks its form; the paths are checked when it is compiled.</summary>
internal static partial class ReadView
{
    public static ViewDefinition From(DefinitionField view)
    {
        if (view.Member("resourceType").Exists && view.Member("resourceType").Text("") != "ViewDefinition")
        {
            view.Member("resourceType").Fault("must be ViewDefinition");
        }

        var resource = view.Member("resource").Text();
        if (resource.Length > 0 && !ResourceTypes.IsKnown(resource))
        {
            view.Member("resource").Fault($"\"{resource}\" is no FHIR resource{(ResourceTypes.Near(resource) is { } near ? $"; meant: {near}?" : "")}");
        }

        var selects = view.Member("select");
        if (selects.Items().Count == 0)
        {
            selects.Fault("is missing: a view selects at least one column");
        }

        var where = view.Member("where").Items().Select(item => item.Member("path").Text()).ToList();
        var constants = new Dictionary<string, Item>(StringComparer.Ordinal);
        foreach (var constant in view.Member("constant").Items())
        {
            Constant(constant, constants);
        }

        var name = view.Member("name").Exists ? view.Member("name").Text("") : "";
        if (name.Length > 0 && !SqlName().IsMatch(name))
        {
            view.Member("name").Fault($"\"{name}\" is no name of a table: a letter, then letters, digits and underscores");
        }

        return new ViewDefinition(name, resource, [.. selects.Items().Select(Select)], where, constants);
    }

    private static ViewSelect Select(DefinitionField select)
    {
        if (!select.IsObject)
        {
            select.Fault("must be an object");
            return new ViewSelect(ViewIteration.None, [], [], [], []);
        }

        var (iteration, paths) = Iteration(select);
        var columns = select.Member("column").Items().Select(Column).ToList();
        var inner = select.Member("select").Items().Select(Select).ToList();
        var union = select.Member("unionAll").Items().Select(Select).ToList();
        if (columns.Count + inner.Count + union.Count == 0)
        {
            select.Fault("has no column, select or unionAll");
        }

        return new ViewSelect(iteration, paths, columns, inner, union);
    }

    private static (ViewIteration Iteration, IReadOnlyList<string> Paths) Iteration(DefinitionField select)
    {
        var (each, orNull, repeat) = (select.Member("forEach"), select.Member("forEachOrNull"), select.Member("repeat"));
        if ((each.Exists ? 1 : 0) + (orNull.Exists ? 1 : 0) + (repeat.Exists ? 1 : 0) > 1)
        {
            select.Fault("has more than one of forEach, forEachOrNull and repeat");
        }

        if (repeat.Exists)
        {
            var paths = repeat.Items().Select(path => path.Text()).ToList();
            if (paths.Count == 0)
            {
                repeat.Fault("must name at least one path");
            }

            return (ViewIteration.Repeat, paths);
        }

        return each.Exists ? (ViewIteration.ForEach, [each.Text()])
            : orNull.Exists ? (ViewIteration.ForEachOrNull, [orNull.Text()])
            : (ViewIteration.None, []);
    }

    private static ViewColumn Column(DefinitionField column)
    {
        if (!column.IsObject)
        {
            column.Fault("must be an object");
            return new ViewColumn("", "", false);
        }

        var name = column.Member("name").Text();
        if (name.Length > 0 && !SqlName().IsMatch(name))
        {
            column.Member("name").Fault($"\"{name}\" is no column name: a letter, then letters, digits and underscores");
        }

        return new ViewColumn(name, column.Member("path").Text(), column.Member("collection").Truth(false));
    }

    private static void Constant(DefinitionField constant, Dictionary<string, Item> constants)
    {
        var name = constant.Member("name").Text();
        var values = constant.Names().Where(member => member.StartsWith("value", StringComparison.Ordinal)).ToList();
        var type = values.Count == 1 ? FhirTypes.OfChoice(values[0].AsSpan(5)) : null;
        if (type is null || char.IsAsciiLetterUpper(type[0]))
        {
            constant.Fault("must have exactly one value[x] of a primitive type");
        }
        else if (!SqlName().IsMatch(name) || !constants.TryAdd(name, Item.Computed(constant.Member(values[0]).Plain(), type)))
        {
            constant.Member("name").Fault($"\"{name}\" is no name, or is given twice");
        }
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$")]
    private static partial Regex SqlName();
}
