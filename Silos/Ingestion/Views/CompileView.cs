using Silos.Ingestion.Views.Paths;

namespace Silos.Ingestion.Views;

/// <summary>A compiled view: run it over resource after resource. Immutable; each worker brings its own <see cref="ViewRun"/>.</summary>
internal sealed class CompiledView
{
    private CompiledView(ViewDefinition definition, IReadOnlyList<string> columns, IReadOnlyList<ViewPath> where, Action<ViewRun> rows, int slots)
    {
        Definition = definition;
        Columns = columns;
        Where = where;
        Rows = rows;
        Slots = slots;
    }

    public ViewDefinition Definition { get; }

    /// <summary>Column names, in the order of the row.</summary>
    public IReadOnlyList<string> Columns { get; }

    internal IReadOnlyList<ViewPath> Where { get; }

    internal Action<ViewRun> Rows { get; }

    internal int Slots { get; }

    /// <summary>Compiles a view that <see cref="ReadView"/> found well formed.</summary>
    /// <exception cref="PathException">A path is wrong, branches of a unionAll differ in their columns, or a column is named twice.</exception>
    public static CompiledView Of(ViewDefinition definition)
    {
        var compile = new CompileView(definition.Constants);
        var columns = definition.Select.SelectMany(CompileView.ColumnsOf).ToList();
        if (columns.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new PathException($"the column '{twice.Key}' is given twice");
        }

        var where = definition.Where.Select(path => CompilePath.Of(path, definition.Constants)).ToList();
        var rows = compile.Siblings(definition.Select, 0, 0, static run => run.Emit());
        return new CompiledView(definition, columns, where, rows, compile.Slots);
    }
}

/// <summary>Compiles selects to a chain of delegates, each of which fills its columns of the row and calls the next: rows are made one
/// at a time, and a cross join holds no intermediate table.</summary>
internal sealed class CompileView(IReadOnlyDictionary<string, Item> constants)
{
    /// <summary>Places for the foci of nested iterations; 0 is the resource.</summary>
    public int Slots { get; private set; } = 1;

    /// <summary>Columns, selects, then unionAll, depth first.</summary>
    /// <exception cref="PathException">Branches of a unionAll differ.</exception>
    public static IReadOnlyList<string> ColumnsOf(ViewSelect select)
    {
        var columns = select.Columns.Select(column => column.Name).Concat(select.Select.SelectMany(ColumnsOf)).ToList();
        var branches = select.UnionAll.Select(ColumnsOf).ToList();
        if (branches.FirstOrDefault(branch => !branch.SequenceEqual(branches[0], StringComparer.Ordinal)) is { } odd)
        {
            throw new PathException($"the branches of a unionAll must have the same columns in the same order: ({string.Join(", ", branches[0])}) and ({string.Join(", ", odd)})");
        }

        return branches.Count == 0 ? columns : [.. columns, .. branches[0]];
    }

    /// <summary>A cross join of selects on one focus; the first column goes to <paramref name="column"/>.</summary>
    public Action<ViewRun> Siblings(IReadOnlyList<ViewSelect> selects, int slot, int column, Action<ViewRun> next)
    {
        var starts = new int[selects.Count];
        for (var i = 0; i < selects.Count; i++)
        {
            starts[i] = column;
            column += ColumnsOf(selects[i]).Count;
        }

        for (var i = selects.Count - 1; i >= 0; i--)
        {
            next = One(selects[i], slot, starts[i], next);
        }

        return next;
    }

    private Action<ViewRun> One(ViewSelect select, int parent, int column, Action<ViewRun> next)
    {
        var paths = select.Paths.Select(path => CompilePath.Of(path, constants)).ToArray();
        var slot = select.Iteration == ViewIteration.None ? parent : Slots++;
        var body = Body(select, slot, column, next);
        return select.Iteration switch
        {
            ViewIteration.ForEach => run => run.ForEach(paths[0], parent, slot, orNull: false, body),
            ViewIteration.ForEachOrNull => run => run.ForEach(paths[0], parent, slot, orNull: true, body),
            ViewIteration.Repeat => run => run.Repeat(paths, parent, slot, body),
            _ => body,
        };
    }

    private Action<ViewRun> Body(ViewSelect select, int slot, int column, Action<ViewRun> next)
    {
        var own = select.Columns.Select(c => (Path: CompilePath.Of(c.Path, constants), c.Collection, c.Name)).ToArray();
        var inner = column + own.Length;
        var union = inner + select.Select.Sum(s => ColumnsOf(s).Count);
        var rest = select.UnionAll.Count == 0 ? next : Branches([.. select.UnionAll.Select(branch => One(branch, slot, union, next))]);
        rest = Siblings(select.Select, slot, inner, rest);
        return own.Length == 0 ? rest : run =>
        {
            for (var i = 0; i < own.Length; i++)
            {
                run.Fill(column + i, own[i].Path, slot, own[i].Collection, own[i].Name);
            }

            rest(run);
        };
    }

    private static Action<ViewRun> Branches(Action<ViewRun>[] branches) => run =>
    {
        foreach (var branch in branches)
        {
            branch(run);
        }
    };
}
