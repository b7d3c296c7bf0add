using System.Globalization;
using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>The witness's routes: C2SP tlog-witness's <c>add-checkpoint</c>, and what others compare.</summary>
internal static class WitnessEndpoints
{
    private const long MostBytes = 128 * 1024;
    private const string CheckerName = "researchhub-checker.html";

    public static void MapWitness(this WebApplication app)
    {
        app.MapGet("/", (IOptions<WitnessOptions> options, SigningKey key) => Results.Json(new { name = options.Value.Name, key = key.Public.Jwk }, CanonicalJson.Options));
        app.MapPost("/add-checkpoint", async (HttpRequest request, AddCheckpoint add, CancellationToken cancel) => Answer(await add.RunAsync(await ReadAsync(request, cancel), cancel)));
        app.MapPost("/gossip", async (HttpRequest request, CompareHistories compare, CancellationToken cancel) =>
            await compare.HearAsync(await ReadAsync(request, cancel), "a caller", cancel) switch
            {
                Comparison.Same => Results.Text("known and consistent\n"),
                Comparison.Unknown => Results.Text("not known yet; will be compared again\n", statusCode: 202),
                Comparison.Fork fork => Results.Text($"ALARM: {fork.Reason}\n", statusCode: 409),
                Comparison.Unreadable bad => Results.Text(bad.Reason + "\n", statusCode: 400),
                _ => throw new InvalidOperationException(),
            });
        app.MapGet("/checkpoints", async (WitnessStore store) => Results.Json(await store.NewestAsync(), CanonicalJson.Options));
        app.MapGet("/chain/{block:long}", async (long block, VouchForChain vouch, CancellationToken cancel) => await vouch.RunAsync(block, cancel) switch
        {
            ({ } statement, _) => Results.Json(statement, CanonicalJson.Options),
            (_, var reason) => Results.Text(reason + "\n", statusCode: 503),
        });
        app.MapGet("/checker", (VouchForChecker vouch) => vouch.Statement is { } statement ? Results.Json(statement, CanonicalJson.Options) : NoChecker());
        app.MapGet("/checker.html", (VouchForChecker vouch) => vouch.Bytes is { } bytes ? Results.File(bytes, "text/html; charset=utf-8", CheckerName) : NoChecker());
        app.MapGet("/checker.html.sha256", (VouchForChecker vouch) => vouch.Bytes is null ? NoChecker() : Results.Text($"{vouch.Hex}  {CheckerName}\n"));
        app.MapGet("/alarms", async (WitnessStore store) => Results.Json(await store.AlarmsAsync(), CanonicalJson.Options));
        app.MapGet("/health", () => Results.Text("well\n"));
    }

    private static IResult Answer(Cosigned outcome) => outcome switch
    {
        Cosigned.Signed signed => Results.Text(signed.Line),
        Cosigned.Conflict conflict => Results.Text(string.Create(CultureInfo.InvariantCulture, $"{conflict.Size}\n"), "text/x.tlog.size", statusCode: 409),
        Cosigned.Refused refused => Results.Text(refused.Reason + "\n", statusCode: refused.Status),
        _ => throw new InvalidOperationException(),
    };

    private static IResult NoChecker() => Results.Text("this witness vouches for no checker\n", statusCode: 404);

    private static async Task<string> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > MostBytes)
        {
            throw new BadHttpRequestException("at most 128 KiB", StatusCodes.Status413PayloadTooLarge);
        }

        using var reader = new StreamReader(request.Body, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: false));
        var buffer = new char[MostBytes];
        var read = await reader.ReadBlockAsync(buffer, cancel);
        return new string(buffer, 0, read);
    }
}
