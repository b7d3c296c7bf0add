namespace Silos.Protocol;

/// <summary>The silo's routes, as the hub and the hospital's own officers call them. Signed records travel as JSON; the silo checks them itself and believes no caller.</summary>
public static class SiloRoutes
{
    /// <summary>GET: <see cref="SiloDescription"/>.</summary>
    public const string Describe = "/silo";

    /// <summary>GET: list of <see cref="DatasetDescription"/>; one of them under its name. Below a name: GET <c>/health-dcat</c> (JSON-LD); GET <c>/codes/{attribute or event}?text=</c>: <see cref="FoundCodes"/>;
    /// POST <c>/trial</c> <see cref="PreviewRequest"/> and GET <c>/trial.csv</c>, on synthetic rows; GET <c>/quality</c> and <c>/quality.html</c>
    /// by the hospital's officer.</summary>
    public const string Datasets = "/datasets";

    /// <summary>GET by the hospital's officer: list of <see cref="LoadJob"/>, newest first; POST <see cref="LoadRequest"/>: 202. GET <c>/standing</c>, for whom
    /// somebody vouches: list of <see cref="LoadStanding"/>.</summary>
    public const string Loads = "/loads";

    /// <summary>POST <see cref="OfficerSubmission"/>: <see cref="OfficerAnswer"/>. An officer's load or quality report, for the officer's own signature alone.</summary>
    public const string OfficerRequests = "/officers/requests";

    /// <summary>POST <see cref="QuerySubmission"/> of one count at a small loss: the answer and, beside it, its label.</summary>
    public const string Feasibility = "/feasibility";

    /// <summary>PUT <c>/permits/{id}</c>: the permit document, whose canonical bytes hash to the id. 204. GET <c>/{id}/departments</c> by the
    /// hospital's officer: list of <see cref="TouchedDepartments"/>.</summary>
    public const string Permits = "/permits";

    /// <summary>POST <see cref="PreviewRequest"/>: the preview of FORMATS.md.</summary>
    public const string Preview = "/queries/preview";

    /// <summary>POST <see cref="QuerySubmission"/>: the answer of FORMATS.md, or problem+json with a <see cref="RefusalCode"/>.</summary>
    public const string Queries = "/queries";

    /// <summary>GET <c>/noise/{seq}</c> by the hospital's officer: what an auditor needs to replay the noise of the answer with this entry (<c>verify noise</c>). It opens the seed, and is an entry.</summary>
    public const string Noise = "/noise";

    /// <summary>POST <see cref="QuerySubmission"/> whose signed output is <c>file</c> and whose query is <c>{"attributes":[…]}</c>: <see cref="ExtractView"/>.
    /// GET <c>/{id}</c>: the same. GET <c>/{id}/checkers/{keyId}</c>: <see cref="SealedForChecker"/>. POST <c>/{id}/checks</c> <see cref="OutputCheckSubmission"/>.
    /// GET <c>/{id}/file</c>: <see cref="ReleasedFile"/>, or the refusal <c>held</c>.</summary>
    public const string Extracts = "/extracts";

    /// <summary>POST <see cref="CheckerKey"/> by the hospital's officer. 204.</summary>
    public const string Checkers = "/checkers";

    /// <summary>POST <see cref="DirectiveSubmission"/>: <see cref="DirectiveOutcome"/> for each, in order.</summary>
    public const string Directives = "/consents/directives";

    /// <summary>GET <c>/{subject}</c>: <see cref="ConsentStanding"/>.</summary>
    public const string Standing = "/consents/standing";

    /// <summary>POST <see cref="Denial"/>: <see cref="DirectiveOutcome"/>. A no from the signed-in patient binds without a signature.</summary>
    public const string Denials = "/consents/denials";

    /// <summary>POST <see cref="KeyChangeSubmission"/>. 204.</summary>
    public const string KeyChanges = "/consents/keys";

    /// <summary>POST <see cref="ConsentOfficer"/> by the hospital's officer. 204.</summary>
    public const string ConsentOfficers = "/consents/officers";

    /// <summary>POST <see cref="TextPublication"/> by the hospital's officer. 204. GET by anybody: list of <see cref="StandingText"/> that may be signed.</summary>
    public const string ConsentTexts = "/consents/texts";

    /// <summary>POST <see cref="PatientRequest"/>: <see cref="PatientAnswer"/>. Her proof, her history, her erasure, for her own signature alone.</summary>
    public const string PatientRequests = "/consents/requests";

    /// <summary>GET <c>/{subject}</c>: <see cref="PatientUses"/>. Reading it is an entry.</summary>
    public const string PatientUses = "/consents/uses";

    /// <summary>GET <c>/{subject}</c> by the hospital's officer: the signed <c>consent-history</c>. POST <see cref="HistoryImport"/> by the officer: <see cref="Enrolment"/>.</summary>
    public const string Histories = "/consents/histories";

    /// <summary>POST <see cref="Erasing"/> by the hospital's officer. 204.</summary>
    public const string Erasures = "/consents/erasures";

    /// <summary>POST <see cref="FhirImport"/> by the hospital's officer: <see cref="FhirOutcome"/>. GET <c>/{patient}</c> by the officer: her decision as a FHIR R4 Consent.</summary>
    public const string FhirConsents = "/consents/fhir";

    /// <summary>POST <see cref="EnrolmentRequest"/> by the hospital's officer (bearer token): <see cref="Enrolment"/> for each.</summary>
    public const string Enrolments = "/consents/enrolments";

    /// <summary>GET by the hospital's officer: local ids of patients without an enrolment, a page at a time.</summary>
    public const string Unenrolled = "/consents/unenrolled";

    /// <summary>GET: list of <see cref="DashboardView"/>.</summary>
    public const string Dashboards = "/dashboards";

    /// <summary>GET, for whom somebody vouches: list of <see cref="ConsentFiguresView"/>.</summary>
    public const string ConsentFigures = "/consents/figures";

    /// <summary>GET <c>/log/checkpoint</c> (a signed note), <c>/log/entries?from=&amp;count=</c> (entries in order), <c>/log/proof/{seq}</c> (<see cref="LoggedEntry"/>),
    /// <c>/log/openings/{seq}</c> (by the hospital's officer: a receipt that opens the entry),
    /// <c>/log/history</c> (origin, all entries and all anchored checkpoints, for an export).</summary>
    public const string Log = "/log";
}

/// <summary>A final entry as it was hashed, the signed note whose tree holds it, its inclusion proof from the leaf upwards (base64url), and the transaction that anchored it.</summary>
public sealed record LoggedEntry(System.Text.Json.JsonElement Entry, string Checkpoint, IReadOnlyList<string> Proof, string? Transaction);

/// <summary>Who the silo is: its hospital's name, the register id (SHA-256 of its log's origin), its log's origin and public key (JWK).</summary>
public sealed record SiloDescription(string Name, string Register, string Origin, System.Text.Json.JsonElement Key);
