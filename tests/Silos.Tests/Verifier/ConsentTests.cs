using System.Text.Json;
using Silos.Ledger.Records;
using Silos.Verifier;
using Xunit;

namespace Silos.Tests.Verifier;

/// <summary>P11: a patient checks with her own secret, and without seeing data, that she was in or out of the snapshot that a release used.</summary>
public sealed class ConsentTests(ReceiptTests.Issued issued) : IClassFixture<ReceiptTests.Issued>
{
    /// <summary>Goal: a true proof verifies and shows no clinical value. Method: run the command on it.</summary>
    [Fact]
    public async Task A_true_consent_proof_verifies()
    {
        issued.Chain.Require();
        var (code, output) = await VerifyAsync(issued.Consent);
        Assert.True(code == 0, output);
        Assert.Contains("used this snapshot", output, StringComparison.Ordinal);
    }

    /// <summary>Goal: a proof with another patient, salt, directive or release does not verify. Method: exchange one part at a time.</summary>
    [Theory]
    [InlineData("subject", "name: the proof is about somebody else")]
    [InlineData("salt", "name: the proof is about somebody else")]
    [InlineData("value", "proof: it does not hold in this snapshot")]
    [InlineData("directive", "is not the one that the snapshot holds")]
    [InlineData("silence", "directive: the snapshot holds one that the file does not show")]
    [InlineData("release", "release: entry 1 did not use this snapshot")]
    [InlineData("snapshot", "is of kind query")]
    public async Task A_consent_proof_with_one_part_exchanged_does_not_verify(string part, string reason)
    {
        issued.Chain.Require();
        var proof = issued.Consent;
        var exchanged = part switch
        {
            "subject" => proof with { Subject = "subject 8" },
            "salt" => proof with { Salt = Hash32.Random() },
            "value" => proof with { Proof = proof.Proof with { Value = Hash32.Random() } },
            "directive" => proof with { Directive = Another(proof) },
            "silence" => proof with { Directive = null },
            "release" => proof with { Release = issued.Receipt },
            _ => proof with { Snapshot = issued.Receipt },
        };
        var (code, output) = await VerifyAsync(exchanged);
        Assert.Equal(1, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    /// <summary>A later directive of the same subject, truly signed, that the snapshot does not hold.</summary>
    private static SignedRecord Another(ConsentProof proof)
    {
        using var key = SigningKey.Create();
        return SignedRecord.Sign(CanonicalJson.Read<Directive>(proof.Directive!.Body) with { Sequence = 2, Nonce = Nonce.New(), Decision = Directive.Deny }, key);
    }

    private async Task<(int Code, string Output)> VerifyAsync(ConsentProof proof)
    {
        var path = Path.Combine(issued.Folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(proof, CanonicalJson.Options));
        var output = new StringWriter { NewLine = "\n" };
        var code = await VerifyProgram.RunAsync(["consent", path, "--rpc", issued.Chain.Anvil.Url.ToString()], output, output);
        return (code, output.ToString());
    }
}
