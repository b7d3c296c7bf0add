namespace Silos.Ledger.Chain;

/// <summary>Privacy loss and files, as budgets count them.</summary>
/// <param name="Rho">zCDP rho in nano (1e-9).</param>
/// <param name="Delta">Delta in atto (1e-18).</param>
/// <param name="Files">Released files.</param>
public readonly record struct Amount(ulong Rho, ulong Delta, uint Files = 0);

/// <summary>The most that a permit may spend on one register (the silo's log id).</summary>
public sealed record Cap(Records.Hash32 Register, Amount Most);

/// <summary>All that may ever be spent on one register, until the board raises it.</summary>
public sealed record Limit(Records.Hash32 Register, Amount Most);
