using System.Globalization;
using System.Text.Json;

namespace Silos.Ledger.Chain;

/// <summary>A block's number, hash (0x-hex) and time.</summary>
public sealed record ChainBlock(ulong Number, string Hash, DateTimeOffset Time);

/// <summary>A transaction that succeeded, in a block that is canonical at the wanted depth.</summary>
public sealed record TransactionReceipt(string Hash, ChainBlock Block, ulong GasUsed, IReadOnlyList<ChainEvent> Events);

/// <summary>A contract said no: the name of its custom error, and the error with its fields.</summary>
public sealed record ChainRefusal(string Error, string Text);

/// <summary>What became of a transaction: its receipt, or why the contract refused it.</summary>
public sealed record TransactionResult(TransactionReceipt? Receipt, ChainRefusal? Refusal)
{
    public bool Done => Refusal is null;
}

/// <summary>
/// Sends one account's transactions, one at a time, with explicit nonce, gas and gas price (a node that picks nonces itself
/// mixes up concurrent sends), and waits until each is final. The node holds the account's key.
/// </summary>
/// <param name="confirmations">Blocks wanted on top of a transaction's own; 0 on a chain with instant finality.</param>
internal sealed class Transactions(JsonRpc rpc, string? account, int confirmations, TimeProvider clock) : IDisposable
{
    private const int Attempts = 5;
    private const int BlocksAtOnce = 256;
    private const string BlockByNumber = "eth_getBlockByNumber";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>What nodes say when a nonce or price was overtaken, or when the same transaction came twice.</summary>
    private static readonly string[] Repeatable = ["nonce", "underpriced", "base fee", "already"];

    private readonly SemaphoreSlim one = new(1);

    /// <param name="to">The contract, or null to create one.</param>
    /// <param name="gas">Gas limit; null asks the node, which then also says beforehand that a contract would refuse.</param>
    public async Task<TransactionResult> SendAsync(string? to, string data, ulong? gas, CancellationToken cancel)
    {
        if (account is null)
        {
            throw new InvalidOperationException("this chain client has no account to send from; set Ledger:Account");
        }

        await one.WaitAsync(cancel);
        try
        {
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                var limit = gas;
                if (limit is null)
                {
                    try
                    {
                        // On what is in a block: a refusal because of what still waits for one could not be explained by the chain's events.
                        limit = Quantity.Read(await rpc.CallAsync("eth_estimateGas", [Request(to, data), "latest"], cancel)) * 5 / 4;
                    }
                    catch (RpcException refused) when (refused.RevertData is not null)
                    {
                        return Refused(refused.RevertData);
                    }
                }

                var sent = await SendOnceAsync(to, data, limit.Value, cancel);
                if (sent is not null)
                {
                    return sent;
                }
            }
        }
        finally
        {
            one.Release();
        }

        throw new LedgerUnavailableException($"the ledger at {rpc.Url} dropped a transaction of {account} {Attempts} times");
    }

    /// <summary>The receipt of a successful transaction, once it is final; null when the chain does not (or no longer) know it, or it failed.</summary>
    public async Task<TransactionReceipt?> ReadAsync(string hash, CancellationToken cancel)
    {
        var receipt = await rpc.CallAsync("eth_getTransactionReceipt", [hash], cancel);
        return receipt.ValueKind == JsonValueKind.Object && Succeeded(receipt) && await ConfirmAsync(receipt, cancel) is { } block ? Read(receipt, block) : null;
    }

    public async Task<ChainBlock?> ReadBlockAsync(ulong? number, CancellationToken cancel) =>
        Block(await rpc.CallAsync(BlockByNumber, [number is { } wanted ? Quantity.Write(wanted) : "latest", false], cancel));

    /// <summary>Several blocks, in the order asked for; null where the chain has none.</summary>
    public async Task<IReadOnlyList<ChainBlock?>> ReadBlocksAsync(IEnumerable<ulong> numbers, CancellationToken cancel)
    {
        var blocks = new List<ChainBlock?>();
        foreach (var some in numbers.Chunk(BlocksAtOnce))
        {
            blocks.AddRange((await rpc.CallAllAsync([.. some.Select(number => (BlockByNumber, new object?[] { Quantity.Write(number), false }))], cancel)).Select(Block));
        }

        return blocks;
    }

    private static ChainBlock? Block(JsonElement block) => block.ValueKind != JsonValueKind.Object ? null
        : new ChainBlock(Quantity.Read(block.GetProperty("number")), block.GetProperty("hash").GetString()!, DateTimeOffset.FromUnixTimeSeconds((long)Quantity.Read(block.GetProperty("timestamp"))));

    public void Dispose() => one.Dispose();

    /// <returns>The result, or null when the transaction must be sent again: its nonce was taken, it came twice, or its block was dropped.</returns>
    private async Task<TransactionResult?> SendOnceAsync(string? to, string data, ulong gas, CancellationToken cancel)
    {
        var nonce = rpc.CallAsync("eth_getTransactionCount", [account, "pending"], cancel);
        var price = rpc.CallAsync("eth_gasPrice", [], cancel);
        await Task.WhenAll(nonce, price);
        string hash;
        try
        {
            var request = Request(to, data);
            request["nonce"] = (await nonce).GetString()!;
            request["gasPrice"] = (await price).GetString()!;
            request["gas"] = Quantity.Write(gas);
            hash = (await rpc.CallAsync("eth_sendTransaction", [request], cancel)).GetString()!;
        }
        catch (RpcException taken) when (Repeatable.Any(words => taken.NodeMessage.Contains(words, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        var receipt = await AwaitReceiptAsync(hash, cancel);
        if (!Succeeded(receipt))
        {
            return await ExplainAsync(to, data, gas, hash, cancel);
        }

        return await ConfirmAsync(receipt, cancel) is { } block ? new TransactionResult(Read(receipt, block), null) : null;
    }

    private async Task<JsonElement> AwaitReceiptAsync(string hash, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        for (var pause = ShortestPause; clock.GetElapsedTime(started) < Patience; pause = Longer(pause))
        {
            var receipt = await rpc.CallAsync("eth_getTransactionReceipt", [hash], cancel);
            if (receipt.ValueKind == JsonValueKind.Object)
            {
                return receipt;
            }

            await Task.Delay(pause, clock, cancel);
        }

        throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the ledger at {rpc.Url} did not put transaction {hash} into a block within {Patience.TotalSeconds} s"));
    }

    /// <returns>The block, read anew and still canonical under enough others; null when another stands in its place.</returns>
    private async Task<ChainBlock?> ConfirmAsync(JsonElement receipt, CancellationToken cancel)
    {
        var number = Quantity.Read(receipt.GetProperty("blockNumber"));
        var started = clock.GetTimestamp();
        for (var pause = ShortestPause; confirmations > 0; pause = Longer(pause))
        {
            var head = Quantity.Read(await rpc.CallAsync("eth_blockNumber", [], cancel));
            if (head >= number + (ulong)confirmations)
            {
                break;
            }

            if (clock.GetElapsedTime(started) > Patience)
            {
                throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the ledger at {rpc.Url} stands at block {head}; block {number} needs {confirmations} on top of it"));
            }

            await Task.Delay(pause, clock, cancel);
        }

        var block = await ReadBlockAsync(number, cancel);
        return block is not null && block.Hash == receipt.GetProperty("blockHash").GetString() ? block : null;
    }

    private async Task<TransactionResult> ExplainAsync(string? to, string data, ulong gas, string hash, CancellationToken cancel)
    {
        try
        {
            var request = Request(to, data);
            request["gas"] = Quantity.Write(gas);
            await rpc.CallAsync("eth_call", [request, "latest"], cancel);
            return new TransactionResult(null, new ChainRefusal("Reverted", $"transaction {hash} failed, and would not fail now"));
        }
        catch (RpcException refused)
        {
            return refused.RevertData is null ? new TransactionResult(null, new ChainRefusal("Reverted", $"transaction {hash} failed: {refused.NodeMessage}")) : Refused(refused.RevertData);
        }
    }

    private static TransactionResult Refused(string revertData)
    {
        var (error, text) = Artifact.Explain(revertData);
        return new TransactionResult(null, new ChainRefusal(error, text));
    }

    private static TransactionReceipt Read(JsonElement receipt, ChainBlock block) => new(
        receipt.GetProperty("transactionHash").GetString()!,
        block,
        Quantity.Read(receipt.GetProperty("gasUsed")),
        [.. receipt.GetProperty("logs").EnumerateArray().Select(ChainEvent.TryRead).OfType<ChainEvent>()]);

    private Dictionary<string, string> Request(string? to, string data)
    {
        var request = new Dictionary<string, string> { ["from"] = account!, ["data"] = data };
        if (to is not null)
        {
            request["to"] = to;
        }

        return request;
    }

    private static bool Succeeded(JsonElement receipt) => Quantity.Read(receipt.GetProperty("status")) == 1;

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;
}
