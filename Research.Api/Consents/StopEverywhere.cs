using System.Text.Json;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Consents;

/// <summary>A signed-in patient's no at every hospital of hers, in one step. A no binds without a signature; the silo writes it down and gives a receipt.</summary>
internal static class StopEverywhere
{
    public static async Task<IReadOnlyList<StopResult>> RunAsync(Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel) =>
        await Task.WhenAll((await accounts.LinksAsync(caller.Id)).Select(link => StopAsync(link.Silo, link.Subject, silos, cancel)));

    private static async Task<StopResult> StopAsync(string register, string subject, SiloDirectory silos, CancellationToken cancel)
    {
        var silo = Hash32.TryParse(register, out var id) ? await silos.FindAsync(id, cancel) : null;
        if (silo is null)
        {
            return new StopResult(register, register, false, "The hospital does not answer; ask again.");
        }

        try
        {
            var answer = await silo.PostAsync(SiloRoutes.Denials, new Denial(subject), cancel);
            var outcome = answer.Status == 200 ? JsonSerializer.Deserialize<DirectiveOutcome>(answer.Body, JsonSerializerOptions.Web) : null;
            return new StopResult(register, silos.NameOf(silo), outcome?.Recorded == true, outcome is null ? $"The hospital answered {answer.Status}; ask again." : outcome.Reason, outcome?.Receipt);
        }
        catch (Exception bad) when (bad is SiloUnreachableException or JsonException)
        {
            return new StopResult(register, silos.NameOf(silo), false, "The hospital does not answer; ask again.");
        }
    }
}
