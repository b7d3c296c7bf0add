using Silos.Ingestion.Json;
using Silos.Ingestion.Views.Paths;

namespace Silos.Ingestion.Views;

/// <summary>One worker's run of a view: its scratch space, the row being filled, and where rows go.</summary>
internal sealed class ViewRun(CompiledView view)
{
    private readonly Scope scope = new();
    private readonly Focus[] foci = new Focus[view.Slots];
    private readonly ViewValue[] row = new ViewValue[view.Columns.Count];
    private RowSink sink = static _ => { };

    public CompiledView View => view;

    /// <summary>Gives the rows of one resource, which may be of another type and then has none.</summary>
    /// <param name="node">Where the resource begins in the tape; its type has been looked at by the caller.</param>
    /// <param name="urns">Keys of the resources that <c>urn:</c> references of a Bundle mean; null outside one.</param>
    /// <returns>Null, or why the resource cannot be flattened; rows that were given before that do not count.</returns>
    public string? Over(JsonTape tape, int node, RowSink rows, IReadOnlyDictionary<string, string>? urns = null)
    {
        (scope.Tape, scope.Root, scope.Urns, sink) = (tape, node, urns, rows);
        foci[0] = new Focus(new Item(node, -1, null, null), true, 0);
        try
        {
            if (Chosen())
            {
                view.Rows(this);
            }

            return null;
        }
        catch (PathException fault)
        {
            return fault.Message;
        }
    }

    internal void Emit() => sink(row);

    internal void ForEach(ViewPath path, int parent, int slot, bool orNull, Action<ViewRun> body)
    {
        var items = scope.Rent();
        path(scope, foci[parent], items);
        for (var i = 0; i < items.Count; i++)
        {
            foci[slot] = new Focus(items[i], true, i);
            body(this);
        }

        if (orNull && items.Count == 0)
        {
            foci[slot] = Focus.Nothing;
            body(this);
        }

        scope.Return(items);
    }

    internal void Repeat(ViewPath[] paths, int parent, int slot, Action<ViewRun> body)
    {
        var found = scope.Rent();
        Descend(paths, foci[parent], found, 0);
        for (var i = 0; i < found.Count; i++)
        {
            foci[slot] = new Focus(found[i], true, i);
            body(this);
        }

        scope.Return(found);
    }

    internal void Fill(int column, ViewPath path, int slot, bool collection, string name)
    {
        var items = scope.Rent();
        path(scope, foci[slot], items);
        if (collection)
        {
            var values = new List<ViewValue>(items.Count);
            for (var i = 0; i < items.Count; i++)
            {
                values.Add(Value(items[i]));
            }

            row[column] = new ViewValue(ViewValueKind.Collection, null, values);
        }
        else
        {
            row[column] = items.Count switch
            {
                0 => ViewValue.Null,
                1 => Value(items[0]),
                _ => throw new PathException($"column '{name}' has {items.Count} values, and is no collection"),
            };
        }

        scope.Return(items);
    }

    private bool Chosen()
    {
        foreach (var where in view.Where)
        {
            var truth = scope.Rent();
            where(scope, foci[0], truth);
            var holds = truth.Count switch
            {
                0 => false,
                1 => scope.Truth(truth[0]) ?? throw new PathException("a where path gives something that is neither true nor false"),
                _ => throw new PathException($"a where path gives {truth.Count} values"),
            };
            scope.Return(truth);
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Children by each path in turn, each followed by its own: the order of a walk through the tree.</summary>
    private void Descend(ViewPath[] paths, Focus focus, Items found, int depth)
    {
        if (depth > 200)
        {
            throw new PathException("repeat goes deeper than 200 levels");
        }

        foreach (var path in paths)
        {
            var children = scope.Rent();
            path(scope, focus, children);
            for (var i = 0; i < children.Count; i++)
            {
                if (children[i].Node == focus.Item.Node)
                {
                    throw new PathException("repeat finds an element under itself");
                }

                found.Add(children[i]);
                Descend(paths, focus with { Item = children[i], Any = true }, found, depth + 1);
            }

            scope.Return(children);
        }
    }

    private ViewValue Value(in Item item)
    {
        if (!scope.HasValue(item))
        {
            return ViewValue.Null;
        }

        if (item.Literal is not null)
        {
            return new ViewValue(scope.IsNumber(item) ? ViewValueKind.Number : item.Type == "boolean" ? ViewValueKind.Boolean : ViewValueKind.Text, item.Literal, null);
        }

        var kind = scope.Tape[item.Node].Kind switch
        {
            JsonKind.Text => ViewValueKind.Text,
            JsonKind.Number => ViewValueKind.Number,
            JsonKind.True or JsonKind.False => ViewValueKind.Boolean,
            _ => ViewValueKind.Json,
        };
        return new ViewValue(kind, scope.Tape.Text(item.Node), null);
    }
}
