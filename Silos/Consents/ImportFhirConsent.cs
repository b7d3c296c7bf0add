using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>
/// The hospital brings a FHIR Consent of a patient, or takes her decision away as one. An express no is recorded at once; a permit never is:
/// it becomes a directive for her, or for two officers, to sign.
/// </summary>
public sealed class ImportFhirConsent(ConsentRegister register, SiloIdentity silo, TimeProvider clock)
{
    /// <returns>Null when the patient is not enrolled.</returns>
    public async Task<FhirOutcome?> RunAsync(FhirImport import, CancellationToken cancel)
    {
        var state = await register.CatchUpAsync(cancel);
        if (!state.SubjectOf.TryGetValue(import.Patient, out var subject))
        {
            return null;
        }

        var said = NamesAnother(import) is { } other ? new FhirDecision(Directive.Deny, false, [$"patient: '{other}' is not '{import.Patient}'"], null) : ReadFhirConsent.Of(import.Consent);
        var toSign = said.Scope is null ? null : ToSign(said.Scope, subject, state);
        if (toSign is not null && DirectiveRules.Fault(toSign) is { } fault)
        {
            said = new FhirDecision(Directive.Deny, false, ["provision.period: " + fault], null);
        }

        if (said.Decision == Directive.Deny)
        {
            var outcome = said.Explicit ? await register.DenyAsync(subject, cancel) : null;
            return new FhirOutcome(said.Decision, said.Reasons, outcome?.Recorded == true, null, outcome?.Receipt);
        }

        return new FhirOutcome(said.Decision, said.Reasons, false, JsonSerializer.SerializeToElement(toSign, CanonicalJson.Options), null);
    }

    /// <summary>The patient's newest decision as a FHIR R4 Consent; null when she is not enrolled or silent.</summary>
    public async Task<JsonObject?> WriteAsync(string patient, CancellationToken cancel)
    {
        var state = await register.CatchUpAsync(cancel);
        return state.SubjectOf.TryGetValue(patient, out var subject) && state.Patients[subject] is { Newest: { } newest } consent
            ? WriteFhirConsent.Of(newest, silo.Name, newest.Silo == silo.Register && state.AsksAnew(consent, clock.GetUtcNow()) is null)
            : null;
    }

    /// <summary>A permit begins when it is signed, not before: what the resource says of the past is no consent given here.</summary>
    private Directive ToSign(FhirScope scope, string subject, ConsentState state)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var text = state.Texts.Current.FirstOrDefault() is { } published ? new ConsentText(published.Hash, published.Language, published.Version) : new ConsentText(Hash32.Of(""), "en", "0");
        var directive = scope.In(new Directive(
            silo.Deployed.ChainId, silo.Deployed.Contract, Nonce.New(), subject, silo.Register, state.Patients[subject].Sequence + 1, Directive.Permit, [], [], [], [], now, text));
        return string.CompareOrdinal(directive.NotBefore, now) < 0 ? directive with { NotBefore = now } : directive;
    }

    private static string? NamesAnother(FhirImport import) =>
        import.Consent.ValueKind == JsonValueKind.Object && import.Consent.TryGetProperty("patient", out var patient) && patient.ValueKind == JsonValueKind.Object
        && patient.TryGetProperty("reference", out var reference) && reference.ValueKind == JsonValueKind.String && reference.GetString() is { } named && named.Split('/')[^1] != import.Patient
            ? named
            : null;
}
