using System.Data.Common;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Permits;

/// <summary>A permit document as it was issued.</summary>
/// <param name="Document">Its canonical bytes as text: they hash to the id.</param>
internal sealed record IssuedPermit(string Id, string Application, string Document, string Issued, string Applicant, string Title);

/// <summary>Keeps permit documents, which silos have received them, and votes on their suspension, resumption and revocation.</summary>
internal sealed class PermitStore(Database database, TimeProvider clock)
{
    private const string Select = "SELECT p.id, p.application, p.document, p.issued, a.applicant, a.title FROM permits p JOIN applications a ON a.id = p.application";

    /// <summary>Keeps an issued permit in the transaction that approves its application.</summary>
    /// <param name="people">Whose keys it names.</param>
    public async Task AddAsync(
        DbTransaction within, string id, string application, string document, IEnumerable<string> silos, IEnumerable<(string Account, Hash32 Key)> people, string? transaction)
    {
        await within.Connection!.ExecuteAsync(
            "INSERT INTO permits (id, application, document, issued, transaction_hash) VALUES (@id, @application, @document, @now, @transaction)",
            new { id, application, document, now = RecordTime.Write(clock.GetUtcNow()), transaction }, within);
        foreach (var silo in silos)
        {
            await within.Connection!.ExecuteAsync("INSERT INTO permit_deliveries (permit, silo) VALUES (@id, @silo)", new { id, silo }, within);
        }

        foreach (var (account, key) in people)
        {
            await within.Connection!.ExecuteAsync("INSERT INTO permit_people (permit, key_id, account) VALUES (@id, @key, @account)", new { id, key = key.ToString(), account }, within);
        }
    }

    public Task<IssuedPermit?> FindAsync(string id) => database.ReadAsync(async connection => (await FindAsync(connection, [id])).GetValueOrDefault(id));

    /// <summary>Those of these permits that exist, by id.</summary>
    public static async Task<IReadOnlyDictionary<string, IssuedPermit>> FindAsync(DbConnection connection, IEnumerable<string> ids)
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "permit", ids.Distinct());
        return (await connection.QueryAsync<IssuedPermit>($"{Select} WHERE p.id IN {list}", parameters)).ToDictionary(permit => permit.Id);
    }

    /// <summary>Permits that the caller works under, or all of them for the board, custodians and auditors; newest first.</summary>
    public Task<IReadOnlyList<IssuedPermit>> ListAsync(Caller caller) => database.ReadAsync<IReadOnlyList<IssuedPermit>>(async connection =>
        [.. await connection.QueryAsync<IssuedPermit>(
            SeesAll(caller)
                ? $"{Select} ORDER BY p.issued DESC"
                : $"{Select} WHERE a.applicant = @account OR a.id IN (SELECT application FROM application_team WHERE account = @account) ORDER BY p.issued DESC",
            new { account = caller.Id })]);

    /// <summary>Every permit, newest first.</summary>
    public Task<IReadOnlyList<IssuedPermit>> AllAsync() => database.ReadAsync<IReadOnlyList<IssuedPermit>>(async connection =>
        [.. await connection.QueryAsync<IssuedPermit>($"{Select} ORDER BY p.issued DESC")]);

    public static bool SeesAll(Caller caller) => caller.Is(Role.CommitteeMember) || caller.Is(Role.Chair) || caller.Is(Role.Auditor) || caller.Is(Role.Custodian) || caller.Is(Role.OutputChecker);

    public Task MarkDeliveredAsync(string permit, string silo) => database.WriteAsync("applications", within => within.Connection!.ExecuteAsync(
        "UPDATE permit_deliveries SET delivered = @now WHERE permit = @permit AND silo = @silo", new { permit, silo, now = RecordTime.Write(clock.GetUtcNow()) }, within));

    public Task<IReadOnlyList<string>> DeliveredAsync(string permit) => database.ReadAsync<IReadOnlyList<string>>(async connection =>
        [.. await connection.QueryAsync<string>("SELECT silo FROM permit_deliveries WHERE permit = @permit AND delivered IS NOT NULL ORDER BY silo", new { permit })]);

    /// <summary>Votes on acts upon the permit after it was issued.</summary>
    public Task<IReadOnlyList<VoteView>> VotesAsync(string permit) => database.ReadAsync<IReadOnlyList<VoteView>>(async connection =>
        [.. await connection.QueryAsync<VoteView>(
            "SELECT member AS Member, act AS Act, decision AS Decision, time AS Time, transaction_hash AS \"Transaction\" FROM permit_votes WHERE permit = @permit ORDER BY time", new { permit })]);

    /// <summary>Keeps a vote that stands on the chain; keeping it twice is once.</summary>
    public static Task AddVoteAsync(DbTransaction within, string permit, string act, Vote vote, string? transaction, string time) => within.Connection!.ExecuteAsync(
        """
        INSERT INTO permit_votes (permit, act, member, subject, decision, time, transaction_hash)
        VALUES (@permit, @act, @member, @subject, @decision, @time, @transaction) ON CONFLICT (subject, member) DO NOTHING
        """,
        new { permit, act, member = vote.Member.ToString(), subject = vote.Subject.ToString(), decision = vote.Decision, time, transaction }, within);
}
