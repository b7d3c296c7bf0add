using System.CommandLine;
using System.Text.Json;
using Silos.Ledger.Chain;

namespace Silos.Verifier;

/// <summary>The program <c>verify</c>: its commands, and how their outcomes become exit codes.</summary>
internal static class VerifyProgram
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Checks what ResearchHub promises, for anybody. Exit code 0: all holds; 1: something is wrong; 2: the input cannot be checked.")
        {
            Receipt(output),
            ReleasedFile(output),
            Consent(output),
            Noise(output),
            History(output),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await errors.WriteLineAsync(parsed.Errors[0].Message);
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = errors });
        }
        catch (WrongLedgerException wrong)
        {
            await output.WriteLineAsync($"WRONG  deployment: {wrong.Message}");
            return 1;
        }
        catch (Exception unusable) when (unusable is UsageException or LedgerUnavailableException or JsonException)
        {
            await errors.WriteLineAsync(unusable.Message);
            return 2;
        }
    }

    private static Command Receipt(TextWriter output)
    {
        var file = new Argument<string>("FILE") { Description = "A receipt, or an answer with its receipt." };
        var url = new Option<string?>("--rpc") { Description = "The chain's node, such as http://127.0.0.1:5100." };
        var deployment = new Option<string?>("--deployment") { Description = "The deployment file that the board published; without it, the contracts are found from the receipt and their code is compared." };
        var witnesses = new Option<int?>("--witnesses") { Description = "Co-signatures wanted; by default 1 if Members names a witness, else 0." };
        var command = new Command("receipt", "Checks a receipt against the chain, believing neither silo nor hub.") { file, url, deployment, witnesses };
        command.SetAction((parsed, _) => ReceiptCommand.RunAsync(
            parsed.GetValue(file)!,
            ReadUrl(parsed.GetValue(url)),
            parsed.GetValue(deployment),
            parsed.GetValue(witnesses),
            output));
        return command;
    }

    private static Command ReleasedFile(TextWriter output)
    {
        var file = new Argument<string>("FILE") { Description = "The cohort file, opened." };
        var release = new Option<string>("--release") { Description = "The JSON with manifest and receipt that came with it.", Required = true };
        var url = new Option<string?>("--rpc") { Description = "The chain's node, such as http://127.0.0.1:5100." };
        var deployment = new Option<string?>("--deployment") { Description = "The deployment file that the board published." };
        var witnesses = new Option<int?>("--witnesses") { Description = "Co-signatures wanted; by default 1 if Members names a witness, else 0." };
        var command = new Command("file", "Checks a released file against its manifest, its receipt and the chain, and counts its classes.") { file, release, url, deployment, witnesses };
        command.SetAction((parsed, _) => FileCommand.RunAsync(
            parsed.GetValue(file)!, parsed.GetValue(release)!, ReadUrl(parsed.GetValue(url)), parsed.GetValue(deployment), parsed.GetValue(witnesses), output));
        return command;
    }

    private static Command Consent(TextWriter output)
    {
        var file = new Argument<string>("FILE") { Description = "A consent proof with the patient's salt, a consent receipt, or a consent history." };
        var text = new Option<string?>("--text") { Description = "For a receipt: the file with the words that were shown, compared with what was signed." };
        var url = new Option<string?>("--rpc") { Description = "The chain's node, such as http://127.0.0.1:5100." };
        var deployment = new Option<string?>("--deployment") { Description = "The deployment file that the board published." };
        var witnesses = new Option<int?>("--witnesses") { Description = "Co-signatures wanted; by default 1 if Members names a witness, else 0." };
        var command = new Command("consent", "Checks what a consent snapshot holds of a patient and that a release used it; or a consent receipt; or a history that a patient takes to another hospital.") { file, url, deployment, witnesses, text };
        command.SetAction((parsed, _) => ConsentPapers.Read(parsed.GetValue(file)!) is { } paper
            ? ConsentPapers.RunAsync(paper, parsed.GetValue(url) is { } node ? ReadUrl(node) : null, parsed.GetValue(deployment), parsed.GetValue(text), output)
            : ConsentCommand.RunAsync(parsed.GetValue(file)!, ReadUrl(parsed.GetValue(url)), parsed.GetValue(deployment), parsed.GetValue(witnesses), output));
        return command;
    }

    private static Command Noise(TextWriter output)
    {
        var file = new Argument<string>("FILE") { Description = "A noise case, as the hospital's officer gets it." };
        var url = new Option<string?>("--rpc") { Description = "The chain's node, such as http://127.0.0.1:5100." };
        var deployment = new Option<string?>("--deployment") { Description = "The deployment file that the board published." };
        var witnesses = new Option<int?>("--witnesses") { Description = "Co-signatures wanted; by default 1 if Members names a witness, else 0." };
        var command = new Command("noise", "Replays an answer's noise from its opened seed, and checks that nobody could choose it.") { file, url, deployment, witnesses };
        command.SetAction((parsed, _) => NoiseCommand.RunAsync(
            parsed.GetValue(file)!, ReadUrl(parsed.GetValue(url)), parsed.GetValue(deployment), parsed.GetValue(witnesses), output));
        return command;
    }

    private static Command History(TextWriter output)
    {
        var file = new Argument<string>("EXPORT") { Description = "A history export (zip)." };
        var url = new Option<string?>("--rpc") { Description = "Compares the export's events with the chain's, at this node." };
        var witnesses = new Option<int?>("--witnesses") { Description = "Co-signatures wanted; by default 1 if Members names a witness, else 0." };
        var command = new Command("history", "Replays a history export from nothing.") { file, url, witnesses };
        command.SetAction((parsed, _) => HistoryCommand.RunAsync(
            parsed.GetValue(file)!, parsed.GetValue(url) is { } text ? ReadUrl(text) : null, parsed.GetValue(witnesses), output));
        return command;
    }

    private static Uri ReadUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https")
            ? url
            : throw new UsageException($"--rpc is '{text}'; allowed is the http or https address of a node of the chain, such as http://127.0.0.1:5100");
}
