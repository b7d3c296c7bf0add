using System.Data.Common;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>How patients' signatures come in.</summary>
public sealed class ConsentOptions
{
    /// <summary>On which origins may patients sign with passkeys, such as <c>https://my.hospital.example</c>? None by default, and then no passkey is taken.</summary>
    public IReadOnlyList<string> PasskeyOrigins { get; init; } = [];

    /// <summary>For which host were the passkeys made? The host of the first origin by default.</summary>
    public string? PasskeyHost { get; init; }

    public PasskeyRules Passkeys => new(PasskeyHost ?? (PasskeyOrigins is [var first, ..] && Uri.TryCreate(first, UriKind.Absolute, out var origin) ? origin.Host : ""), PasskeyOrigins);
}

/// <summary>A patient as the hospital's officer enrols her.</summary>
/// <param name="Patient">The hospital's local id.</param>
public sealed record PatientKeys(string Patient, KeySet Keys);

/// <summary>
/// The register of one silo: whose keys speak for which patient, and every directive ever recorded. Nothing in it is altered or removed
/// by a later directive. The database is the truth; the newest directives are held in memory and caught up from it, so that any number
/// of processes agree.
/// </summary>
public sealed class ConsentRegister(Database database, SiloIdentity silo, IOptions<ConsentOptions> options, TimeProvider clock) : IDisposable
{
    /// <summary>The writer under which the register changes, one step at a time.</summary>
    public const string Writer = "consents";

    private readonly SemaphoreSlim memory = new(1, 1);
    private ConsentState state = ConsentState.Empty;

    /// <summary>Enrols keys that patients showed their hospital. A patient who is enrolled already keeps her subject and her keys.</summary>
    /// <returns>Those who are enrolled with these keys now; and what is wrong with the first that cannot be, if one is: then nobody was enrolled.</returns>
    public async Task<(IReadOnlyList<Enrolment> Enrolled, string? Fault)> EnrolAsync(IReadOnlyList<PatientKeys> patients, CancellationToken cancel)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var fault = await database.WriteAsync(Writer, async transaction =>
        {
            var officers = await ConsentStore.OfficersAsync(transaction.Connection!, transaction);
            if (patients.Select(one => one.Keys.Fault() ?? JudgeKeyChange.OfficerFault(one.Keys, officers)).FirstOrDefault(found => found is not null) is { } found)
            {
                return found;
            }

            var last = await ConsentStore.LastEnrolmentAsync(transaction);
            foreach (var (patient, keys) in patients)
            {
                await ConsentStore.EnrolAsync(transaction, Nonce.New(), patient, keys, ++last, now);
            }

            return null;
        }, cancel);
        var current = await CatchUpAsync(cancel);
        return fault is not null ? ([], fault) : ([.. patients.Where(one => IsEnrolledWith(current, one)).Select(one => new Enrolment(one.Patient, current.SubjectOf[one.Patient]))], null);
    }

    /// <summary>Registers an officer of the hospital who signs, with another, for patients who decide on paper.</summary>
    public Task AddOfficerAsync(PublicKey key, CancellationToken cancel) =>
        database.WriteAsync(Writer, transaction => ConsentStore.AddOfficerAsync(transaction, key, RecordTime.Write(clock.GetUtcNow())), cancel);

    /// <summary>Whether one of these keys is a registered officer's.</summary>
    public async Task<bool> IsOfficerAsync(IReadOnlyList<Hash32> keys, CancellationToken cancel) =>
        keys.Any((await database.ReadAsync(connection => ConsentStore.OfficersAsync(connection, null), cancel)).Contains);

    /// <summary>Records what patients signed, in order, in one durable step.</summary>
    public async Task<IReadOnlyList<DirectiveOutcome>> RecordAsync(IReadOnlyList<SignedRecord> signed, CancellationToken cancel)
    {
        var passkeys = options.Value.Passkeys;
        var verified = signed.AsParallel().AsOrdered().Select(record => new Came(record, record.OpenAll<Directive>(silo.Deployed, passkeys))).ToList();

        // Before the lock is taken, so that little is left to read while it is held.
        await CatchUpAsync(cancel);
        var now = clock.GetUtcNow();
        var (after, judged) = await database.WriteAsync(Writer, async transaction =>
        {
            var current = await ConsentStore.ReadNewAsync(transaction.Connection!, transaction, state);
            return await RecordAsync(transaction, current, verified, now);
        }, cancel);
        await KeepAsync(after);
        return Answer(judged, now);
    }

    /// <summary>Writes down a no that a signed-in patient or the hospital brings: a no needs no signature of hers, so the silo signs that it came.</summary>
    /// <returns>The outcome; null when nobody is enrolled under this name.</returns>
    public async Task<DirectiveOutcome?> DenyAsync(string subject, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        var now = clock.GetUtcNow();
        var judged = await database.WriteAsync(Writer, async transaction =>
        {
            var current = await ConsentStore.ReadNewAsync(transaction.Connection!, transaction, state);
            if (current.Patients.GetValueOrDefault(subject) is not { } consent)
            {
                return null;
            }

            var record = SignedRecord.Sign(
                new Directive(
                    silo.Deployed.ChainId, silo.Deployed.Contract, Nonce.New(), subject, silo.Register, consent.Sequence + 1, Directive.Deny, [], [], [], [],
                    RecordTime.Write(now), new ConsentText(Hash32.Of(""), "en", "0")),
                silo.Key);
            return (await RecordAsync(transaction, current, [new(record, record.OpenAll<Directive>(silo.Deployed, null))], now)).Judged;
        }, cancel);
        return judged is null ? null : Answer(judged, now)[0];
    }

    /// <summary>Records a change of who signs for a patient.</summary>
    /// <returns>Null, or field, value and what is allowed.</returns>
    public async Task<string?> ChangeKeysAsync(SignedRecord signed, CancellationToken cancel)
    {
        var opened = signed.OpenAll<KeyChange>(silo.Deployed, options.Value.Passkeys);
        await CatchUpAsync(cancel);
        var now = clock.GetUtcNow();
        return await database.WriteAsync(Writer, async transaction =>
        {
            var current = await ConsentStore.ReadNewAsync(transaction.Connection!, transaction, state);
            var subject = opened.Body?.Subject ?? "";
            var keys = await ConsentStore.KeysAsync(transaction.Connection!, transaction, subject);
            var officers = await ConsentStore.OfficersAsync(transaction.Connection!, transaction);
            var (byOfficers, refused) = JudgeKeyChange.Decide(
                opened, current.Patients.GetValueOrDefault(subject), keys?.Keys, keys?.Changes ?? 0, officers, new Judging(silo.Register, silo.Key.Id, current.Texts, now));
            if (refused is null)
            {
                await ConsentStore.InsertAsync(transaction, opened.Body!, signed, 1 + await ConsentStore.LastAsync(transaction), byOfficers, RecordTime.Write(now));
            }

            return refused;
        }, cancel);
    }

    /// <summary>Local ids of the dataset's patients whom the hospital has not enrolled, a page of 1,000 after the given id.</summary>
    public async Task<PatientPage> UnenrolledAsync(string dataset, string? after, CancellationToken cancel)
    {
        const int Page = 1000;
        var patients = (await database.ReadAsync(connection => connection.QueryAsync<string>(
            """
            SELECT DISTINCT r.patient FROM records r LEFT JOIN enrolments e ON e.patient = r.patient
            WHERE r.dataset = @dataset AND r.to_version IS NULL AND e.patient IS NULL AND r.patient > @after
            ORDER BY r.patient LIMIT @Page
            """,
            new { dataset, after = after ?? "", Page }), cancel)).ToList();
        return new PatientPage(patients, patients.Count == Page ? patients[^1] : null);
    }

    /// <summary>What the register holds of a patient now: for her page and for the number of her next directive. Null when nobody is enrolled under this name.</summary>
    public async Task<ConsentStanding?> StandingAsync(string subject, CancellationToken cancel)
    {
        var current = await CatchUpAsync(cancel);
        if (current.Patients.GetValueOrDefault(subject) is not { } consent)
        {
            return null;
        }

        var (keys, changes) = (await database.ReadAsync(connection => ConsentStore.KeysAsync(connection, null, subject), cancel))!.Value;
        var now = clock.GetUtcNow();
        return new ConsentStanding(
            silo.Register.ToString(),
            consent.Sequence + 1,
            changes + 1,
            consent.Newest?.Silo == silo.Register ? consent.Newest.Decision : null,
            consent.Newest is { } newest && newest.Silo != silo.Register ? "moved" : current.AsksAnew(consent, now),
            keys.Needed,
            [.. keys.Holders.Select(holder => new StandingHolder(holder.Key.Thumbprint().ToString(), holder.Role, holder.Until))],
            [.. current.Texts.Current.Select(text => new StandingText(text.Hash.ToString(), text.Language, text.Version, text.Words))]);
    }

    /// <summary>The register as it stands now, read anew from the database.</summary>
    public async Task<ConsentState> CatchUpAsync(CancellationToken cancel)
    {
        await memory.WaitAsync(cancel);
        try
        {
            state = await database.ReadAsync(connection => ConsentStore.ReadNewAsync(connection, null, state), cancel);
            return state;
        }
        finally
        {
            memory.Release();
        }
    }

    /// <summary>Keeps what a step has made, so that it need not be read again; not where another has read further meanwhile. It is recorded by then: a caller who hangs up stops nothing.</summary>
    private async Task KeepAsync(ConsentState after)
    {
        await memory.WaitAsync(CancellationToken.None);
        state = after.Recorded > state.Recorded && after.Enrolled >= state.Enrolled ? after : state;
        memory.Release();
    }

    /// <summary>Judges in order and writes what is recorded: a statement each for all keys, nonces and rows.</summary>
    private async Task<(ConsentState State, IReadOnlyList<(Came Came, string? Refusal)> Judged)> RecordAsync(
        DbTransaction transaction, ConsentState current, IReadOnlyList<Came> signed, DateTimeOffset now)
    {
        var judging = new Judging(silo.Register, silo.Key.Id, current.Texts, now);
        var bodies = signed.Select(one => one.Opened.Body).OfType<Directive>().ToList();
        var keys = await ConsentStore.KeysAsync(transaction.Connection!, transaction, [.. bodies.Select(body => body.Subject).Distinct(StringComparer.Ordinal)]);
        var used = await ConsentStore.UsedNoncesAsync(transaction, bodies);
        var judged = new List<(Came, string?)>();
        var rows = new List<DirectiveRow>();
        foreach (var came in signed)
        {
            var subject = came.Opened.Body?.Subject ?? "";
            var known = keys.TryGetValue(subject, out var found) ? found.Keys : null;
            var refusal = JudgeDirective.Refusal(came.Opened, current.Patients.GetValueOrDefault(subject), known, judging)
                ?? (used.Add((subject, came.Opened.Body!.Nonce)) ? null : $"nonce: '{came.Opened.Body!.Nonce}' was used before by this patient; allowed is a new one");
            judged.Add((came, refusal));
            if (refusal is null)
            {
                var directive = came.Opened.Body!;
                var lapses = directive.Decision == Directive.Permit ? known!.LapseOf(came.Opened.Signers) : null;
                rows.Add(new DirectiveRow(1 + current.Recorded, directive, came.Record, lapses));
                current = current.With([], [new RegisterEvent.Decided(1 + current.Recorded, subject, directive.Sequence, came.Record.Hash(), directive, lapses)]);
            }
        }

        await ConsentStore.InsertAsync(transaction, rows, RecordTime.Write(now));
        return (current, judged);
    }

    /// <summary>What each sender is told: a signed receipt, or why nothing was recorded.</summary>
    private List<DirectiveOutcome> Answer(IReadOnlyList<(Came Came, string? Refusal)> judged, DateTimeOffset now) =>
        [.. judged.AsParallel().AsOrdered().Select(one => one.Refusal is { } refusal
            ? new DirectiveOutcome(false, refusal)
            : new DirectiveOutcome(true, null, JsonSerializer.SerializeToElement(
                SignedRecord.Sign(ConsentReceipt.Of(silo.Deployed, silo.Name, silo.Origin, one.Came.Record, RecordTime.Write(now)), silo.Key), CanonicalJson.Options)))];

    private static bool IsEnrolledWith(ConsentState current, PatientKeys patient) =>
        current.SubjectOf.TryGetValue(patient.Patient, out var subject) && current.Patients[subject].Enrolled.KeyId == ConsentStore.NameOf(subject, patient.Keys);

    public void Dispose() => memory.Dispose();

    /// <summary>What a sender brought, and what opening it gave.</summary>
    private sealed record Came(SignedRecord Record, VerifiedByAll<Directive> Opened);
}
