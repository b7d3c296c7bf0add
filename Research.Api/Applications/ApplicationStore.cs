using System.Data.Common;
using System.Text.Json;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Audit;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Applications;

/// <summary>A pure decision: what happened, or why it may not.</summary>
internal delegate Outcome<IReadOnlyList<ApplicationEvent>> Decide(Application application);

/// <summary>A row of a list.</summary>
internal sealed record ApplicationRow(string Id, long Number, string Applicant, string? Institution, string Title, string State, string Changed);

/// <summary>Keeps applications as events. Whatever changes one goes through <see cref="ActAsync"/>: one step at a time, checked against the table, with its log entry.</summary>
internal sealed class ApplicationStore(Database database, HubLog log, TellPeople tell, TimeProvider clock)
{
    /// <summary>The writer of all applications and permits.</summary>
    public const string Writer = "applications";

    /// <summary>Name of the actor when nobody acts but the hub.</summary>
    public const string Hub = "hub";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public Task<Application?> FindAsync(string id) => database.ReadAsync(connection => FindAsync(connection, id));

    /// <summary>Begins an application as a draft.</summary>
    public Task<Application> CreateAsync(Caller caller, ApplicationEvent.Created created) => database.WriteAsync(Writer, async within =>
    {
        var id = Nonce.New();
        var number = await within.Connection!.QuerySingleAsync<long>("SELECT COALESCE(MAX(number), 0) + 1 FROM applications", transaction: within);
        await within.Connection!.ExecuteAsync(
            "INSERT INTO applications (id, number, applicant, institution, title, state, changed, events) VALUES (@id, @number, @account, @institution, '', '', '', 0)",
            new { id, number, account = caller.Id, institution = caller.Institution }, within);
        return await AppendAsync(within, id, caller.Institution, null, caller.Id, [created]);
    });

    /// <summary>
    /// Runs one command: reads the application, asks the table whether the caller may, asks the decision, and records
    /// what it decided, all in one transaction.
    /// </summary>
    /// <param name="alongside">What else belongs to the same transaction.</param>
    public Task<Outcome<Application>> ActAsync(string id, Caller caller, string command, Decide decide, Func<DbTransaction, Application, Task>? alongside = null) =>
        database.WriteAsync<Outcome<Application>>(Writer, async within =>
        {
            var application = await FindAsync(within.Connection!, id, within);
            if (Refuse(application, caller, command) is { } refused)
            {
                return refused;
            }

            var decided = decide(application!);
            if (decided.Refused is not null)
            {
                return decided.Refused;
            }

            var after = await AppendAsync(within, id, application!.Institution, application, caller.Id, decided.Value!);
            if (alongside is not null)
            {
                await alongside(within, after);
            }

            return after;
        });

    /// <summary>Records what the hub itself, or the chain, made of an application; no part in the table is needed.</summary>
    public Task<Outcome<Application>> RecordAsync(string id, string actor, Decide decide, Func<DbTransaction, Application, Task>? alongside = null) =>
        database.WriteAsync<Outcome<Application>>(Writer, async within =>
        {
            var application = await FindAsync(within.Connection!, id, within);
            var decided = application is null ? Refusal.NotFound("application") : decide(application);
            if (decided.Refused is not null)
            {
                return decided.Refused;
            }

            var after = await AppendAsync(within, id, application!.Institution, application, actor, decided.Value!);
            if (alongside is not null)
            {
                await alongside(within, after);
            }

            return after;
        });

    /// <summary>Deletes a draft without a trace: nothing was asked yet.</summary>
    public Task<Refusal?> DeleteAsync(string id, Caller caller) => database.WriteAsync(Writer, async within =>
    {
        var application = await FindAsync(within.Connection!, id, within);
        if (Refuse(application, caller, Command.Delete) is { } refused)
        {
            return refused;
        }

        await within.Connection!.ExecuteAsync("DELETE FROM applications WHERE id = @id", new { id }, within);
        return null;
    });

    /// <summary>What the caller may see, newest first: her own and her team's; for the board, officials and auditors all but drafts.</summary>
    public Task<IReadOnlyList<ApplicationRow>> ListAsync(Caller caller, long before, int count, string? state) => database.ReadAsync<IReadOnlyList<ApplicationRow>>(async connection =>
    {
        var sees = caller.Is(Role.CommitteeMember) || caller.Is(Role.Chair) || caller.Is(Role.Auditor) ? "state <> 'Draft'"
            : caller.Is(Role.SigningOfficial) ? "state <> 'Draft' AND institution = @institution"
            : "1 = 0";
        return [.. await connection.QueryAsync<ApplicationRow>(
            $"""
            SELECT id, number, applicant, institution, title, state, changed FROM applications
            WHERE number < @before AND {(state is null ? "1 = 1" : "state = @state")}
              AND (applicant = @account OR id IN (SELECT application FROM application_team WHERE account = @account) OR ({sees}))
            ORDER BY number DESC LIMIT @count
            """,
            new { before, count, state, account = caller.Id, institution = caller.Institution })];
    });

    /// <summary>Ids of the applications in these states, for the hub's own rounds.</summary>
    public Task<IReadOnlyList<string>> InStatesAsync(params ApplicationState[] states) => database.ReadAsync<IReadOnlyList<string>>(async connection =>
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "state", states.Select(state => state.ToString()));
        return [.. await connection.QueryAsync<string>($"SELECT id FROM applications WHERE state IN {list} ORDER BY number", parameters)];
    });

    /// <summary>Why the caller may not run the command; null when she may. Somebody else's application does not exist for her.</summary>
    public static Refusal? Refuse(Application? application, Caller caller, string command)
    {
        if (application is null || !WhoMay.MaySee(caller, application))
        {
            return Refusal.NotFound("application");
        }

        var parts = WhoMay.PartsOf(caller, application);
        return WhoMay.Allows(application.State, parts, command) ? null
            : Enum.GetValues<ApplicationState>().Any(state => WhoMay.Allows(state, parts, command)) ? new Refusal("wrong-state", 409, $"'{command}' is not possible while the application is in state {application.State}.")
            : new Refusal("not-your-part", 403, $"'{command}' is not for your part in this application.");
    }

    /// <summary>Those of these applications that exist, by id.</summary>
    public static async Task<IReadOnlyDictionary<string, Application>> FindAsync(DbConnection connection, IEnumerable<string> ids, DbTransaction? within = null)
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "application", ids.Distinct());
        await using var found = await connection.QueryMultipleAsync(
            $"""
            SELECT id, institution FROM applications WHERE id IN {list};
            SELECT application, body, actor, time, log_seq FROM application_events WHERE application IN {list} ORDER BY application, seq
            """,
            parameters, within);
        var institutions = await found.ReadAsync<(string Id, string? Institution)>();
        var rows = (await found.ReadAsync<(string Application, string Body, string Actor, string Time, long? LogSeq)>()).ToLookup(row => row.Application);
        return institutions.ToDictionary(one => one.Id, one => Application.Fold(one.Id, one.Institution, rows[one.Id].Select(row => new RecordedEvent(
            JsonSerializer.Deserialize<ApplicationEvent>(row.Body, Json)!, row.Actor, RecordTime.Read(row.Time)!.Value, row.LogSeq)))!);
    }

    private static async Task<Application?> FindAsync(DbConnection connection, string id, DbTransaction? within = null) =>
        (await FindAsync(connection, [id], within)).GetValueOrDefault(id);

    private async Task<Application> AppendAsync(
        DbTransaction within, string id, string? institution, Application? before, string actor, IReadOnlyList<ApplicationEvent> events)
    {
        var now = RecordTime.Read(RecordTime.Write(clock.GetUtcNow()))!.Value;
        List<RecordedEvent> recorded = [.. before?.History ?? []];
        foreach (var happened in events)
        {
            var body = JsonSerializer.Serialize(happened, Json);
            var seq = await LogAsync(within, id, actor, happened, body, before?.Permit);
            await within.Connection!.ExecuteAsync(
                "INSERT INTO application_events (application, seq, body, actor, time, log_seq) VALUES (@id, @number, @body, @actor, @time, @seq)",
                new { id, number = recorded.Count, body, actor, time = RecordTime.Write(now), seq }, within);
            recorded.Add(new RecordedEvent(happened, actor, now, seq));
        }

        var after = Application.Fold(id, institution, recorded)!;
        await within.Connection!.ExecuteAsync(
            "UPDATE applications SET title = @title, state = @state, changed = @changed, events = @events WHERE id = @id",
            new { id, title = after.Form.Title ?? "", state = after.State.ToString(), changed = RecordTime.Write(now), events = after.Version }, within);
        await within.Connection!.ExecuteAsync("DELETE FROM application_team WHERE application = @id", new { id }, within);
        foreach (var mate in after.Team.Where(mate => mate.Removed is null))
        {
            await within.Connection!.ExecuteAsync("INSERT INTO application_team (application, account) VALUES (@id, @account)", new { id, account = mate.Account }, within);
        }

        for (var i = 0; i < events.Count; i++)
        {
            await tell.TellAsync(within, after, events[i], after.Version - events.Count + i, now);
        }

        return after;
    }

    /// <summary>Everything but the private work on a draft is a line in the log.</summary>
    /// <param name="held">Id of the permit that the application has; null before it has one.</param>
    private async Task<long?> LogAsync(DbTransaction within, string id, string actor, ApplicationEvent happened, string body, string? held)
    {
        var account = actor == Hub ? null : actor;
        Hash32? permit = held is null ? null : Hash32.Parse(held);
        var step = happened switch
        {
            ApplicationEvent.Created or ApplicationEvent.Saved => null,
            ApplicationEvent.Voted voted => new Step(EntryKind.Vote, Hash32.Parse(voted.Record), account, id, Actor: Hash32.Parse(voted.Member)),
            ApplicationEvent.Approved approved => new Step(EntryKind.PermitIssued, Hash32.Of(body), account, id, Hash32.Parse(approved.PermitId)),
            ApplicationEvent.PermitChanged { Act: "suspend" } => new Step(EntryKind.PermitSuspended, Hash32.Of(body), account, id, permit),
            ApplicationEvent.PermitChanged { Act: "revoke" } => new Step(EntryKind.PermitRevoked, Hash32.Of(body), account, id, permit),
            _ => new Step(EntryKind.Application(happened.Kind), Hash32.Of(body), account, id),
        };
        return step is null ? null : await log.RecordAsync(within, step);
    }
}
