namespace Silos.Verifier;

/// <summary><c>verify receipt FILE --rpc URL</c>.</summary>
internal static class ReceiptCommand
{
    public static async Task<int> RunAsync(string path, Uri url, string? deploymentPath, int? witnesses, TextWriter output, byte[]? released = null)
    {
        var file = ReceiptFile.Read(path);
        file = file with { AnswerBytes = released ?? file.AnswerBytes };
        var findings = new Findings(output);
        using var chain = await ChainSource.OpenAsync(url, deploymentPath, file.Signed, findings);
        if (chain is not null)
        {
            await chain.CheckAsync(file, witnesses, findings);
        }

        return findings.Conclude("receipt");
    }
}
