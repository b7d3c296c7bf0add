using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Datasets;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>Everybody on the Members contract, as the chain has it now.</summary>
/// <exception cref="Ledger.Chain.LedgerUnavailableException">The chain does not answer.</exception>
public delegate Task<Ledger.Chain.MembersState> ReadMembers(CancellationToken cancel);

/// <summary>Patients' directives come in from anybody: their signatures speak. Enrolling keys, and publishing texts, is the hospital officer's.</summary>
public static class ConsentEndpoints
{
    private const int MostDirectives = 100;
    private const int MostEnrolments = 1000;

    public static IServiceCollection AddConsents(this IServiceCollection services) => services
        .AddSingleton<ConsentRegister>().AddSingleton<PublishText>().AddSingleton<TakeSnapshot>().AddSingleton<ReadSilence>().AddSingleton<MoveHistory>().AddSingleton<ProveConsent>()
        .AddSingleton<EraseConsent>().AddSingleton<ShowUses>().AddSingleton<AnswerRequest>().AddSingleton<ImportFhirConsent>();

    public static void MapConsentEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SiloRoutes.Directives, RecordAsync);
        routes.MapPost(SiloRoutes.Denials, async (Denial denial, ConsentRegister register, CancellationToken cancel) =>
            denial.Subject is { } subject && await register.DenyAsync(subject, cancel) is { } outcome ? Results.Ok(outcome) : Unknown()).AddEndpointFilter<VouchedOnly>();
        routes.MapGet(SiloRoutes.Standing + "/{subject}", async (string subject, ConsentRegister register, DatasetShelf shelf, ReadSilence silences, CancellationToken cancel) =>
            await register.StandingAsync(subject, cancel) is { } standing ? Results.Ok(standing with { SilencePermits = await SilencePermitsAsync(shelf, silences, cancel) }) : Unknown());
        routes.MapPost(SiloRoutes.KeyChanges, async (KeyChangeSubmission submission, ConsentRegister register, CancellationToken cancel) =>
            Read(submission.Change, "change", out var fault) is { } change ? Answer(await register.ChangeKeysAsync(change, cancel)) : Answer(fault));
        routes.MapPost(SiloRoutes.PatientRequests, async (PatientRequest submission, AnswerRequest answer, CancellationToken cancel) =>
        {
            var (done, fault) = Read(submission.Request, "request", out var unread) is { } request ? await answer.RunAsync(request, cancel) : (null, unread);
            return done is null ? Answer(fault) : Results.Json(done, CanonicalJson.Options);
        });
        routes.MapGet(SiloRoutes.PatientUses + "/{subject}", async (string subject, ShowUses uses, CancellationToken cancel) =>
            await uses.RunAsync(subject, cancel) is { } shown ? Results.Ok(shown) : Unknown());
        routes.MapGet(SiloRoutes.Histories + "/{subject}", async (string subject, MoveHistory move, CancellationToken cancel) =>
            await move.ExportAsync(subject, cancel) is { } history ? Results.Json(history, CanonicalJson.Options) : Unknown()).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Histories, ImportHistoryAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Erasures, async (Erasing erasing, EraseConsent erase, CancellationToken cancel) =>
            erasing.Subject is { } subject && await erase.RunAsync(subject, cancel) ? Results.NoContent() : Unknown()).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.FhirConsents, async (FhirImport import, ImportFhirConsent reading, CancellationToken cancel) =>
            import.Patient is { } && await reading.RunAsync(import, cancel) is { } outcome ? Results.Json(outcome, CanonicalJson.Options) : Unknown()).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.FhirConsents + "/{patient}", async (string patient, ImportFhirConsent reading, CancellationToken cancel) =>
            await reading.WriteAsync(patient, cancel) is { } consent ? Results.Json(consent, contentType: "application/fhir+json") : Unknown()).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.ConsentTexts, async (ConsentRegister register, CancellationToken cancel) =>
            (await register.CatchUpAsync(cancel)).Texts.Current.Select(text => new StandingText(text.Hash.ToString(), text.Language, text.Version, text.Words)));
        routes.MapPost(SiloRoutes.ConsentTexts, async (TextPublication publication, PublishText publish, CancellationToken cancel) =>
            Answer(publication.Version is null || publication.Words is null ? "version, words: are missing" : await publish.RunAsync(publication, cancel))).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.ConsentOfficers, AddOfficerAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Enrolments, EnrolAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Unenrolled, (string dataset, string? after, ConsentRegister register, CancellationToken cancel) =>
            register.UnenrolledAsync(dataset, after, cancel)).AddEndpointFilter<OfficerOnly>();
    }

    private static async Task<IReadOnlyList<string>> SilencePermitsAsync(DatasetShelf shelf, ReadSilence silences, CancellationToken cancel)
    {
        List<string> permitted = [];
        foreach (var dataset in shelf.All)
        {
            if (await silences.PermitsAsync(dataset.Definition, cancel))
            {
                permitted.Add(dataset.Definition.Title);
            }
        }

        return permitted;
    }

    private static async Task<IResult> RecordAsync(DirectiveSubmission submission, ConsentRegister register, CancellationToken cancel)
    {
        if (submission.Directives is not { Count: >= 1 and <= MostDirectives })
        {
            return Answer($"directives: {submission.Directives?.Count ?? 0} were sent; allowed are 1 to {MostDirectives}");
        }

        var records = new List<SignedRecord>();
        foreach (var one in submission.Directives)
        {
            if (Read(one, $"directives[{records.Count}]", out var fault) is not { } record)
            {
                return Answer(fault);
            }

            records.Add(record);
        }

        return Results.Ok(await register.RecordAsync(records, cancel));
    }

    private static async Task<IResult> ImportHistoryAsync(HistoryImport import, MoveHistory move, ReadMembers members, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(import.Patient) || Read(import.History, "history", out var fault) is not { } history)
        {
            return Answer("patient, history: a local id and a signed history are wanted");
        }

        (var enrolment, fault) = await move.ImportAsync(import.Patient, history, await members(cancel), cancel);
        return enrolment is null ? Answer(fault) : Results.Ok(enrolment);
    }

    private static async Task<IResult> AddOfficerAsync(ConsentOfficer officer, ConsentRegister register, CancellationToken cancel)
    {
        try
        {
            var key = PublicKey.From(CanonicalJson.Read<Jwk>(Node(officer.Key)));
            await register.AddOfficerAsync(key, cancel);
            return Results.NoContent();
        }
        catch (Exception bad) when (IsUnreadable(bad))
        {
            return Answer($"key: {bad.Message}");
        }
    }

    private static async Task<IResult> EnrolAsync(EnrolmentRequest request, ConsentRegister register, CancellationToken cancel)
    {
        if (request.Patients is not { Count: >= 1 and <= MostEnrolments } || request.Patients.Any(patient => string.IsNullOrEmpty(patient?.Patient) || (patient.Key is null) == (patient.Keys is null)))
        {
            return Answer($"patients: {request.Patients?.Count ?? 0} were sent; allowed are 1 to {MostEnrolments}, each with a local id and either key or keys");
        }

        try
        {
            var patients = request.Patients.Select(patient => new PatientKeys(
                patient.Patient,
                patient.Keys is { } keys ? CanonicalJson.Read<KeySet>(Node(keys)) : KeySet.Of(CanonicalJson.Read<Jwk>(Node(patient.Key!.Value)) with { D = null }))).ToList();
            var (enrolled, fault) = await register.EnrolAsync(patients, cancel);
            return fault is null ? Results.Ok(enrolled) : Answer("patients: " + fault);
        }
        catch (Exception bad) when (IsUnreadable(bad))
        {
            return Answer($"patients: {bad.Message}");
        }
    }

    /// <summary>A stranger's signed record; or null, and what is wrong with it.</summary>
    internal static SignedRecord? Read(JsonElement json, string field, out string? fault)
    {
        try
        {
            fault = null;
            return CanonicalJson.Read<SignedRecord>(Node(json));
        }
        catch (Exception bad) when (IsUnreadable(bad))
        {
            fault = $"{field}: is no signed record, allowed is {{body, key, signature}}: {bad.Message}";
            return null;
        }
    }

    private static JsonNode Node(JsonElement json) =>
        (json.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(json.GetRawText())) ?? throw new JsonException("null is not allowed");

    internal static bool IsUnreadable(Exception bad) => bad is JsonException or FormatException or InvalidOperationException or ArgumentException;

    internal static IResult Answer(string? fault) => fault is null ? Results.NoContent() : Problems.Refusal(RefusalCode.BadRequest, fault);

    internal static IResult Unknown() => Problems.Refusal(RefusalCode.UnknownSubject, "subject: nobody is enrolled here under this name");
}
