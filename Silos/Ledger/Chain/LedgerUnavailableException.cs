namespace Silos.Ledger.Chain;

/// <summary>The ledger did not answer, not in time, or not with what was asked. Whether a transaction that was being sent arrived is unknown; all sends of <see cref="ChainClient"/> can be repeated.</summary>
public class LedgerUnavailableException : Exception
{
    public LedgerUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The node answered with a JSON-RPC error. <see cref="RevertData"/> is there when a contract refused; without it, trying again later may help.</summary>
public sealed class RpcException(string method, int code, string message, string? revertData)
    : LedgerUnavailableException($"the ledger's node refused {method}: {message} (code {code})")
{
    public int Code { get; } = code;

    public string NodeMessage { get; } = message;

    public string? RevertData { get; } = revertData;
}

/// <summary>The node's chain is not the one this deployment was made on, or the contracts are not there. Whoever can wait for a ledger waits; only a person ends it.</summary>
public sealed class WrongLedgerException(string message) : LedgerUnavailableException(message);
