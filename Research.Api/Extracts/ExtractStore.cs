using System.Data.Common;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Queries;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Extracts;

/// <summary>The states of a job, in order; the last four are final.</summary>
internal static class JobState
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Produced = "produced";
    public const string Released = "released";
    public const string Rejected = "rejected";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static bool IsFinal(string state) => state is Released or Rejected or Failed or Cancelled;
}

/// <summary>A job as it is kept.</summary>
internal sealed class JobRow
{
    public string Id { get; init; } = "";

    public long Number { get; init; }

    public string Account { get; init; } = "";

    public string Application { get; init; } = "";

    public string Title { get; init; } = "";

    public string Permit { get; init; } = "";

    public string Silo { get; init; } = "";

    public string Dataset { get; init; } = "";

    public string Submission { get; init; } = "";

    public string State { get; init; } = "";

    public string? Extract { get; init; }

    public string? Report { get; init; }

    public long Approvals { get; init; }

    public long Needed { get; init; }

    public string? ErrorCode { get; init; }

    public string? Error { get; init; }

    public string Asked { get; init; } = "";

    public string Changed { get; init; } = "";
}

/// <summary>Keeps extract jobs; each change is one step from a state that is expected.</summary>
internal sealed class ExtractStore(Database database, TimeProvider clock)
{
    private const string Writer = "extract-jobs";
    private const string Select = "SELECT j.*, a.title FROM extract_jobs j JOIN applications a ON a.id = j.application";

    /// <summary>Adds a job; a signed request that is known already is the same job.</summary>
    public Task<string> AddAsync(Caller caller, string application, RelayQuery.Named named, string submission) => database.WriteAsync(Writer, async within =>
    {
        var connection = within.Connection!;
        if (await connection.QuerySingleOrDefaultAsync<string>("SELECT id FROM extract_jobs WHERE nonce = @Nonce AND account = @account", new { named.Nonce, account = caller.Id }, within) is { } known)
        {
            return known;
        }

        var id = Nonce.New();
        await connection.ExecuteAsync(
            """
            INSERT INTO extract_jobs (id, number, account, application, permit, silo, dataset, nonce, submission, state, asked, changed)
            VALUES (@id, (SELECT COALESCE(MAX(number), 0) + 1 FROM extract_jobs), @account, @application, @permit, @silo, @Dataset, @Nonce, @submission, @state, @now, @now)
            """,
            new { id, account = caller.Id, application, permit = named.Permit.ToString(), silo = named.Silo.ToString(), named.Dataset, named.Nonce, submission, state = JobState.Queued, now = Now() }, within);
        return id;
    });

    public Task<JobRow?> FindAsync(string id) => database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<JobRow>($"{Select} WHERE j.id = @id", new { id }));

    /// <summary>The jobs that the caller may see, newest first: her own projects'; for checkers those that were produced; for board and auditors all.</summary>
    public Task<IReadOnlyList<JobRow>> ListAsync(Caller caller) => database.ReadAsync<IReadOnlyList<JobRow>>(async connection =>
        [.. await connection.QueryAsync<JobRow>(
            SeesAll(caller) ? $"{Select} ORDER BY j.number DESC"
            : caller.Is(Role.OutputChecker) ? $"{Select} WHERE j.extract IS NOT NULL ORDER BY j.number DESC"
            : $"{Select} WHERE a.applicant = @account OR a.id IN (SELECT application FROM application_team WHERE account = @account) ORDER BY j.number DESC",
            new { account = caller.Id })]);

    public static bool SeesAll(Caller caller) => caller.Is(Role.CommitteeMember) || caller.Is(Role.Chair) || caller.Is(Role.Auditor);

    /// <summary>Jobs that wait for a worker, oldest first; also those that a worker left when the hub stopped.</summary>
    public Task<IReadOnlyList<JobRow>> WaitingAsync() => database.ReadAsync<IReadOnlyList<JobRow>>(async connection =>
        [.. await connection.QueryAsync<JobRow>($"{Select} WHERE j.state IN ('{JobState.Queued}', '{JobState.Running}') ORDER BY j.number")]);

    /// <summary>Moves a job on, unless it has meanwhile reached a final state.</summary>
    /// <returns>Whether it moved.</returns>
    public async Task<bool> MoveAsync(string id, string state, string? extract = null, string? report = null, long? approvals = null, long? needed = null, string? code = null, string? error = null) =>
        await database.WriteAsync(Writer, within => MoveAsync(within, "id = @key", id, state, extract, report, approvals, needed, code, error)) > 0;

    /// <summary>Ends every unfinished job under a permit that the board stopped.</summary>
    public Task<int> StopAsync(string permit, string reason) => database.WriteAsync(Writer, within =>
        MoveAsync(within, "permit = @key AND state IN ('queued', 'running')", permit, JobState.Cancelled, null, null, null, null, "permit-not-active", reason));

    private async Task<int> MoveAsync(DbTransaction within, string which, string key, string state, string? extract, string? report, long? approvals, long? needed, string? code, string? error) =>
        await within.Connection!.ExecuteAsync(
            $"""
            UPDATE extract_jobs SET state = @state, extract = COALESCE(@extract, extract), report = COALESCE(@report, report), approvals = COALESCE(@approvals, approvals),
                needed = COALESCE(@needed, needed), error_code = @code, error = @error, changed = @now
            WHERE {which} AND state NOT IN ('{JobState.Released}', '{JobState.Rejected}', '{JobState.Failed}', '{JobState.Cancelled}')
            """,
            new { key, state, extract, report, approvals, needed, code, error, now = Now() }, within);

    private string Now() => RecordTime.Write(clock.GetUtcNow());
}
