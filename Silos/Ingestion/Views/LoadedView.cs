using Silos.Ingestion.Folders;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views;

/// <summary>Takes one row; the span is valid during the call only.</summary>
public delegate void RowSink(ReadOnlySpan<ViewValue> row);

/// <summary>A view as a load uses it: its resource type, its columns, and how to run it over one parsed resource.</summary>
/// <param name="Run">Gives null, or why the resource cannot be flattened.</param>
internal sealed record LoadedView(string Resource, IReadOnlyList<Feed> Feeds, Func<JsonTape, RowSink, string?> Run);
