namespace Silos.Ingestion.Views;

/// <summary>Takes one row; the span is valid during the call only.</summary>
public delegate void RowSink(ReadOnlySpan<ViewValue> row);
