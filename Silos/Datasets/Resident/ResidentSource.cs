namespace Silos.Datasets.Resident;

/// <summary>Where a dataset lives that is not loaded into the silo.</summary>
public sealed class ResidentSource
{
    /// <summary>Which definition file describes it? One row a patient, and no events.</summary>
    public required string Definition { get; init; }

    /// <summary>In which PostgreSQL does it lie? A connection string (<c>Host=…</c>) of somebody who may read the table.</summary>
    public required string Connection { get; init; }

    /// <summary>What is the table called there? <c>schema.table</c>; README beside this has its form.</summary>
    public required string Table { get; init; }

    /// <summary>Which version of the dataset does the table hold? 1 by default; a number above the newest registered version makes what the table holds at the next start that version.</summary>
    public long Version { get; init; } = 1;
}
