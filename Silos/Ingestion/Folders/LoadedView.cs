using Silos.Ingestion.Views;

namespace Silos.Ingestion.Folders;

/// <summary>A view as one worker of a load uses it: its run, and the attributes that its rows feed.</summary>
internal sealed record LoadedView(ViewRun Run, IReadOnlyList<Feed> Feeds);
