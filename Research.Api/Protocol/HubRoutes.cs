namespace Research.Api.Protocol;

/// <summary>The hub's routes. Every one names the roles that may call it, or is expressly public (P).</summary>
public static class HubRoutes
{
    /// <summary>P. GET: 200 while the process lives; <see cref="Ready"/>: 200 when database and chain answer.</summary>
    public const string Health = "/healthz";

    /// <inheritdoc cref="Health"/>
    public const string Ready = "/readyz";

    /// <summary>P. POST <see cref="SignInRequest"/>: <see cref="SignedIn"/>.</summary>
    public const string SignIn = "/accounts/login";

    /// <summary>P. POST <see cref="RefreshRequest"/>: <see cref="SignedIn"/>.</summary>
    public const string Refresh = "/accounts/refresh";

    /// <summary>P. POST with an institution's access token as bearer: <see cref="SignedIn"/>, for the pages.</summary>
    public const string InstitutionSignIn = "/accounts/institution";

    /// <summary>P. POST <see cref="SignUpRequest"/>: 202, and a letter.</summary>
    public const string SignUp = "/accounts/sign-up";

    /// <summary>P. POST <see cref="ConfirmRequest"/>: 204.</summary>
    public const string Confirm = "/accounts/confirm";

    /// <summary>P. POST <see cref="ResetRequest"/>: 202, and a letter; POST <c>/confirm</c> <see cref="NewPasswordRequest"/>: 204.</summary>
    public const string Reset = "/accounts/reset";

    /// <summary>POST <see cref="AccountInvitation"/> by the operator: 202, and a letter.</summary>
    public const string AccountInvitations = "/accounts/invitations";

    /// <summary>P. POST <see cref="NewPasswordRequest"/>: takes up the operator's invitation. 204.</summary>
    public const string Join = "/accounts/join";

    /// <summary>P. POST <see cref="PasskeySignIn"/>: <see cref="SignedIn"/>; POST <c>/begin</c>: <see cref="PasskeyCeremony"/>.</summary>
    public const string PasskeySignIn = "/accounts/login/passkey";

    /// <summary>GET: list of <see cref="PasskeyView"/>; POST <c>/begin</c>: <see cref="PasskeyCeremony"/>; POST <see cref="PasskeyRegistration"/>; DELETE <c>/{id}</c>.</summary>
    public const string Passkeys = "/accounts/me/passkeys";

    /// <summary>GET: <see cref="AccountView"/> of the caller.</summary>
    public const string Me = "/accounts/me";

    /// <summary>PUT <see cref="MemberKeyRequest"/> by a committee member: links the account to its key in Members.</summary>
    public const string MemberKey = "/accounts/me/member-key";

    /// <summary>POST <see cref="InvitationRequest"/> by a custodian: <see cref="Invitation"/>.</summary>
    public const string Invitations = "/invitations";

    /// <summary>P. GET: <see cref="CatalogueView"/>, or HealthDCAT-AP where <c>application/ld+json</c> is accepted; one dataset under
    /// <c>/{silo}/{dataset}</c>, its HealthDCAT-AP entry under <c>/{silo}/{dataset}/health-dcat</c>; GET by a researcher
    /// <c>/{silo}/{dataset}/codes/{attribute or event}?text=</c>: <see cref="CodesView"/>. POST <c>/{silo}/{dataset}/trial</c>
    /// <see cref="TrialSubmission"/>: an answer on synthetic rows, marked, free.</summary>
    public const string Catalogue = "/catalogue";

    /// <summary>P. GET: the catalogue as HealthDCAT-AP (JSON-LD).</summary>
    public const string HealthCatalogue = "/catalogue/health-dcat";

    /// <summary>GET: page of <see cref="ApplicationSummary"/>; POST: a new draft. One under <c>/{id}</c>; commands under <c>/{id}/{command}</c>.</summary>
    public const string Applications = "/applications";

    /// <summary>GET: list of <see cref="PermitView"/>; one under <c>/{id}</c>, its ballots and votes under <c>/{id}/ballot</c>, <c>/{id}/votes</c>.</summary>
    public const string Permits = "/permits";

    /// <summary>POST <see cref="PreviewSubmission"/>: the silo's preview.</summary>
    public const string Preview = "/queries/preview";

    /// <summary>POST <see cref="QueryRelay"/>: the silo's answer or refusal, byte for byte.</summary>
    public const string Queries = "/queries";

    /// <summary>POST <see cref="QueryRelay"/> of one count at a small loss: the silo's answer with a label that says how exact it is.</summary>
    public const string Feasibility = "/feasibility";

    /// <summary>GET by a patient: <see cref="MyData"/>.</summary>
    public const string MyData = "/my-data";

    /// <summary>POST <see cref="LinkRequest"/> by a patient: takes up a hospital's invitation.</summary>
    public const string MyDataLink = "/my-data/link";

    /// <summary>POST <see cref="DirectiveRelay"/> by a patient: the silo's outcome for each.</summary>
    public const string MyDirectives = "/my-data/directives";

    /// <summary>POST by a patient: her no at all her hospitals in one step, without a signature: list of <see cref="StopResult"/>. She permits again by signing anew, hospital by hospital.</summary>
    public const string MyStop = "/my-data/stop";

    /// <summary>POST <see cref="KeyChangeRelay"/> by a patient: a new key signed by the old, on its way to the silo.</summary>
    public const string MyKeys = "/my-data/keys";

    /// <summary>GET by a patient: list of <see cref="MyUses"/>, a hospital each. Reading it is an entry there.</summary>
    public const string MyUses = "/my-data/uses";

    /// <summary>POST <see cref="PatientRequestRelay"/> by a patient: her silo's answer, byte for byte; sealed to her where she asked for that.</summary>
    public const string MyRequests = "/my-data/requests";

    /// <summary>GET by a custodian: <see cref="LoadsView"/> of the own hospital.</summary>
    public const string Loads = "/loads";

    /// <summary>GET by a custodian: list of <see cref="HospitalConsents"/>, the own hospital's datasets.</summary>
    public const string ConsentFigures = "/consent-figures";

    /// <summary>POST <see cref="OfficerRelay"/> by a custodian: the own hospital's answer, byte for byte, sealed to the officer who signed.</summary>
    public const string OfficerRequests = "/loads/requests";

    /// <summary>P. GET: the newest signed checkpoint of the hub's own log, as text.</summary>
    public const string LedgerCheckpoint = "/ledger/checkpoint";

    /// <summary>P. GET <c>?from=&amp;count=</c>: entries in order.</summary>
    public const string LedgerEntries = "/ledger/entries";

    /// <summary>P. GET <c>/{seq}</c>: the entry with its inclusion proof.</summary>
    public const string LedgerProof = "/ledger/proof";

    /// <summary>P. GET: the history export of FORMATS.md (zip), for <c>verify history</c>.</summary>
    public const string LedgerExport = "/ledger/export";

    /// <summary>P. GET: list of <see cref="WitnessView"/>.</summary>
    public const string LedgerWitnesses = "/ledger/witnesses";

    /// <summary>GET by board and auditors <c>?log=&amp;application=&amp;project=&amp;permit=&amp;person=&amp;kind=&amp;outcome=&amp;since=&amp;until=&amp;after=&amp;count=</c>: <see cref="AuditPage"/>.</summary>
    public const string AuditEntries = "/audit/entries";

    /// <summary>GET <c>/{log}/{seq}</c>: <see cref="ProvenEntry"/> of any followed log; also for patients.</summary>
    public const string AuditProof = "/audit/proof";

    /// <summary>GET <c>?format=balp|csv</c> and the filters of <see cref="AuditEntries"/>: FHIR AuditEvents (IHE BALP) or CSV.</summary>
    public const string AuditExport = "/audit/export";

    /// <summary>GET by board and auditors <c>?application=&amp;count=</c>: list of <see cref="AuditAlert"/>, newest first.</summary>
    public const string AuditAlerts = "/audit/alerts";

    /// <summary>P. GET: list of <see cref="RegisterItem"/>.</summary>
    public const string PublicRegister = "/register";

    /// <summary>GET: list of <see cref="RegisterView"/>; <c>/{id}/ballot?rho=&amp;delta=&amp;files=</c>: <see cref="LimitBallot"/>; POST <c>/{id}/votes</c> <see cref="LimitVote"/>.
    /// <c>/{id}/silence/{dataset}?silence=</c>: <see cref="SilenceBallot"/>; POST <c>/{id}/silence/{dataset}/votes</c> <see cref="SilenceVote"/>.</summary>
    public const string Registers = "/registers";

    /// <summary>GET by a patient: list of <see cref="PatientNotice"/>.</summary>
    public const string MyNotices = "/my-data/notices";

    /// <summary>GET, POST <see cref="AccessTokenRequest"/>, DELETE <c>/{id}</c>.</summary>
    public const string AccessTokens = "/accounts/me/tokens";

    /// <summary>POST <see cref="PasswordChange"/>.</summary>
    public const string Password = "/accounts/me/password";

    /// <summary>POST: <see cref="SecondFactorSecret"/>; PUT <see cref="SecondFactorCode"/>: <see cref="RecoveryCodes"/>; DELETE.</summary>
    public const string SecondFactor = "/accounts/me/second-factor";

    /// <summary>GET: list of <see cref="Invoice"/>; POST <c>/{id}/checkout</c>: <see cref="CheckoutPage"/>; GET <c>/statement</c>: <see cref="Statement"/>.</summary>
    public const string Payments = "/payments";

    /// <summary>P. POST by Stripe: an event with its signature.</summary>
    public const string PaymentEvents = "/payments/events";

    /// <summary>POST <see cref="QueryRelay"/> whose signed output is <c>file</c> and whose query is <c>{"attributes":[…]}</c>: 202 with <see cref="ExtractJob"/>. GET: list of them. GET, DELETE <c>/{id}</c>: one; cancel it.
    /// GET <c>/{id}/events</c>: server-sent events <c>job</c> with an <see cref="ExtractJob"/> at each change. GET <c>/{id}/checkers/{keyId}</c> and POST <c>/{id}/checks</c> <see cref="ExtractCheck"/> by output checkers; GET <c>/{id}/file</c>: the silo's sealed file, manifest and receipt, byte for byte.</summary>
    public const string Extracts = "/extracts";

    /// <summary>P. GET: <see cref="DashboardList"/>; one under <c>/{silo}/{dataset}</c>: <see cref="HospitalDashboard"/>.</summary>
    public const string Dashboards = "/dashboards";

    /// <summary>GET, POST <see cref="WebhookRequest"/>: <see cref="NewWebhook"/>; DELETE <c>/{id}</c>.</summary>
    public const string Webhooks = "/accounts/me/webhooks";

    /// <summary>GET by the operator <c>?attempts=</c>: list of <see cref="StuckMessage"/>; POST <c>/{id}/retry</c>.</summary>
    public const string Outbox = "/outbox";

    /// <summary>GET by the operator: metrics as Prometheus reads them.</summary>
    public const string Metrics = "/metrics";

    /// <summary>P. GET: pages to read the document with, from our own origin.</summary>
    public const string Docs = "/docs";

    /// <summary>P. GET: the OpenAPI 3.1 document of all this.</summary>
    public const string OpenApi = "/openapi/v1.json";
}
