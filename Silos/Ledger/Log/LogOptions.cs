using System.ComponentModel.DataAnnotations;

namespace Silos.Ledger.Log;

/// <summary>How a log batches and when its entries are final.</summary>
public sealed class LogOptions
{
    /// <summary>How long may an entry wait before its batch closes? 1 ms to 1 minute; 100 ms by default. Each batch is one block on a development chain: lengthen it for long runs.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan BatchAge { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many entries close a batch before its age does? 1 to 1,024 entries; 256 by default. A backlog is taken in larger batches, with at most 256 charges each, which is what one transaction settles.</summary>
    [Range(1, 1024)]
    public int BatchSize { get; init; } = 256;
}
