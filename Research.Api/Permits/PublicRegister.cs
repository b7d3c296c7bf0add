using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Permits;

/// <summary>The public register of permits with lay summaries, and each permit as a token that a stranger verifies.</summary>
internal static class PublicRegister
{
    /// <summary>The languages of the register; one without a translation shows the original.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "pt-BR", "fr", "id", "vi", "ko"];

    public static void MapPublicRegister(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.PublicRegister, ListAsync).Public();
        routes.MapGet(HubRoutes.Permits + "/{id}/token", TokenAsync).For(Role.Researcher, Role.CommitteeMember, Role.Chair, Role.Custodian, Role.Auditor);
    }

    /// <summary>What the public may know of a permit: why, what, until when; no names of people, no counts.</summary>
    public static RegisterItem Show(Permit permit, Application application, string state, Func<Hash32, string> hospital)
    {
        var form = application.Form;
        var own = new Dictionary<string, string>(form.Translations ?? new Dictionary<string, string>()) { [form.Language ?? "en"] = form.LaySummary! };
        return new RegisterItem(
            permit.Id().ToString(),
            form.Title!,
            Languages.ToDictionary(language => language, language => own.GetValueOrDefault(language, form.LaySummary!)),
            [.. Languages.Where(own.ContainsKey)],
            permit.Purpose,
            permit.Use.User,
            [.. permit.Datasets.Select(dataset => hospital(dataset.Silo)).Distinct()],
            permit.Outputs,
            permit.NotBefore,
            permit.NotAfter,
            state,
            application.Ballot?.Conditions?.Text);
    }

    /// <summary>Every permit with its application, newest first, with what the chain says of it.</summary>
    public static async Task<IReadOnlyList<(IssuedPermit Issued, RegisterItem Item, Permit Permit)>> ReadAsync(
        PermitStore permits, ApplicationStore applications, SiloDirectory silos, ChainClient chain, CancellationToken cancel)
    {
        List<(IssuedPermit, RegisterItem, Permit)> shown = [];
        foreach (var issued in await permits.AllAsync())
        {
            var permit = JsonSerializer.Deserialize<Permit>(issued.Document, CanonicalJson.Options)!;
            var application = (await applications.FindAsync(issued.Application))!;
            shown.Add((issued, Show(permit, application, await StateAsync(permit, chain, cancel), silo => silos.NameOf(silo.ToString()) ?? silo.ToString()), permit));
        }

        return shown;
    }

    private static async Task<IReadOnlyList<RegisterItem>> ListAsync(PermitStore permits, ApplicationStore applications, SiloDirectory silos, ChainClient chain, CancellationToken cancel) =>
        [.. (await ReadAsync(permits, applications, silos, chain, cancel)).Select(permit => permit.Item)];

    private static async Task<string> StateAsync(Permit permit, ChainClient chain, CancellationToken cancel)
    {
        try
        {
            return (await chain.ReadPermitAsync(permit.Id(), permit.Caps[0].Register, cancel)).Status.ToString().ToLowerInvariant();
        }
        catch (LedgerUnavailableException)
        {
            return "unknown";
        }
    }

    private static async Task<Results<Ok<PermitToken>, ProblemHttpResult>> TokenAsync(string id, Caller caller, PermitStore permits, SigningKey key) =>
        (await permits.ListAsync(caller)).FirstOrDefault(permit => permit.Id == id) is { } issued
            ? TypedResults.Ok(new PermitToken(Sign(issued.Document, key), JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options)))
            : Refusal.NotFound("permit").ToProblem();

    /// <summary>The permit document as a JWS (RFC 7515, ES256): payload = the canonical bytes, whose SHA-256 is the permit's id on the chain.</summary>
    internal static string Sign(string document, SigningKey key)
    {
        var header = Base64Text.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{key.Id}}","typ":"permit+jwt"}"""));
        var signed = $"{header}.{Base64Text.Encode(Encoding.UTF8.GetBytes(document))}";
        return $"{signed}.{Base64Text.Encode(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }
}
