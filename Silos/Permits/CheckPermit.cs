using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Permits;

/// <summary>Whether a permit allows a person to ask this silo's dataset for this output now. Pure: the document is the board's, its state the chain's.</summary>
public static class CheckPermit
{
    /// <returns>Null when it does; else a <see cref="RefusalCode"/> and a sentence.</returns>
    public static (string Code, string Detail)? Refusal(Permit permit, PermitState onChain, Hash32 person, Hash32 register, string dataset, string output, DateTimeOffset now)
    {
        if (!permit.Names(person))
        {
            return (RefusalCode.NotPermitted, "key: the permit does not name it");
        }

        if (onChain.Status != PermitStatus.Active)
        {
            return (RefusalCode.PermitNotActive, $"permit: is {onChain.Status.ToString().ToLowerInvariant()} on the chain; allowed is active");
        }

        if (RecordTime.Read(permit.NotBefore) is not { } start || RecordTime.Read(permit.NotAfter) is not { } end || now < start || now >= end)
        {
            return (RefusalCode.PermitNotActive, $"permit: is in force from {permit.NotBefore} to {permit.NotAfter}");
        }

        return permit switch
        {
            _ when !permit.Datasets.Contains(new PermitDataset(register, dataset)) => (RefusalCode.NotPermitted, $"dataset: the permit does not name '{dataset}' of this silo"),
            _ when !permit.Outputs.Contains(output) => (RefusalCode.NotPermitted, $"output: the permit does not allow '{output}'; allowed: {string.Join(", ", permit.Outputs)}"),
            _ => null,
        };
    }
}
