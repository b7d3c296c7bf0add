using System.Net;
using System.Text.Json;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Storage;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>On an SQLite file.</summary>
public sealed class KeysTests : KeysCases
{
    protected override Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresKeysTests(Postgres postgres) : KeysCases
{
    protected override async Task<string?> ConnectionStringAsync() => await postgres.NewDatabaseAsync();
}

/// <summary>P4, P6, P7, P14: who signs for a patient, and what stays when that changes.</summary>
public abstract class KeysCases : IAsyncLifetime
{
    private readonly SigningKey patient = SigningKey.Create();
    private readonly SigningKey mother = SigningKey.Create();
    private readonly SigningKey father = SigningKey.Create();
    private readonly SigningKey other = SigningKey.Create();
    private ConsentDesk desk = null!;

    protected abstract Task<string?> ConnectionStringAsync();

    public async ValueTask InitializeAsync() => desk = await ConsentDesk.OpenAsync(connectionString: await ConnectionStringAsync());

    public async ValueTask DisposeAsync()
    {
        await desk.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Goal: only the enrolled key speaks, once, in order, for this register. Method: a true directive, then each fault alone.</summary>
    [Fact]
    public async Task A_directive_is_recorded_once_from_the_enrolled_key_alone()
    {
        var subject = await desk.EnrolAsync("p", patient);
        var first = ConsentDesk.Sign(desk.Permit(subject, 1), patient);
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), other)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(first));
        Assert.True(await desk.IsInAsync("p"));
        Assert.Equal("sequence: 1; allowed is 2", await desk.RefusalAsync(first));
        Assert.Contains("was used before", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2) with { Nonce = CanonicalJson.Read<Directive>(first.Body).Nonce }, patient)), StringComparison.Ordinal);
        Assert.Contains("signature: ", await desk.RefusalAsync(first with { Body = CanonicalJson.ToJson(desk.Permit(subject, 2)) }), StringComparison.Ordinal);
        Assert.Contains("silo: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2) with { Silo = Hash32.Of("another") }, patient)), StringComparison.Ordinal);
        Assert.Contains("chainId", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2) with { ChainId = "1" }, patient)), StringComparison.Ordinal);
        Assert.Contains("not back-dated", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2) with { NotBefore = "2026-06-14T07:59:59.999Z" }, patient)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2) with { Decision = Directive.Deny }, patient)));
        Assert.False(await desk.IsInAsync("p"));
    }

    /// <summary>Goal: a passkey's signature counts only over this directive, with its user verified, for this hospital's page (WebAuthn Level 2, 7.2). Method: a soft authenticator's true assertion, then each part wrong.</summary>
    [Fact]
    public async Task A_passkey_signs_directives_on_the_hospitals_own_page_alone()
    {
        var subject = await desk.EnrolAsync("p", patient);
        var body = desk.Permit(subject, 1);
        Assert.Contains("origin", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, origin: "https://evil.example")), StringComparison.Ordinal);
        Assert.Contains("is not one of", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, host: "evil.example")), StringComparison.Ordinal);
        Assert.Contains("crossOrigin", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, more: "\"crossOrigin\":true")), StringComparison.Ordinal);
        Assert.Contains("signature: ", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, flags: 0x01)), StringComparison.Ordinal);
        Assert.Contains("signature: ", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, flags: 0x04)), StringComparison.Ordinal);
        Assert.Contains("signature: ", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient, challenge: Hash32.Random().ToString())), StringComparison.Ordinal);
        Assert.Contains("signature: ", await desk.RefusalAsync(ConsentDesk.Passkey(body, patient) with { AuthenticatorData = null }), StringComparison.Ordinal);
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Passkey(body, other)), StringComparison.Ordinal);
        Assert.False(await desk.IsInAsync("p"));
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Passkey(body, patient)));
        Assert.True(await desk.IsInAsync("p"));
    }

    /// <summary>Goal: m of n, and no fewer (P4). Method: two parents who must both sign: one alone, one twice, one and a stranger, both.</summary>
    [Fact]
    public async Task Two_of_two_guardians_must_sign()
    {
        var subject = await desk.EnrolAsync("child", new KeySet([Guardian(mother, "2030-01-01"), Guardian(father, "2030-01-01")], 2));
        Assert.Contains("2 of 2", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother)), StringComparison.Ordinal);
        Assert.Contains("signed twice", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother, mother)), StringComparison.Ordinal);
        Assert.Contains("2 of 2", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother, other)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother, father)));
        Assert.True(await desk.IsInAsync("child"));
    }

    /// <summary>Goal: a guardian's consent stops on the day of majority and is asked anew (P14). Method: a guardian permits; the clock goes to the day before and the day itself; then the guardian and the patient try.</summary>
    [Fact]
    public async Task A_guardians_permit_lapses_on_the_day_of_majority()
    {
        var subject = await desk.EnrolAsync("child", new KeySet([new(patient.Public.Jwk, KeyHolder.Patient), Guardian(mother, "2027-03-05")], 1));
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother)));
        desk.Clock.Now = new DateTimeOffset(2027, 3, 4, 23, 59, 59, TimeSpan.Zero);
        Assert.True(await desk.IsInAsync("child"));
        desk.Clock.Now = new DateTimeOffset(2027, 3, 5, 0, 0, 0, TimeSpan.Zero);
        Assert.False(await desk.IsInAsync("child"));
        Assert.Equal("majority", (await desk.StandingAsync(subject))!.AsksAnew);
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), mother)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), patient)));
        Assert.True(await desk.IsInAsync("child"));
        Assert.Null((await desk.StandingAsync(subject))!.AsksAnew);
    }

    /// <summary>Goal: on paper, two different officers of the hospital sign, and nobody who only says so. Method: unregistered, one, two.</summary>
    [Fact]
    public async Task Two_officers_sign_for_a_patient_on_paper()
    {
        var paper = new KeySet([new(mother.Public.Jwk, KeyHolder.Officer), new(father.Public.Jwk, KeyHolder.Officer)], 2);
        var unknown = await desk.PostAsync(SiloRoutes.Enrolments, new EnrolmentRequest([new PatientKey("p", Keys: ConsentDesk.Json(paper))]));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        await desk.AddOfficersAsync(mother, father);
        var one = await desk.PostAsync(SiloRoutes.Enrolments, new EnrolmentRequest([new PatientKey("p", Keys: ConsentDesk.Json(paper with { Needed = 1 }))]));
        Assert.Contains("one officer alone decides nothing", await one.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var subject = await desk.EnrolAsync("p", paper);
        var second = await desk.EnrolAsync("q", paper);
        Assert.NotEqual(subject, second);
        Assert.Contains("2 of 2", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), mother, father)));
        Assert.True(await desk.IsInAsync("p"));
    }

    /// <summary>Goal: a key changes by the old key's signature; the old one then signs nothing, and what it signed stays (P4, P6). Method: rotate, try the old key, read the history.</summary>
    [Fact]
    public async Task The_old_key_signs_the_new_one_and_nothing_after()
    {
        var subject = await desk.EnrolAsync("p", patient);
        var before = ConsentDesk.Sign(desk.Permit(subject, 1), patient);
        Assert.Null(await desk.RefusalAsync(before));
        var change = desk.Change(subject, 1, KeySet.Of(other.Public.Jwk));
        Assert.Contains("must be signed by 1 of the 1", await desk.ChangeAsync(ConsentDesk.Sign(change, other)), StringComparison.Ordinal);
        Assert.Contains("sequence: 2; allowed is 1", await desk.ChangeAsync(ConsentDesk.Sign(change with { Sequence = 2 }, patient)), StringComparison.Ordinal);
        Assert.Null(await desk.ChangeAsync(ConsentDesk.Sign(change, patient)));
        Assert.True(await desk.IsInAsync("p"));
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), patient)), StringComparison.Ordinal);
        Assert.Contains("must be signed", await desk.ChangeAsync(ConsentDesk.Sign(desk.Change(subject, 2, KeySet.Of(patient.Public.Jwk)), patient)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), other)));
        var history = await HistoryAsync(subject);
        Assert.Equal(3, history.Count);
        Assert.Equal(Written(before), Written(history[0]));
    }

    /// <summary>Goal: a recovery key brings in a new key and decides nothing itself; officers bring one in where all are lost, and then the patient is asked anew. Method: each in turn.</summary>
    [Fact]
    public async Task Lost_keys_are_replaced_by_a_recovery_key_or_by_two_officers()
    {
        var subject = await desk.EnrolAsync("p", new KeySet([new(patient.Public.Jwk, KeyHolder.Patient), new(mother.Public.Jwk, KeyHolder.Recovery)], 1));
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), patient)));
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), mother)), StringComparison.Ordinal);
        Assert.Null(await desk.ChangeAsync(ConsentDesk.Sign(desk.Change(subject, 1, KeySet.Of(other.Public.Jwk)), mother)));
        Assert.True(await desk.IsInAsync("p"));

        using var third = SigningKey.Create();
        await desk.AddOfficersAsync(mother, father);
        var lost = desk.Change(subject, 2, KeySet.Of(third.Public.Jwk));
        Assert.Contains("must be signed", await desk.ChangeAsync(ConsentDesk.Sign(lost, mother)), StringComparison.Ordinal);
        Assert.Null(await desk.ChangeAsync(ConsentDesk.Sign(lost, mother, father)));
        Assert.False(await desk.IsInAsync("p"));
        Assert.Equal("keys", (await desk.StandingAsync(subject))!.AsksAnew);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 2), third)));
        Assert.True(await desk.IsInAsync("p"));
    }

    /// <summary>Goal: the whole history, in order, never altered (P6). Method: change three times, withdraw, join again; after each step the older ones are byte-identical, also in a register read anew.</summary>
    [Fact]
    public async Task Five_decisions_stay_five_and_byte_identical()
    {
        var subject = await desk.EnrolAsync("p", patient);
        var signed = new List<string>();
        foreach (var decision in new[] { "permit", "permit", "permit", "deny", "permit" })
        {
            var record = ConsentDesk.Sign(desk.Permit(subject, signed.Count + 1) with { Decision = decision }, patient);
            Assert.Null(await desk.RefusalAsync(record));
            signed.Add(Written(record));
            Assert.Equal(signed, (await HistoryAsync(subject)).Select(Written));
            Assert.Equal(decision == "permit", await desk.IsInAsync("p"));
        }
    }

    /// <summary>Goal: a no binds without a signature, a yes never does (DESIGN, life of a consent). Method: deny by the signed-in patient's word; then a permit signed by the silo itself.</summary>
    [Fact]
    public async Task A_no_binds_without_a_signature_and_a_yes_never_does()
    {
        var subject = await desk.EnrolAsync("p", patient);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), patient)));
        Assert.True((await desk.PostAsync(SiloRoutes.Denials, new Denial(subject))).IsSuccessStatusCode);
        Assert.False(await desk.IsInAsync("p"));
        Assert.Contains("key: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 3), desk.Identity.Key)), StringComparison.Ordinal);
        Assert.Equal(3, (await desk.StandingAsync(subject))!.NextSequence);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.PostAsync(SiloRoutes.Denials, new Denial("nobody"))).StatusCode);
    }

    /// <summary>Goal: a material change of the text asks anew, a minor edit does not, and only a published text is signed (P7). Method: publish 1, 1.1 and 2 and look who is in.</summary>
    [Fact]
    public async Task Only_a_material_change_of_the_text_asks_anew()
    {
        var subject = await desk.EnrolAsync("p", patient);
        await PublishAsync("1", "the words");
        Assert.Contains("text: ", await desk.RefusalAsync(ConsentDesk.Sign(desk.Permit(subject, 1), patient)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(Under(desk.Permit(subject, 1), "the words", "en", "1"), patient)));
        Assert.Contains("text: ", await desk.RefusalAsync(ConsentDesk.Sign(Under(desk.Permit(subject, 2), "the words", "fr", "1"), patient)), StringComparison.Ordinal);
        await PublishAsync("1.1", "the word, corrected");
        Assert.True(await desk.IsInAsync("p"));
        Assert.Null((await desk.StandingAsync(subject))!.AsksAnew);
        await PublishAsync("2", "other words");
        Assert.False(await desk.IsInAsync("p"));
        Assert.Equal("text", (await desk.StandingAsync(subject))!.AsksAnew);
        Assert.Contains("text: ", await desk.RefusalAsync(ConsentDesk.Sign(Under(desk.Permit(subject, 2), "the words", "en", "1"), patient)), StringComparison.Ordinal);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(Under(desk.Permit(subject, 2), "other words", "en", "2"), patient)));
        Assert.True(await desk.IsInAsync("p"));
        Assert.Equal(HttpStatusCode.BadRequest, (await desk.PostAsync(SiloRoutes.ConsentTexts, new TextPublication("1.2", new Dictionary<string, string> { ["en"] = "older" }))).StatusCode);
    }

    private static Directive Under(Directive directive, string words, string language, string version) => directive with { Text = new ConsentText(Hash32.Of(words), language, version) };

    private async Task PublishAsync(string version, string words) =>
        (await desk.PostAsync(SiloRoutes.ConsentTexts, new TextPublication(version, new Dictionary<string, string> { ["en"] = words }))).EnsureSuccessStatusCode();

    private static KeyHolder Guardian(SigningKey key, string until) => new(key.Public.Jwk, KeyHolder.Guardian, until);

    private async Task<IReadOnlyList<SignedRecord>> HistoryAsync(string subject) =>
        [.. (await desk.Log.Database.ReadAsync(connection => Silos.Consents.ConsentStore.HistoryAsync(connection, subject))).Select(one => one.Record)];

    private static string Written(SignedRecord record) => JsonSerializer.Serialize(record, CanonicalJson.Options);
}
