using Silos.Ingestion.Folders;

namespace Silos.Ingestion.Views;

/// <summary>Takes one row; the span is valid during the call only.</summary>
public delegate void RowSink(ReadOnlySpan<ViewValue> row);

/// <summary>A view as one worker of a load uses it: its run, and the attributes that its rows feed.</summary>
internal sealed record LoadedView(ViewRun Run, IReadOnlyList<Feed> Feeds);
