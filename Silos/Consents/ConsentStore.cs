using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>A directive that is recorded.</summary>
/// <param name="Recorded">Its number in the register.</param>
internal sealed record DirectiveRow(long Recorded, Directive Directive, SignedRecord Record, DateOnly? Lapses);

/// <summary>The register's rows. Writing happens inside a step of <see cref="ConsentRegister.Writer"/>; nothing recorded is altered, until it is erased.</summary>
internal static class ConsentStore
{
    /// <summary>What happened after the register as it is known, and who was enrolled since: one request to the database, for it is asked before and after everything else.</summary>
    public static async Task<ConsentState> ReadNewAsync(DbConnection connection, DbTransaction? within, ConsentState known)
    {
        // Events first: whoever they are about was enrolled before, and is read after.
        await using var found = await connection.QueryMultipleAsync(
            """
            SELECT recorded, subject, sequence, signed, lapses FROM directives WHERE recorded > @Recorded;
            SELECT recorded, subject, by_officers FROM consent_key_changes WHERE recorded > @Recorded;
            SELECT recorded, subject FROM consent_erasures WHERE recorded > @Recorded;
            SELECT subject, patient, key_id, salt, enrolled FROM enrolments WHERE enrolled > @Enrolled AND salt <> '' ORDER BY enrolled;
            SELECT COUNT(*) FROM consent_texts
            """,
            new { known.Recorded, known.Enrolled }, within);
        var directives = await found.ReadAsync<(long Recorded, string Subject, int Sequence, string Signed, string? Lapses)>();
        var changes = await found.ReadAsync<(long Recorded, string Subject, int ByOfficers)>();
        var erasures = await found.ReadAsync<(long Recorded, string Subject)>();
        var patients = await found.ReadAsync<(string Subject, string Patient, string KeyId, string Salt, long Enrolled)>();
        var published = await found.ReadSingleAsync<long>();
        var events = directives.Select(row => (RegisterEvent)Decided(row.Recorded, row.Subject, row.Sequence, row.Signed, DirectiveRules.Day(row.Lapses)))
            .Concat(changes.Select(row => new RegisterEvent.KeysChanged(row.Recorded, row.Subject, row.ByOfficers != 0)))
            .Concat(erasures.Select(row => new RegisterEvent.Erased(row.Recorded, row.Subject)))
            .OrderBy(happened => happened.Recorded).ToList();
        var state = published == known.Texts.All.Count ? known : known with { Texts = await TextsAsync(connection, within) };
        return state.With(patients.Select(row => (new EnrolledPatient(row.Subject, row.Patient, Hash32.Parse(row.KeyId), Hash32.Parse(row.Salt)), row.Enrolled)), events);
    }

    /// <summary>The number of the register's last event.</summary>
    public static Task<long> LastAsync(DbTransaction within) => within.Connection!.QuerySingleAsync<long>(
        """
        SELECT COALESCE(MAX(n), 0) FROM (
            SELECT MAX(recorded) AS n FROM directives UNION ALL SELECT MAX(recorded) FROM consent_key_changes UNION ALL SELECT MAX(recorded) FROM consent_erasures) AS numbers
        """,
        transaction: within);

    /// <returns>Those of the directives' nonces that their patients used before.</returns>
    public static async Task<HashSet<(string Subject, string Nonce)>> UsedNoncesAsync(DbTransaction within, IReadOnlyList<Directive> directives) =>
        [.. await Rows.ReadAsync(
            within.Connection!, within, "SELECT subject, nonce FROM directives WHERE (subject, nonce) IN (",
            [.. directives.Select(directive => new object?[] { directive.Subject, directive.Nonce })], ")", row => (row.GetString(0), row.GetString(1)))];

    /// <summary>Who may sign for the subject now, and the number of the change that made it so; null for somebody who is not enrolled.</summary>
    public static async Task<(KeySet Keys, int Changes)?> KeysAsync(DbConnection connection, DbTransaction? within, string subject) =>
        (await KeysAsync(connection, within, [subject])).TryGetValue(subject, out var keys) ? keys : null;

    /// <summary>The same for many; who is not enrolled is not in it.</summary>
    public static async Task<IReadOnlyDictionary<string, (KeySet Keys, int Changes)>> KeysAsync(DbConnection connection, DbTransaction? within, IReadOnlyCollection<string> subjects)
    {
        IReadOnlyCollection<object?[]> wanted = [.. subjects.Select(subject => new object?[] { subject })];
        var first = await Rows.ReadAsync(
            connection, within, "SELECT subject, key_json FROM enrolments WHERE key_json <> '' AND subject IN (", wanted, ")", row => (Subject: row.GetString(0), Json: row.GetString(1)));
        var keys = first.ToDictionary(row => row.Subject, row => (ReadKeys(row.Json), 0), StringComparer.Ordinal);
        var changes = await Rows.ReadAsync(
            connection, within, "SELECT subject, signed, sequence FROM consent_key_changes WHERE signed <> '' AND subject IN (", wanted, ") ORDER BY sequence",
            row => (Subject: row.GetString(0), Signed: row.GetString(1), Sequence: row.GetInt32(2)));
        foreach (var last in changes.GroupBy(row => row.Subject, StringComparer.Ordinal).Select(group => group.Last()))
        {
            keys[last.Subject] = (CanonicalJson.Read<KeyChange>(ReadRecord(last.Signed).Body).Keys, last.Sequence);
        }

        return keys;
    }

    public static async Task<IReadOnlySet<Hash32>> OfficersAsync(DbConnection connection, DbTransaction? within) =>
        (await connection.QueryAsync<string>("SELECT key_id FROM consent_officers", transaction: within)).Select(Hash32.Parse).ToHashSet();

    public static Task AddOfficerAsync(DbTransaction within, PublicKey key, string now) => within.Connection!.ExecuteAsync(
        "INSERT INTO consent_officers (key_id, key_json, registered_at) VALUES (@id, @json, @now) ON CONFLICT DO NOTHING",
        new { id = key.Id.ToString(), json = JsonSerializer.Serialize(key.Jwk, CanonicalJson.Options), now },
        within);

    /// <param name="enrolled">Number of the enrolment.</param>
    public static Task<int> EnrolAsync(DbTransaction within, string subject, string patient, KeySet keys, long enrolled, string now) => within.Connection!.ExecuteAsync(
        """
        INSERT INTO enrolments (subject, patient, key_id, key_json, salt, enrolled, enrolled_at)
        VALUES (@subject, @patient, @keyId, @keyJson, @salt, @enrolled, @now) ON CONFLICT DO NOTHING
        """,
        new
        {
            subject,
            patient,
            keyId = NameOf(subject, keys).ToString(),
            keyJson = JsonSerializer.Serialize(keys, CanonicalJson.Options),
            salt = Hash32.Random().ToString(),
            enrolled,
            now,
        },
        within);

    public static async Task<long> LastEnrolmentAsync(DbTransaction within) =>
        await within.Connection!.ExecuteScalarAsync<long?>("SELECT MAX(enrolled) FROM enrolments", transaction: within) ?? 0;

    /// <summary>The name of a patient's first keys: the thumbprint of one, or a hash of several, who may be keys of other patients too.</summary>
    public static Hash32 NameOf(string subject, KeySet keys) =>
        keys is { Holders: [{ Role: KeyHolder.Patient } one] } ? one.Key.Thumbprint() : Commitment.Of(CanonicalJson.Hash(keys), Hash32.Of(subject));

    public static Task InsertAsync(DbTransaction within, IReadOnlyCollection<DirectiveRow> directives, string now) => Rows.WriteAsync(
        within,
        "INSERT INTO directives (recorded, subject, sequence, nonce, signed, received_at, lapses)",
        [.. directives.Select(row => new object?[]
        {
            row.Recorded, row.Directive.Subject, row.Directive.Sequence, row.Directive.Nonce, Written(row.Record), now, row.Lapses?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        })]);

    public static Task InsertAsync(DbTransaction within, KeyChange change, SignedRecord record, long recorded, bool byOfficers, string now) => within.Connection!.ExecuteAsync(
        """
        INSERT INTO consent_key_changes (recorded, subject, sequence, by_officers, signed, received_at)
        VALUES (@recorded, @Subject, @Sequence, @byOfficers, @signed, @now)
        """,
        new { recorded, change.Subject, change.Sequence, byOfficers = byOfficers ? 1 : 0, signed = Written(record), now },
        within);

    public static async Task<PublishedTexts> TextsAsync(DbConnection connection, DbTransaction? within) =>
        new([.. (await connection.QueryAsync<(string Hash, string Language, string Version, string Words, string PublishedAt)>(
            "SELECT hash, language, version, words, published_at FROM consent_texts ORDER BY published", transaction: within))
            .Select(row => new PublishedText(Hash32.Parse(row.Hash), row.Language, row.Version, row.Words, row.PublishedAt))]);

    public static async Task PublishAsync(DbTransaction within, PublishedText text) => await within.Connection!.ExecuteAsync(
        """
        INSERT INTO consent_texts (published, hash, language, version, words, published_at)
        VALUES ((SELECT COALESCE(MAX(published), 0) + 1 FROM consent_texts), @hash, @Language, @Version, @Words, @PublishedAt)
        """,
        new { hash = text.Hash.ToString(), text.Language, text.Version, text.Words, text.PublishedAt },
        within);

    /// <summary>Keeps the commitments that stood for the subject in earlier snapshots, so that others' proofs in them still hold when her salt is gone.</summary>
    /// <returns>False when nobody is enrolled under this name.</returns>
    public static async Task<bool> KeepLeavesAsync(DbTransaction within, string subject, long until)
    {
        var connection = within.Connection!;
        var written = await connection.QuerySingleOrDefaultAsync<string>("SELECT salt FROM enrolments WHERE subject = @subject AND salt <> ''", new { subject }, within);
        if (written is null)
        {
            return false;
        }

        var salt = Hash32.Parse(written);
        var name = Commitment.Of(Hash32.Of(subject), salt).ToString();
        var directives = await connection.QueryAsync<(long Recorded, string Signed)>("SELECT recorded, signed FROM directives WHERE subject = @subject", new { subject }, within);
        foreach (var (recorded, signed) in directives)
        {
            await connection.ExecuteAsync(
                "INSERT INTO consent_erased_leaves (recorded, until, name, value) VALUES (@recorded, @until, @name, @value)",
                new { recorded, until, name, value = Commitment.Of(ContentOf(signed), salt).ToString() },
                within);
        }

        return true;
    }

    public static Task RecordReadAsync(DbTransaction within, string subject, long seq, string now) => within.Connection!.ExecuteAsync(
        "INSERT INTO consent_reads (seq, subject, read_at) VALUES (@seq, @subject, @now)", new { seq, subject, now }, within);

    /// <summary>Hash of what was signed, to which snapshots commit; of the row itself where that cannot be read.</summary>
    public static Hash32 ContentOf(string signed)
    {
        try
        {
            return ReadRecord(signed).Hash();
        }
        catch (Exception bad) when (bad is JsonException or FormatException or ArgumentException)
        {
            return Hash32.Of(signed);
        }
    }

    /// <summary>Destroys the patient's salt and keys and what she signed. What the log and the chain hold of her means nothing any more.</summary>
    public static async Task EraseAsync(DbTransaction within, string subject, long recorded, long seq, string now)
    {
        var connection = within.Connection!;
        var gone = new { subject, erased = "erased:" + subject };
        await connection.ExecuteAsync("UPDATE directives SET signed = '', nonce = 'erased:' || CAST(recorded AS TEXT) WHERE subject = @subject", gone, within);
        await connection.ExecuteAsync("UPDATE consent_key_changes SET signed = '' WHERE subject = @subject", gone, within);
        await connection.ExecuteAsync("UPDATE enrolments SET patient = @erased, key_id = @erased, key_json = '', salt = '' WHERE subject = @subject", gone, within);
        await connection.ExecuteAsync("DELETE FROM consent_reads WHERE subject = @subject", gone, within);
        await connection.ExecuteAsync(
            "INSERT INTO consent_erasures (recorded, subject, seq, erased_at) VALUES (@recorded, @subject, @seq, @now)", new { recorded, subject, seq, now }, within);
    }

    /// <summary>All that was signed by or for a subject, oldest first, byte for byte as it came.</summary>
    public static async Task<IReadOnlyList<(SignedRecord Record, string ReceivedAt, bool ByOfficers)>> HistoryAsync(DbConnection connection, string subject) =>
        [.. (await connection.QueryAsync<(long Recorded, string Signed, string ReceivedAt, int ByOfficers)>(
            """
            SELECT recorded, signed, received_at, 0 FROM directives WHERE subject = @subject AND signed <> ''
            UNION ALL SELECT recorded, signed, received_at, by_officers FROM consent_key_changes WHERE subject = @subject AND signed <> ''
            ORDER BY 1
            """,
            new { subject })).Select(row => (ReadRecord(row.Signed), row.ReceivedAt, row.ByOfficers != 0))];

    /// <summary>The keys with which the subject was enrolled, and when.</summary>
    public static async Task<(KeySet Keys, string EnrolledAt)?> EnrolmentAsync(DbConnection connection, string subject)
    {
        var row = await connection.QuerySingleOrDefaultAsync<(string? Keys, string? At)>(
            "SELECT key_json, enrolled_at FROM enrolments WHERE subject = @subject AND key_json <> ''", new { subject });
        return row.Keys is null ? null : (ReadKeys(row.Keys), row.At!);
    }

    public static KeySet ReadKeys(string json) => JsonNode.Parse(json) is JsonObject keys && keys.ContainsKey("holders")
        ? CanonicalJson.Read<KeySet>(keys)
        : KeySet.Of(JsonSerializer.Deserialize<Jwk>(json, CanonicalJson.Options)!);

    public static SignedRecord ReadRecord(string json) => JsonSerializer.Deserialize<SignedRecord>(json, CanonicalJson.Options)!;

    private static string Written(SignedRecord record) => JsonSerializer.Serialize(record, CanonicalJson.Options);

    /// <summary>A row that cannot be read is a no, and does not keep the others from being read.</summary>
    private static RegisterEvent.Decided Decided(long recorded, string subject, int sequence, string signed, DateOnly? lapses)
    {
        try
        {
            return new RegisterEvent.Decided(recorded, subject, sequence, ContentOf(signed), ConsentMatch.Read(ReadRecord(signed).Body), lapses);
        }
        catch (Exception bad) when (bad is JsonException or FormatException or ArgumentException)
        {
            return new RegisterEvent.Decided(recorded, subject, sequence, ContentOf(signed), null, lapses);
        }
    }
}
