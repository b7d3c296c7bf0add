using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Loads;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Consents;

/// <summary>The patient's own routes: her link to a hospital's enrolment, and her signed decisions on their way to it.</summary>
internal static class ConsentsEndpoints
{
    private const int MostDirectives = 100;

    public static void MapConsents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.MyData, MyDataAsync).For(Role.Patient);
        routes.MapGet(HubRoutes.MyNotices, ShowNotices.ShowAsync).For(Role.Patient);
        routes.MapPost(HubRoutes.Invitations, InviteAsync).For(Role.Custodian);
        routes.MapPost(HubRoutes.MyDataLink, LinkAsync).For(Role.Patient);
        routes.MapPost(HubRoutes.MyStop, StopEverywhere.RunAsync).For(Role.Patient);
        routes.MapPost(HubRoutes.MyKeys, (KeyChangeRelay relay, Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel) =>
            RelayOwnAsync(relay.Silo, relay.Change, SiloRoutes.KeyChanges, new KeyChangeSubmission(relay.Change), caller, accounts, silos, cancel)).For(Role.Patient);
        routes.MapPost(HubRoutes.MyRequests, (PatientRequestRelay relay, Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel) =>
            RelayOwnAsync(relay.Silo, relay.Request, SiloRoutes.PatientRequests, new PatientRequest(relay.Request), caller, accounts, silos, cancel)).For(Role.Patient).Produces<JsonElement>();
        routes.MapGet(HubRoutes.MyUses, ShowMyUses.RunAsync).For(Role.Patient);
        routes.MapPost(HubRoutes.MyDirectives, RelayAsync).For(Role.Patient).Produces<IReadOnlyList<DirectiveResult>>();
    }

    private static async Task<MyData> MyDataAsync(Caller caller, AccountStore accounts, SiloDirectory silos, ChainClient chain, CancellationToken cancel)
    {
        List<MyHospital> hospitals = [];
        foreach (var (silo, subject) in await accounts.LinksAsync(caller.Id))
        {
            var client = Hash32.TryParse(silo, out var register) ? await silos.FindAsync(register, cancel) : null;
            var hospital = new MyHospital(silo, client is null ? silo : silos.NameOf(client), subject);
            hospitals.Add(client is null ? hospital : await StandingAsync(hospital, client, cancel));
        }

        return new MyData(hospitals, chain.Deployment.ChainId, chain.Deployment.Deployed.Contract);
    }

    /// <summary>What the hospital says of her; a hospital that does not answer is shown without.</summary>
    private static async Task<MyHospital> StandingAsync(MyHospital hospital, SiloClient silo, CancellationToken cancel)
    {
        try
        {
            var standing = await silo.GetAsync<ConsentStanding>($"{SiloRoutes.Standing}/{hospital.Subject}", cancel);
            return hospital with
            {
                NextSequence = standing.NextSequence,
                NextKeyChange = standing.NextKeyChange,
                Decision = standing.Decision,
                AsksAnew = standing.AsksAnew,
                Needed = standing.Needed,
                SilencePermits = standing.SilencePermits,
                Texts = [.. standing.Texts.Select(text => new MyConsentText(text.Hash, text.Language, text.Version, text.Words))],
            };
        }
        catch (SiloUnreachableException)
        {
            return hospital;
        }
    }

    /// <summary>What is relayed must be about the caller's own enrolment; its signatures are the silo's to check.</summary>
    private static async Task<IResult> RelayOwnAsync<T>(
        string register, JsonElement signed, string route, T submission, Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel)
    {
        var link = (await accounts.LinksAsync(caller.Id)).FirstOrDefault(link => link.Silo == register);
        if (link.Subject is null || SubjectOf(signed) != link.Subject)
        {
            return Refusal.Forbidden("This is not about your own enrolment at this hospital.").ToProblem();
        }

        return await silos.FindAsync(Hash32.Parse(register), cancel) is { } silo
            ? QueriesEndpoints.Relay(await silo.PostAsync(route, submission, cancel))
            : Problem.Of(502, "silo-unreachable", "The hospital's silo does not answer; try again later.");
    }

    /// <summary>A code that links an enrolment of the custodian's own hospital to whoever enters it.</summary>
    private static async Task<Results<Ok<Invitation>, ProblemHttpResult>> InviteAsync(InvitationRequest request, Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel)
    {
        if (!Hash32.TryParse(request.Silo, out var register) || request.Subject is not { Length: >= 8 and <= 100 })
        {
            return Refusal.Invalid("silo: a register id of 43 characters; subject: 8 to 100 characters.").ToProblem();
        }

        return await silos.FindAsync(register, cancel) is { } silo && caller.KeepsRecordsOf(silo)
            ? TypedResults.Ok(await accounts.InviteAsync(caller.Id, request.Silo, request.Subject))
            : Refusal.Forbidden("This is not your own hospital, or it does not answer.").ToProblem();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> LinkAsync(LinkRequest request, Caller caller, AccountStore accounts) =>
        await accounts.TakeInvitationAsync(caller.Id, request.Code) is { } refused ? refused.ToProblem() : TypedResults.NoContent();

    /// <summary>Every directive must be about the caller's own enrolment; its signature is the silo's to check.</summary>
    private static async Task<IResult> RelayAsync(DirectiveRelay relay, Caller caller, AccountStore accounts, SiloDirectory silos, CancellationToken cancel)
    {
        if (relay.Directives is not { Count: >= 1 and <= MostDirectives })
        {
            return Refusal.Invalid($"directives: {relay.Directives?.Count ?? 0} of them; allowed are 1 to {MostDirectives}.").ToProblem();
        }

        var link = (await accounts.LinksAsync(caller.Id)).FirstOrDefault(link => link.Silo == relay.Silo);
        if (link.Subject is null || relay.Directives.Any(directive => SubjectOf(directive) != link.Subject))
        {
            return Refusal.Forbidden("A directive is not about your own enrolment at this hospital.").ToProblem();
        }

        return await silos.FindAsync(Hash32.Parse(relay.Silo), cancel) is { } silo
            ? QueriesEndpoints.Relay(await silo.PostAsync(SiloRoutes.Directives, new DirectiveSubmission(relay.Directives), cancel))
            : Problem.Of(502, "silo-unreachable", "The hospital's silo does not answer; try again later.");
    }

    private static string? SubjectOf(JsonElement directive) =>
        directive.ValueKind == JsonValueKind.Object && directive.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object
        && body.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.String
            ? subject.GetString()
            : null;
}
