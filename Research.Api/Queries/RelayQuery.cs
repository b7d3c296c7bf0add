using System.Text.Json;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Problems;
using Silos.Ledger.Records;

namespace Research.Api.Queries;

/// <summary>Whether the hub passes a query on. It can only refuse more than the silo does: the silo checks signature, permit and caps itself.</summary>
internal static class RelayQuery
{
    /// <summary>What the hub reads of a signed body, without believing it.</summary>
    internal sealed record Named(Hash32 Permit, Hash32 Silo, string Dataset, bool Fresh, string Output, string Nonce);

    /// <summary>Permit, silo, dataset and output that the signed body names.</summary>
    public static Outcome<Named> Read(JsonElement signed)
    {
        try
        {
            var body = signed.GetProperty("body");
            return new Named(
                Hash32.Parse(body.GetProperty("permit").GetString() ?? ""),
                Hash32.Parse(body.GetProperty("silo").GetString() ?? ""),
                body.GetProperty("dataset").GetString() ?? "",
                body.TryGetProperty("fresh", out var fresh) && fresh.GetBoolean(),
                body.TryGetProperty("output", out var output) ? output.GetString() ?? "" : SignedQuery.Statistics,
                body.GetProperty("nonce").GetString() ?? "");
        }
        catch (Exception bad) when (bad is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Refusal.Invalid("signed: expected a signed record whose body names permit, silo, dataset and nonce.");
        }
    }

    /// <summary>Null when the caller works under the permit today, and the permit covers this dataset and output.</summary>
    public static Refusal? Decide(Named named, Permit? permit, Application? application, Caller caller, DateTimeOffset now)
    {
        if (permit is null || application is null || !application.MayUse(caller.Id))
        {
            return new Refusal("unknown-permit", 403, "You do not work under this permit.");
        }

        return !permit.Datasets.Any(dataset => dataset.Silo == named.Silo && dataset.Dataset == named.Dataset) ? new Refusal("not-permitted", 403, "The permit does not cover this dataset.")
            : !permit.Outputs.Contains(named.Output) ? new Refusal("not-permitted", 403, $"The board's condition: this permit allows {string.Join(", ", permit.Outputs)}, not '{named.Output}'.")
            : application.State == Protocol.ApplicationState.Closed ? new Refusal("permit-not-active", 403, "The work under this permit was closed.")
            : RecordTime.Read(permit.NotAfter) < now ? new Refusal("permit-not-active", 403, "The permit has expired.")
            : application.ReportDue < now ? new Refusal("report-overdue", 403, "The yearly report is overdue: file it, and access opens again.")
            : null;
    }
}
