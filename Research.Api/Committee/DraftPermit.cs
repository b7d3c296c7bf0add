using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Committee;

/// <summary>Writes the permit document that the board votes on, from what was asked and what the chair set as conditions.</summary>
internal static class DraftPermit
{
    /// <summary>The board's default for one register: fifteen queries at the largest loss each (nano-rho).</summary>
    public const string DefaultRho = "100000000";

    /// <summary>1e-5 in atto: what private selection of keys may spend in all.</summary>
    public const string DefaultDelta = "10000000000000";

    private const int DefaultCell = 11;

    /// <param name="deployed">The chain and contract that the document is bound to.</param>
    /// <param name="salt">256 random bits, which make the permit's id unguessable.</param>
    /// <param name="nonce">16 random bytes.</param>
    public static ApplicationEvent.BallotOpened Write(Application application, Conditions? conditions, Deployed deployed, Hash32 salt, string nonce, DateTimeOffset now)
    {
        var form = application.Form;
        var outputs = conditions?.Outputs ?? form.Outputs!;
        var permit = new Permit(
            deployed.ChainId,
            deployed.Contract,
            nonce,
            salt,
            application.Id,
            form.Purpose!,
            new PermitUse(form.User!, form.Country!, form.Disease),
            [.. form.Datasets!.Select(choice => new PermitDataset(Hash32.Parse(choice.Silo), choice.Dataset))],
            People(application),
            [.. form.Datasets!.Select(choice => choice.Silo).Distinct().Select(silo => Cap(silo, form, conditions, outputs))],
            outputs,
            conditions?.MinimumCell ?? DefaultCell,
            RecordTime.Write(now),
            (conditions?.EndDate ?? form.EndDate) + "T23:59:59.000Z");
        return new ApplicationEvent.BallotOpened(permit.Id().ToString(), CanonicalJson.ToJson(permit), conditions);
    }

    /// <summary>The first condition that is out of range, as a sentence; null when all can be enforced.</summary>
    public static Refusal? Check(Application application, Conditions conditions, DateTimeOffset now)
    {
        var wrong = conditions.Outputs is { } outputs && (outputs.Count == 0 || outputs.Any(output => !application.Form.Outputs!.Contains(output)))
            ? $"outputs: allowed are those asked for: {string.Join(", ", application.Form.Outputs!)}."
            : conditions.MinimumCell is < DefaultCell or > 1_000_000 ? $"minimumCell: is {conditions.MinimumCell}; allowed are {DefaultCell} to 1000000."
            : conditions.Caps?.Select(SubmitApplication.Cap).FirstOrDefault(bad => bad is not null) is { } cap ? cap
            : conditions.Caps?.FirstOrDefault(given => application.Form.Datasets!.All(choice => choice.Silo != given.Silo)) is { } stray ? $"caps: silo '{stray.Silo}' is not in the application."
            : conditions.EndDate is { } end ? SubmitApplication.EndDate(end, now)
            : conditions.Text is { Length: > 4000 } ? "text: up to 4,000 characters."
            : null;
        return wrong is null ? null : Refusal.Invalid(wrong);
    }

    /// <summary>The applicant, and team members who accepted the terms, by their own keys.</summary>
    private static IReadOnlyList<PermitPerson> People(Application application) => [.. Accepted(application).Select(one =>
    {
        var file = one.File is { } given ? LinkMemberKey.Read(given, "fileKey").Value : null;
        return new PermitPerson(one.Key, file?.Jwk);
    })];

    /// <summary>Those accounts, by the keys that the document names.</summary>
    public static IReadOnlyList<(string Account, Hash32 Key)> WhoseKeys(Application application) => [.. Accepted(application).Select(one => (one.Account, one.Key))];

    private static IEnumerable<(string Account, Hash32 Key, JsonElement? File)> Accepted(Application application) =>
        application.Team.Where(mate => mate.Accepted is not null && mate.Removed is null)
            .Select(mate => (mate.Account, Signing: mate.SigningKey!.Value, File: mate.FileKey))
            .Prepend((Account: application.Applicant, Signing: application.Form.SigningKey!.Value, File: application.Form.FileKey))
            .Select(one => (one.Account, Key: LinkMemberKey.Read(one.Signing, "signingKey").Value!.Id, one.File))
            .DistinctBy(one => one.Key);

    private static PermitCap Cap(string silo, ApplicationForm form, Conditions? conditions, IReadOnlyList<string> outputs)
    {
        var cap = conditions?.Caps?.FirstOrDefault(given => given.Silo == silo)
            ?? form.Caps?.FirstOrDefault(asked => asked.Silo == silo)
            ?? new CapAsked(silo, DefaultRho, DefaultDelta, 1);
        return new PermitCap(Hash32.Parse(silo), cap.Rho, cap.Delta, outputs.Contains(SubmitApplication.File) ? cap.Files : 0);
    }
}
