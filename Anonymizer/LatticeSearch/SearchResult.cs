using Anonymizer.Generalization;

namespace Anonymizer.LatticeSearch;

/// <summary>What a search found.</summary>
/// <param name="Recoding">The best transformation, or null when none that was looked at satisfies the models within the suppression limit.</param>
/// <param name="Release">The table's rows under it, or null.</param>
/// <param name="Proven">Whether no other transformation is better; false when the lattice was too large to prove it, or time ran out.</param>
/// <param name="Transformations">Size of the lattice; <see cref="long.MaxValue"/> when it is larger.</param>
/// <param name="Checked">Transformations whose classes were counted.</param>
public sealed record SearchResult(Recoding? Recoding, RecodedTable? Release, bool Proven, long Transformations, long Checked);
