using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Audit.Differencing;

/// <summary>
/// Looks at each question beside the project's earlier ones, behind the answer's back: the answer waits for nothing. An alert is an entry of
/// the hub's log and a line for the board. A hub that ends forgets the questions of its last moments; a silo's log has them all.
/// </summary>
internal sealed class WatchQuestions(Database database, HubLog log, TimeProvider clock, ILogger<WatchQuestions> logger) : BackgroundService
{
    private const string Writer = "watch";
    private const int Most = 10_000;
    private const int Together = 512;

    /// <summary>Between two rounds: a round reads a project's newest cohorts once, however many questions it looks at.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>The newest cohorts of a project at a dataset that a question is held against.</summary>
    private const int Remembered = 200;

    /// <summary>Alerts of near cohorts that a project's work at a dataset raises in a day. Who asks in a grid makes thousands of pairs; a board reads ten, is told once that there are more, and then looks at the project.</summary>
    internal const int MostNear = 10;

    private readonly Channel<AskedCohort> asked = Channel.CreateBounded<AskedCohort>(new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Takes note of a question and of what came back.</summary>
    public void Notice(Gate.Passed passed, JsonElement query, SiloAnswer answer) => asked.Writer.TryWrite(AskedCohort.Of(passed, query, answer));

    /// <summary>The alerts, newest first.</summary>
    /// <param name="application">Of one project; null for all.</param>
    public Task<IReadOnlyList<AuditAlert>> FindAsync(string? application, int count) => database.ReadAsync<IReadOnlyList<AuditAlert>>(async connection =>
        [.. (await connection.QueryAsync<Row>(
            """
            SELECT s.seq, s.kind, s.application, s.permit, s.silo, s.dataset, s.first_cohort AS first, s.second_cohort AS second, s.times, s.time, a.title
            FROM audit_alerts s LEFT JOIN applications a ON a.id = s.application
            WHERE @application IS NULL OR s.application = @application ORDER BY s.seq DESC LIMIT @count
            """,
            new { application, count })).Select(row => new AuditAlert(row.Seq, row.Kind, row.Time, row.Application, row.Title, row.Permit, row.Silo, row.Dataset, row.First, row.Second, row.Times))]);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await asked.Reader.WaitToReadAsync(stoppingToken))
        {
            var some = new List<AskedCohort>();
            while (some.Count < Together && asked.Reader.TryRead(out var next))
            {
                some.Add(next);
            }

            try
            {
                await database.WriteAsync(Writer, transaction => LookAsync(transaction, some), CancellationToken.None);
            }
            catch (Exception trouble) when (trouble is DbException or InvalidOperationException or JsonException or LedgerUnavailableException)
            {
                logger.LogWarning("{Count} questions were not watched: {Reason}", some.Count, trouble.Message);
            }

            await Task.Delay(some.Count < Together ? Pause : TimeSpan.Zero, clock, stoppingToken);
        }
    }

    private async Task LookAsync(DbTransaction transaction, IReadOnlyList<AskedCohort> some)
    {
        List<Found> found = [];
        List<Found> near = [];
        foreach (var project in some.GroupBy(one => (one.Application, one.Silo, one.Dataset)))
        {
            if (project.Count(one => one.Refused) is > 0 and var refused && await RefusedAsync(transaction, project.First(), refused) is { } many)
            {
                found.Add(many);
            }

            var charged = project.Where(one => one.Charged && !one.Refused).ToList();
            if (charged.Count == 0)
            {
                continue;
            }

            near.AddRange(await NearAsync(transaction, charged));
            found.AddRange(await AnsweredAsync(transaction, charged));
        }

        await AlertAsync(transaction, [.. near, .. await NewAsync(transaction, found)]);
    }

    /// <summary>Pairs of cohorts that may single out, of which no alert was raised yet: as many as the day has room for, and one word that there are more; once that is said, they are not looked for.</summary>
    private async Task<IReadOnlyList<Found>> NearAsync(DbTransaction transaction, IReadOnlyList<AskedCohort> charged)
    {
        var today = Today;
        var raised = (await transaction.Connection!.QueryAsync<string>(
            "SELECT kind FROM audit_alerts WHERE application = @Application AND silo = @Silo AND dataset = @Dataset AND kind IN (@near, @more) AND time >= @today",
            new { charged[0].Application, charged[0].Silo, charged[0].Dataset, near = AuditAlert.NearCohorts, more = AuditAlert.MoreNearCohorts, today },
            transaction)).ToList();
        if (raised.Contains(AuditAlert.MoreNearCohorts))
        {
            return [];
        }

        var earlier = (await EarlierAsync(transaction, charged[0])).DistinctBy(one => one.Cohort, StringComparer.Ordinal).ToDictionary(one => one.Cohort, StringComparer.Ordinal);
        List<Found> pairs = [];
        foreach (var question in charged)
        {
            pairs.AddRange(earlier.Values.Where(one => FindDifferencing.MaySingleOut(question, one)).Select(near => Pair(question, near.Cohort)));
            earlier[question.Cohort] = question;
        }

        var (fresh, room) = (await NewAsync(transaction, pairs), Math.Max(0, MostNear - raised.Count));
        return fresh.Count <= room ? fresh : [.. fresh.Take(room), new Found(fresh[room].Question, AuditAlert.MoreNearCohorts, today, "", raised.Count + fresh.Count)];
    }

    private string Today => clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Found Pair(AskedCohort question, string near)
    {
        string[] pair = [.. new[] { near, question.Cohort }.Order(StringComparer.Ordinal)];
        return new Found(question, AuditAlert.NearCohorts, pair[0], pair[1], 2);
    }

    private static async Task<IReadOnlyList<AskedCohort>> EarlierAsync(DbTransaction transaction, AskedCohort like)
    {
        var rows = await transaction.Connection!.QueryAsync<(string Cohort, long? From, long? To)>(
            """
            SELECT cohort, count_from, count_to FROM asked_cohorts WHERE application = @Application AND silo = @Silo AND dataset = @Dataset
            ORDER BY last_at DESC LIMIT @Remembered
            """,
            new { like.Application, like.Silo, like.Dataset, Remembered },
            transaction);
        return [.. rows.Select(row => new AskedCohort(like.Application, like.Permit, like.Silo, like.Dataset, CohortRule.Again(row.Cohort), row.From, row.To, Charged: true, Refused: false))];
    }

    /// <summary>Counts the answers about each cohort; whoever reached the limit with them is found.</summary>
    private async Task<IEnumerable<Found>> AnsweredAsync(DbTransaction transaction, IReadOnlyList<AskedCohort> charged)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var cohorts = charged.GroupBy(question => question.Cohort, StringComparer.Ordinal).ToDictionary(group => group.Key, group => (Last: group.Last(), Times: (long)group.Count()), StringComparer.Ordinal);
        var counted = await Rows.ReadAsync(
            transaction.Connection!, transaction, "INSERT INTO asked_cohorts (application, silo, dataset, cohort, count_from, count_to, times, last_at)",
            [.. cohorts.Values.Select(one => new object?[] { one.Last.Application, one.Last.Silo, one.Last.Dataset, one.Last.Cohort, one.Last.From, one.Last.To, one.Times, now })],
            """
            ON CONFLICT (application, silo, dataset, cohort) DO UPDATE SET times = asked_cohorts.times + excluded.times, last_at = excluded.last_at,
                count_from = COALESCE(excluded.count_from, asked_cohorts.count_from), count_to = COALESCE(excluded.count_to, asked_cohorts.count_to)
            RETURNING cohort, times
            """,
            row => (Cohort: row.GetString(0), Times: row.GetInt64(1)));
        return counted.Where(row => Reaches(FindDifferencing.Repeats, row.Times, cohorts[row.Cohort].Times)).Select(row => new Found(cohorts[row.Cohort].Last, AuditAlert.Repeats, row.Cohort, "", row.Times));
    }

    private async Task<Found?> RefusedAsync(DbTransaction transaction, AskedCohort question, int more)
    {
        var day = Today;
        var times = await transaction.Connection!.ExecuteScalarAsync<long>(
            """
            INSERT INTO refused_questions (application, day, times) VALUES (@Application, @day, @more)
            ON CONFLICT (application, day) DO UPDATE SET times = refused_questions.times + excluded.times RETURNING times
            """,
            new { question.Application, day, more },
            transaction);
        return Reaches(FindDifferencing.Refusals, times, more) ? new Found(question, AuditAlert.Refusals, day, "", times) : null;
    }

    /// <summary>Whether the last so many took a number to the limit.</summary>
    private static bool Reaches(long limit, long times, long last) => times >= limit && times - last < limit;

    /// <summary>Those of which no alert was raised yet, each once.</summary>
    private static async Task<IReadOnlyList<Found>> NewAsync(DbTransaction transaction, IReadOnlyList<Found> found)
    {
        var known = (await Rows.ReadAsync(
            transaction.Connection!, transaction,
            "SELECT kind, application, silo, dataset, first_cohort, second_cohort FROM audit_alerts WHERE (kind, application, silo, dataset, first_cohort, second_cohort) IN (",
            [.. found.Select(one => one.Names)], ")", row => string.Join('\n', Enumerable.Range(0, 6).Select(row.GetString)))).ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(one => known.Add(one.Name))];
    }

    /// <summary>Enters alerts, a statement for all: a project that asks fast must not cost more than it asks.</summary>
    private async Task AlertAsync(DbTransaction transaction, IReadOnlyList<Found> fresh)
    {
        if (fresh.Count == 0)
        {
            return;
        }

        var now = RecordTime.Write(clock.GetUtcNow());
        var seqs = await log.RecordAsync(transaction, [.. fresh.Select(one => new Step(EntryKind.Alarm, Hash32.Of(one.Name), Application: one.Question.Application, Permit: Hash32.Parse(one.Question.Permit)))]);
        await Rows.WriteAsync(
            transaction, "INSERT INTO audit_alerts (seq, kind, application, permit, silo, dataset, first_cohort, second_cohort, times, time)",
            [.. fresh.Zip(seqs, (one, seq) => new object?[] { seq, one.Kind, one.Question.Application, one.Question.Permit, one.Question.Silo, one.Question.Dataset, one.First, one.Second, one.Times, now })]);
    }

    /// <summary>Something to alert of, if it was not before.</summary>
    private sealed record Found(AskedCohort Question, string Kind, string First, string Second, long Times)
    {
        public object?[] Names => [Kind, Question.Application, Question.Silo, Question.Dataset, First, Second];

        public string Name => string.Join('\n', Names);
    }

    private sealed class Row
    {
        public long Seq { get; init; }

        public string Kind { get; init; } = "";

        public string Application { get; init; } = "";

        public string Permit { get; init; } = "";

        public string Silo { get; init; } = "";

        public string Dataset { get; init; } = "";

        public string First { get; init; } = "";

        public string Second { get; init; } = "";

        public long Times { get; init; }

        public string Time { get; init; } = "";

        public string? Title { get; init; }
    }
}
