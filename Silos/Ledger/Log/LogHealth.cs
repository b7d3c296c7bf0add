using Silos.Ledger.Chain;

namespace Silos.Ledger.Log;

/// <summary>How a log is doing, for a health page.</summary>
/// <param name="Trouble">Null when it is well; else what is wrong.</param>
/// <param name="Halted">The trouble needs a person.</param>
public sealed record LogHealth(string? Trouble, bool Halted)
{
    public static LogHealth Well { get; } = new(null, false);
}

/// <summary>
/// The log cannot go on, and must not: chain and database tell two histories, or the database was altered.
/// Nothing is appended and nothing becomes final until a person has seen to it; the message says what is wrong.
/// </summary>
public sealed class LedgerHaltedException(string message, Exception? inner = null) : LedgerUnavailableException(message, inner);
