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
    private const int Together = 256;

    /// <summary>The newest cohorts of a project at a dataset that a question is held against.</summary>
    private const int Remembered = 200;

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
        }
    }

    private async Task LookAsync(DbTransaction transaction, IReadOnlyList<AskedCohort> some)
    {
        foreach (var project in some.GroupBy(one => (one.Application, one.Silo, one.Dataset)))
        {
            var earlier = new Dictionary<string, AskedCohort>(StringComparer.Ordinal);
            foreach (var one in await EarlierAsync(transaction, project.First()))
            {
                earlier[one.Cohort] = one;
            }

            foreach (var question in project)
            {
                if (question.Refused)
                {
                    await RefusedAsync(transaction, question);
                }
                else if (question.Charged)
                {
                    foreach (var near in earlier.Values.Where(one => FindDifferencing.MaySingleOut(question, one)).ToList())
                    {
                        string[] pair = [.. new[] { near.Cohort, question.Cohort }.Order(StringComparer.Ordinal)];
                        await AlertAsync(transaction, question, AuditAlert.NearCohorts, pair[0], pair[1], 2);
                    }

                    await AnsweredAsync(transaction, question);
                    earlier[question.Cohort] = question;
                }
            }
        }
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
        return [.. rows.Select(row => like with { Rules = CohortRule.Again(row.Cohort), From = row.From, To = row.To, Refused = false, Charged = true })];
    }

    private async Task AnsweredAsync(DbTransaction transaction, AskedCohort question)
    {
        var times = await transaction.Connection!.ExecuteScalarAsync<long>(
            """
            INSERT INTO asked_cohorts (application, silo, dataset, cohort, count_from, count_to, times, last_at)
            VALUES (@Application, @Silo, @Dataset, @Cohort, @From, @To, 1, @now)
            ON CONFLICT (application, silo, dataset, cohort) DO UPDATE SET times = asked_cohorts.times + 1, last_at = excluded.last_at,
                count_from = COALESCE(excluded.count_from, asked_cohorts.count_from), count_to = COALESCE(excluded.count_to, asked_cohorts.count_to)
            RETURNING times
            """,
            new { question.Application, question.Silo, question.Dataset, question.Cohort, question.From, question.To, now = RecordTime.Write(clock.GetUtcNow()) },
            transaction);
        if (times == FindDifferencing.Repeats)
        {
            await AlertAsync(transaction, question, AuditAlert.Repeats, question.Cohort, "", times);
        }
    }

    private async Task RefusedAsync(DbTransaction transaction, AskedCohort question)
    {
        var day = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var times = await transaction.Connection!.ExecuteScalarAsync<long>(
            """
            INSERT INTO refused_questions (application, day, times) VALUES (@Application, @day, 1)
            ON CONFLICT (application, day) DO UPDATE SET times = refused_questions.times + 1 RETURNING times
            """,
            new { question.Application, day },
            transaction);
        if (times == FindDifferencing.Refusals)
        {
            await AlertAsync(transaction, question, AuditAlert.Refusals, day, "", times);
        }
    }

    private async Task AlertAsync(DbTransaction transaction, AskedCohort question, string kind, string first, string second, long times)
    {
        var known = await transaction.Connection!.ExecuteScalarAsync<long>(
            "SELECT COUNT(*) FROM audit_alerts WHERE kind = @kind AND application = @Application AND silo = @Silo AND dataset = @Dataset AND first_cohort = @first AND second_cohort = @second",
            new { kind, question.Application, question.Silo, question.Dataset, first, second },
            transaction);
        if (known > 0)
        {
            return;
        }

        var content = Hash32.Of(string.Join('\n', kind, question.Application, question.Silo, question.Dataset, first, second));
        var seq = await log.RecordAsync(transaction, new Step(EntryKind.Alarm, content, Application: question.Application, Permit: Hash32.Parse(question.Permit)));
        await transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO audit_alerts (seq, kind, application, permit, silo, dataset, first_cohort, second_cohort, times, time)
            VALUES (@seq, @kind, @Application, @Permit, @Silo, @Dataset, @first, @second, @times, @now)
            """,
            new { seq, kind, question.Application, question.Permit, question.Silo, question.Dataset, first, second, times, now = RecordTime.Write(clock.GetUtcNow()) },
            transaction);
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
