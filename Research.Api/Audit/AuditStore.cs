using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Audit;

/// <summary>What a reader asks the access log for; null members do not filter.</summary>
/// <param name="Application">Id of one.</param>
/// <param name="Person">Key id, account id, or part of a name.</param>
/// <param name="Since">RFC 3339 UTC, included.</param>
/// <param name="Until">RFC 3339 UTC, not included.</param>
/// <param name="After">The <c>next</c> of an earlier page; anything else is as none.</param>
/// <param name="Project">Part of an application's title.</param>
internal sealed record AuditFilter(
    [property: FromQuery(Name = "log")] string? Log,
    [property: FromQuery(Name = "application")] string? Application,
    [property: FromQuery(Name = "permit")] string? Permit,
    [property: FromQuery(Name = "person")] string? Person,
    [property: FromQuery(Name = "kind")] string? Kind,
    [property: FromQuery(Name = "outcome")] string? Outcome,
    [property: FromQuery(Name = "since")] string? Since,
    [property: FromQuery(Name = "until")] string? Until,
    [property: FromQuery(Name = "after")] string? After,
    [property: FromQuery(Name = "project")] string? Project = null);

/// <summary>Answers the board's and the auditors' questions on the copied entries.</summary>
internal sealed class AuditStore(Database database, FollowedLogs logs)
{
    /// <summary>What each kind of entry means to a reader; all others are <c>recorded</c>.</summary>
    private static readonly Dictionary<string, string> Outcomes = new()
    {
        [EntryKind.Query] = "answered",
        [EntryKind.Redelivery] = "redelivered",
        [EntryKind.Denial] = "refused",
        [EntryKind.Extract] = "produced",
        [EntryKind.Void] = "voided",
    };

    public static string OutcomeOf(string kind) => Outcomes.GetValueOrDefault(kind, "recorded");

    /// <summary>Lines that pass the filter, newest first; one more than asked for tells that there is a next page.</summary>
    public Task<IReadOnlyList<AuditLine>> FindAsync(AuditFilter filter, int count) => database.ReadAsync<IReadOnlyList<AuditLine>>(async connection =>
    {
        var kinds = filter.Outcome switch
        {
            null => null,
            "recorded" => null,
            _ => Outcomes.Where(pair => pair.Value == filter.Outcome).Select(pair => pair.Key).ToArray(),
        };
        var after = Cursor.Read(filter.After);
        var lists = new DynamicParameters();
        List<string> where = ["1 = 1"];
        where.AddRange(new[]
        {
            (filter.Log, "e.log = @Log"), (filter.Permit, "e.permit = @Permit"), (filter.Kind, "e.kind = @Kind"),
            (filter.Person, """(e.actor = @Person OR n."Id" = @Person OR LOWER(n."Name") LIKE @personLike ESCAPE '!')"""), (filter.Project, "LOWER(a.title) LIKE @projectLike ESCAPE '!'"),
            (filter.Since, "e.time >= @Since"), (filter.Until, "e.time < @Until"), (filter.Application, "(p.application = @Application OR s.application = @Application)"),
            (after?.Time, "(e.time < @AfterTime OR (e.time = @AfterTime AND (e.log < @AfterLog OR (e.log = @AfterLog AND e.seq < @AfterSeq))))"),
            (kinds is null ? null : "", "e.kind IN " + ValueList.Spread(lists, "oneKind", kinds ?? [])),
            (filter.Outcome == "recorded" ? "" : null, "e.kind NOT IN " + ValueList.Spread(lists, "known", Outcomes.Keys)),
        }.Where(pair => pair.Item1 is not null).Select(pair => pair.Item2));
        lists.AddDynamicParams(new
        {
            filter.Log, filter.Application, filter.Permit, filter.Person, filter.Kind, filter.Since, filter.Until, Own = logs.Own,
            AfterTime = after?.Time, AfterLog = after?.Log, AfterSeq = after?.Seq, personLike = Containing(filter.Person), projectLike = Containing(filter.Project), count,
        });
        var rows = await connection.QueryAsync<Row>(
            $"""
            SELECT e.log, e.seq, e.kind, e.time, e.actor, e.permit, e.body, COALESCE(p.application, s.application) AS application, a.title, p.document, n."Name" AS person
            FROM followed_entries e
            LEFT JOIN permits p ON p.id = e.permit
            LEFT JOIN log_subjects s ON e.log = @Own AND s.seq = e.seq
            LEFT JOIN applications a ON a.id = COALESCE(p.application, s.application)
            LEFT JOIN member_keys m ON m.key_id = e.actor
            LEFT JOIN permit_people w ON w.permit = e.permit AND w.key_id = e.actor
            LEFT JOIN accounts n ON n."Id" = COALESCE(s.account, m.account, w.account)
            WHERE {string.Join(" AND ", where)}
            ORDER BY e.time DESC, e.log DESC, e.seq DESC LIMIT @count
            """,
            lists);
        return [.. rows.Select(Show)];
    });

    /// <summary>A pattern for what contains this text, in any case of its letters.</summary>
    private static string? Containing(string? text) => text is null ? null
        : $"%{text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";

    private AuditLine Show(Row row)
    {
        var charge = JsonSerializer.Deserialize<Entry>(row.Body, CanonicalJson.Options)!.Charge;
        var purpose = row.Document is null ? null : JsonSerializer.Deserialize<Permit>(row.Document, CanonicalJson.Options)!.Purpose;
        return new AuditLine(
            row.Log, logs.NameOf(row.Log), row.Seq, row.Time, row.Kind, OutcomeOf(row.Kind), row.Actor, row.Person, row.Application, row.Title, purpose, row.Permit,
            charge?.Rho, charge?.Delta, string.Create(CultureInfo.InvariantCulture, $"{HubRoutes.AuditProof}/{row.Log}/{row.Seq}"));
    }

    private sealed class Row
    {
        public string Log { get; init; } = "";

        public long Seq { get; init; }

        public string Kind { get; init; } = "";

        public string Time { get; init; } = "";

        public string Actor { get; init; } = "";

        public string? Permit { get; init; }

        public string Body { get; init; } = "";

        public string? Application { get; init; }

        public string? Title { get; init; }

        public string? Document { get; init; }

        public string? Person { get; init; }
    }
}

/// <summary>Where a page of the access log ended.</summary>
internal readonly record struct Cursor(string Time, string Log, long Seq)
{
    public static string Of(AuditLine line) => string.Create(CultureInfo.InvariantCulture, $"{line.Time}_{line.Seq}_{line.Log}");

    /// <summary>The cursor; null for none, and for nonsense.</summary>
    public static Cursor? Read(string? text) =>
        text?.Split('_', 3) is [var time, var seq, var log] && long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new Cursor(time, log, number) : null;
}
