using Silos.Ledger.Chain;

namespace Silos.Verifier;

/// <summary>Compares code on a chain with the committed artifact: the runtime code lies within the creation code, but for immutables, which the compiler leaves as PUSH32 of 32 zeros.</summary>
internal static class ContractCode
{
    private const byte Push32 = 0x7f;

    public static bool IsThatOf(string contract, ReadOnlySpan<byte> runtime)
    {
        var artifact = Artifact.Of(contract);
        if (runtime.Length != artifact.RuntimeBytes || runtime.Length == 0)
        {
            return false;
        }

        var creation = Convert.FromHexString(artifact.Bytecode.AsSpan(artifact.Bytecode.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0));
        for (var start = 0; start + runtime.Length <= creation.Length; start++)
        {
            if (Matches(creation.AsSpan(start, runtime.Length), runtime))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(ReadOnlySpan<byte> template, ReadOnlySpan<byte> runtime)
    {
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != runtime[i])
            {
                return false;
            }

            if (template[i] == Push32 && i + 32 < template.Length && template.Slice(i + 1, 32).IndexOfAnyExcept((byte)0) < 0)
            {
                i += 32;
            }
        }

        return true;
    }
}
