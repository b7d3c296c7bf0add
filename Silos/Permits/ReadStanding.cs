using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Permits;

/// <summary>A permit's state and the register's budget, as the chain had them at one moment.</summary>
public sealed record Standing(PermitState Permit, RegisterBudget Budget);

/// <summary>Several permits' standing and a register's budget, as the chain has them now.</summary>
/// <exception cref="LedgerUnavailableException">The chain does not answer.</exception>
public delegate Task<(IReadOnlyDictionary<Hash32, PermitState> Permits, RegisterBudget Budget)> ReadStandings(IReadOnlyList<Hash32> permits, Hash32 register);

/// <summary>Reads what the chain says of permits. Each reading begins after it was asked for; those who ask together share one request to the node.</summary>
public sealed class ReadStanding
{
    private const int MostTogether = 256;
    private readonly Together<Hash32, Standing> together;

    public ReadStanding(ReadStandings read, SiloIdentity silo, TimeProvider clock) =>
        together = new Together<Hash32, Standing>(MostTogether, clock, async permits =>
        {
            var (states, budget) = await read(permits, silo.Register);
            return [.. permits.Select(permit => new Standing(states[permit], budget))];
        });

    /// <exception cref="LedgerUnavailableException">The chain does not answer.</exception>
    public Task<Standing> NowAsync(Hash32 permit, CancellationToken cancel) => together.AskAsync(permit, cancel);
}
