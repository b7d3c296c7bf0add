using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>
/// The single-file checker that the operator of this witness looked at: its bytes, and the witness's signed word on their hash. It is read
/// from the operator's own copy, once; what a website serves is never asked, for it is what a reader wants to compare.
/// </summary>
internal sealed class VouchForChecker
{
    /// <exception cref="FileNotFoundException">The copy that the setting names is not there.</exception>
    public VouchForChecker(IOptions<WitnessOptions> options, ChainClient chain, SigningKey key)
    {
        if (options.Value.Checker is not { Length: > 0 } file)
        {
            return;
        }

        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"Witness:Checker: '{file}' is not there; allowed is the operator's copy of the checker, or nothing");
        }

        Bytes = File.ReadAllBytes(file);
        var hash = Hash32.Of(Bytes);
        var deployed = chain.Deployment.Deployed;
        Hex = hash.ToHex()[2..];
        Statement = SignedRecord.Sign(new CheckerStatement(deployed.ChainId, deployed.Contract, Nonce.New(), options.Value.Name, hash), key);
    }

    /// <summary>The copy; null where the operator vouches for none.</summary>
    public byte[]? Bytes { get; }

    /// <summary>SHA-256 of the copy as <c>sha256sum</c> prints it; empty where there is none.</summary>
    public string Hex { get; } = "";

    /// <summary>The signed <see cref="CheckerStatement"/>; null where there is none.</summary>
    public SignedRecord? Statement { get; }
}
