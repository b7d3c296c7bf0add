using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.History;

/// <summary>The contracts' events with the blocks that hold them, as <c>chain.ndjson</c> writes them: one spelling, whoever reads the chain.</summary>
public sealed record ChainLines(IReadOnlyList<ChainEvent> Events, byte[] Bytes)
{
    /// <summary>Reads them from a node, up to and with a block.</summary>
    /// <exception cref="LedgerUnavailableException">The chain does not answer, or its head went back meanwhile.</exception>
    public static async Task<ChainLines> ReadAsync(ChainClient chain, ulong toBlock, CancellationToken cancel = default)
    {
        var events = await chain.ReadEventsAsync(null, toBlock, cancel);
        var lines = new List<ChainLine>();
        var held = events.GroupBy(happened => happened.Block).ToList();
        foreach (var (block, found) in held.Zip(await chain.ReadBlocksAsync(held.Select(block => block.Key), cancel)))
        {
            if (found is null || found.Hash != block.First().BlockHash)
            {
                throw new LedgerUnavailableException($"the ledger's head went back while its events were read, at block {block.Key}; try again");
            }

            lines.Add(new ChainLine(Block: new BlockLine((long)found.Number, found.Hash, found.Time.ToUnixTimeSeconds())));
            lines.AddRange(block.Select(happened => new ChainLine(happened)));
        }

        return new ChainLines(events, Write(lines));
    }

    /// <summary>Canonical lines, each with its newline.</summary>
    public static byte[] Write<T>(IEnumerable<T> lines)
        where T : notnull
    {
        var bytes = new MemoryStream();
        foreach (var line in lines)
        {
            bytes.Write(CanonicalJson.Bytes(line));
            bytes.WriteByte((byte)'\n');
        }

        return bytes.ToArray();
    }
}
