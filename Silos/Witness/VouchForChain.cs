using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>
/// Reads the contracts' events up to a block from the witness's own node and signs what it saw, so that an export can be checked
/// where no node is. Reading costs the length of the chain, so one reading runs at a time.
/// </summary>
internal sealed class VouchForChain(ChainClient chain, SigningKey key) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <returns>The statement, or why there is none.</returns>
    public async Task<(SignedRecord? Statement, string? Reason)> RunAsync(long block, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var head = await chain.ReadBlockAsync(null, cancel);
            if (block < 0 || head is null || (ulong)block > head.Number)
            {
                return (null, FormattableString.Invariant($"block is {block}; allowed are 0 to {head?.Number}, the newest that this witness's node has"));
            }

            var lines = await ChainLines.ReadAsync(chain, (ulong)block, cancel);
            var deployed = chain.Deployment.Deployed;
            return (SignedRecord.Sign(new ChainStatement(deployed.ChainId, deployed.Contract, Nonce.New(), block, Hash32.Of(lines.Bytes)), key), null);
        }
        catch (LedgerUnavailableException silent)
        {
            return (null, silent.Message);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
