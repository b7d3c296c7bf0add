using Silos.Ingestion.Definitions;
using Silos.Ingestion.Json;
using Silos.Ingestion.Views.Paths;

namespace Silos.Ingestion.Views;

/// <summary>A SQL-on-FHIR v2 ViewDefinition, compiled once and run over R4 resources as UTF-8 JSON. Use one on one thread at a time;
/// <see cref="Copy"/> makes another for the next thread without compiling again.</summary>
/// <remarks>https://sql-on-fhir.org/ (build 2.1 of the specification): the shareable profile, and its experimental functions.</remarks>
public sealed class SqlOnFhirView
{
    private readonly ViewRun run;
    private readonly JsonTape tape = new();

    private SqlOnFhirView(CompiledView view) => run = new ViewRun(view);

    /// <summary>The view's name; empty where it has none.</summary>
    public string Name => run.View.Definition.Name;

    /// <summary>The resource type that it is of.</summary>
    public string Resource => run.View.Definition.Resource;

    /// <summary>Column names in the order of the rows.</summary>
    public IReadOnlyList<string> Columns => run.View.Columns;

    /// <summary>Compiles the JSON of a ViewDefinition.</summary>
    /// <returns>The view, or all that is wrong with it.</returns>
    public static (SqlOnFhirView? View, IReadOnlyList<DefinitionFault> Faults) Compile(byte[] json)
    {
        var tape = new JsonTape();
        if (tape.Parse(json, 0, json.Length) is { } broken)
        {
            return (null, [new DefinitionFault(1, "(file)", broken)]);
        }

        var faults = new List<DefinitionFault>();
        var root = new DefinitionField(tape, 0, "", -1, faults);
        return CompileField(root, faults) is { } view ? (new SqlOnFhirView(view), faults) : (null, faults);
    }

    /// <summary>The same view for another thread.</summary>
    public SqlOnFhirView Copy() => new(run.View);

    /// <summary>Gives the rows of one resource; one of another type has none.</summary>
    /// <returns>Null, or why it has no rows: it is not JSON, or a column has several values.</returns>
    public string? Run(byte[] buffer, int offset, int length, RowSink rows)
    {
        if (tape.Parse(buffer, offset, length) is { } broken)
        {
            return broken;
        }

        var type = tape.Member(0, "resourceType"u8);
        return type >= 0 && tape[type].Kind == JsonKind.Text && tape.Text(type) == Resource ? run.Over(tape, 0, rows) : null;
    }

    internal static CompiledView? CompileField(DefinitionField field, List<DefinitionFault> faults)
    {
        var before = faults.Count;
        var definition = ReadView.From(field);
        if (faults.Count > before)
        {
            return null;
        }

        try
        {
            return CompiledView.Of(definition);
        }
        catch (PathException wrong)
        {
            field.Fault(wrong.Message);
            return null;
        }
    }
}
