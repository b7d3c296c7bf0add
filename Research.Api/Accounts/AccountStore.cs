using System.Data.Common;
using Dapper;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Accounts;

/// <summary>What is kept about accounts beside Identity's own tables: member keys, patients' links, invitations.</summary>
internal sealed class AccountStore(Database database, TimeProvider clock)
{
    private const string Writer = "accounts";
    private const int MostTogether = 256;
    private readonly Together<string, Held?> callers = new(MostTogether, clock, ids => database.ReadAsync(connection => FindAsync(connection, ids)));

    /// <summary>An account, and what decides whether its holder may still call.</summary>
    private sealed record Held(Caller Caller, string? Stamp, object? LockoutEnd);

    /// <summary>The account as it stands now, if it exists, is not locked, and its security stamp is still this one (null: not asked). It is read after it was asked for, once for all who ask for it together.</summary>
    public async Task<Caller?> FindCallerAsync(string id, string? stamp, CancellationToken cancel) =>
        await callers.AskAsync(id, cancel) is { } found && (stamp is null || stamp == found.Stamp) && !IsLocked(found.LockoutEnd) ? found.Caller : null;

    /// <summary>Id and name of the account with this e-mail address.</summary>
    public Task<(string Id, string Name)?> FindByEmailAsync(string email) => database.ReadAsync(async connection =>
    {
        var found = await connection.QuerySingleOrDefaultAsync<(string? Id, string? Name)>(
            """SELECT "Id", "Name" FROM accounts WHERE "NormalizedEmail" = @email""", new { email = email.ToUpperInvariant() });
        return found.Id is null ? ((string, string)?)null : (found.Id, found.Name!);
    });

    public Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> accounts) => database.ReadAsync<IReadOnlyDictionary<string, string>>(async connection =>
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "account", accounts.Distinct());
        var names = await connection.QueryAsync<(string Id, string Name)>($"""SELECT "Id", "Name" FROM accounts WHERE "Id" IN {list}""", parameters);
        return names.ToDictionary(pair => pair.Id, pair => pair.Name);
    });

    public Task<Hash32?> MemberKeyAsync(string account) => database.ReadAsync(async connection =>
        Hash32.TryParse(await connection.QuerySingleOrDefaultAsync<string>("SELECT key_id FROM member_keys WHERE account = @account", new { account }), out var key) ? key : (Hash32?)null);

    /// <summary>Links the account to a board member's key; a key belongs to one account.</summary>
    public Task<Refusal?> LinkMemberKeyAsync(string account, Hash32 keyId, Jwk key) => database.WriteAsync(Writer, async transaction =>
    {
        var connection = transaction.Connection!;
        var holder = await connection.QuerySingleOrDefaultAsync<string>("SELECT account FROM member_keys WHERE key_id = @keyId", new { keyId = keyId.ToString() }, transaction);
        if (holder is not null && holder != account)
        {
            return Refusal.Conflict("This key is linked to another account.");
        }

        await connection.ExecuteAsync(
            """
            INSERT INTO member_keys (account, key_id, key_jwk, linked) VALUES (@account, @keyId, @jwk, @now)
            ON CONFLICT (account) DO UPDATE SET key_id = excluded.key_id, key_jwk = excluded.key_jwk, linked = excluded.linked
            """,
            new { account, keyId = keyId.ToString(), jwk = System.Text.Json.JsonSerializer.Serialize(key, CanonicalJson.Options), now = Now() }, transaction);
        return null;
    });

    /// <summary>Keeps the hash of a new code, which is good once, for 30 days.</summary>
    public async Task<Invitation> InviteAsync(string custodian, string silo, string subject)
    {
        var code = Nonce.New();
        var expires = RecordTime.Write(clock.GetUtcNow().AddDays(30));
        await database.WriteAsync(Writer, transaction => transaction.Connection!.ExecuteAsync(
            "INSERT INTO invitations (code_hash, silo, subject, invited_by, expires) VALUES (@hash, @silo, @subject, @custodian, @expires)",
            new { hash = Hash32.Of(code).ToString(), silo, subject, custodian, expires }, transaction));
        return new Invitation(code, expires);
    }

    /// <summary>Takes up an invitation: the account is the enrolled patient's from now on.</summary>
    public Task<Refusal?> TakeInvitationAsync(string account, string code) => database.WriteAsync(Writer, async transaction =>
    {
        var connection = transaction.Connection!;
        var hash = Hash32.Of(code).ToString();
        var found = await connection.QuerySingleOrDefaultAsync<(string? Silo, string? Subject, string? Expires, string? TakenBy)>(
            "SELECT silo, subject, expires, taken_by FROM invitations WHERE code_hash = @hash", new { hash }, transaction);
        if (found.Silo is null || found.TakenBy is not null || string.CompareOrdinal(found.Expires, Now()) < 0)
        {
            return new Refusal("bad-invitation", 422, "code: this invitation is unknown, used or expired; ask the hospital for a new one.");
        }

        var clash = await connection.QuerySingleAsync<int>(
            "SELECT count(*) FROM patient_links WHERE (account = @account AND silo = @Silo) OR (silo = @Silo AND subject = @Subject)", new { account, found.Silo, found.Subject }, transaction);
        if (clash > 0)
        {
            return Refusal.Conflict("This account, or this enrolment, is linked already.");
        }

        await connection.ExecuteAsync("UPDATE invitations SET taken_by = @account WHERE code_hash = @hash", new { account, hash }, transaction);
        await connection.ExecuteAsync(
            "INSERT INTO patient_links (account, silo, subject, linked) VALUES (@account, @Silo, @Subject, @now)", new { account, found.Silo, found.Subject, now = Now() }, transaction);
        return null;
    });

    /// <summary>Register id and subject of each enrolment that the account is linked to.</summary>
    public Task<IReadOnlyList<(string Silo, string Subject)>> LinksAsync(string account) => database.ReadAsync<IReadOnlyList<(string, string)>>(async connection =>
        [.. await connection.QueryAsync<(string, string)>("SELECT silo, subject FROM patient_links WHERE account = @account ORDER BY linked", new { account })]);

    private static async Task<IReadOnlyList<Held?>> FindAsync(DbConnection connection, IReadOnlyList<string> ids)
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "account", ids.Distinct());
        await using var read = await connection.QueryMultipleAsync(
            $"""
            SELECT "Id", "Email", "Name", "Institution", "Kind", "SecurityStamp", "LockoutEnd" FROM accounts WHERE "Id" IN {list};
            SELECT a."UserId", r."Name" FROM account_roles a JOIN roles r ON r."Id" = a."RoleId" WHERE a."UserId" IN {list}
            """,
            parameters);
        var accounts = await read.ReadAsync<(string Id, string Email, string Name, string? Institution, string? Kind, string? Stamp, object? LockoutEnd)>();
        var roles = (await read.ReadAsync<(string Account, string Role)>()).ToLookup(one => one.Account, one => one.Role);
        var found = accounts.ToDictionary(one => one.Id, one => new Held(new Caller(one.Id, one.Email, one.Name, one.Institution, one.Kind, roles[one.Id].ToHashSet()), one.Stamp, one.LockoutEnd));
        return [.. ids.Select(found.GetValueOrDefault)];
    }

    private string Now() => RecordTime.Write(clock.GetUtcNow());

    private bool IsLocked(object? lockoutEnd) => lockoutEnd switch
    {
        null or DBNull => false,
        DateTimeOffset end => end > clock.GetUtcNow(),
        DateTime end => new DateTimeOffset(DateTime.SpecifyKind(end, DateTimeKind.Utc)) > clock.GetUtcNow(),
        string text => DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var end) && end > clock.GetUtcNow(),
        _ => true,
    };
}
