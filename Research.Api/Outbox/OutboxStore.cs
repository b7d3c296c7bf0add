using System.Data.Common;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Outbox;

/// <summary>Work towards somebody else, durable before it is tried.</summary>
/// <param name="Subject">Messages of one subject are done in order; another subject does not wait for them.</param>
/// <param name="Kind">Names the handler.</param>
/// <param name="Body">What the handler needs, as text.</param>
internal sealed record Message(long Id, string Subject, string Kind, string Body, long Attempts);

/// <summary>Keeps messages until they are done. A message is written in the transaction of what causes it, so neither exists without the other.</summary>
internal sealed class OutboxStore(Database database, TimeProvider clock)
{
    private const string Writer = "outbox";

    public async Task AddAsync(DbTransaction within, string subject, string kind, string body)
    {
        await database.LockAsync(within, Writer);
        await within.Connection!.ExecuteAsync(
            "INSERT INTO outbox (id, subject, kind, body, due) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM outbox), @subject, @kind, @body, @now)",
            new { subject, kind, body, now = Now() }, within);
    }

    /// <summary>The first open message of each subject, as far as it is due.</summary>
    public Task<IReadOnlyList<Message>> DueAsync(string? subject, int count) => database.ReadAsync<IReadOnlyList<Message>>(async connection =>
        [.. await connection.QueryAsync<Message>(
            $"""
            SELECT id, subject, kind, body, attempts FROM outbox o
            WHERE done IS NULL AND {(subject is null ? "due <= @now" : "subject = @subject")}
              AND id = (SELECT MIN(id) FROM outbox f WHERE f.subject = o.subject AND f.done IS NULL)
            ORDER BY id LIMIT @count
            """,
            new { now = Now(), subject, count })]);

    public Task DoneAsync(Message message) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE outbox SET done = @now, error = NULL WHERE id = @Id", new { message.Id, now = Now() }, within));

    /// <summary>The message stays, to be tried again after a pause that doubles from one second to ten minutes.</summary>
    public Task FailedAsync(Message message, string error) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE outbox SET attempts = attempts + 1, due = @due, error = @error WHERE id = @Id",
        new { message.Id, due = RecordTime.Write(clock.GetUtcNow() + Pause(message.Attempts)), error = error.Length > 500 ? error[..500] : error }, within));

    /// <summary>Messages that failed at least this often, for the operator's page; bodies stay out of it.</summary>
    public Task<IReadOnlyList<(long Id, string Kind, long Attempts, string Due, string Error)>> StuckAsync(int attempts) =>
        database.ReadAsync<IReadOnlyList<(long, string, long, string, string)>>(async connection =>
            [.. await connection.QueryAsync<(long, string, long, string, string)>(
                "SELECT id, kind, attempts, due, COALESCE(error, '') FROM outbox WHERE done IS NULL AND attempts >= @attempts ORDER BY id", new { attempts })]);

    internal static TimeSpan Pause(long attempts) => TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, Math.Min(attempts, 10))));

    private string Now() => RecordTime.Write(clock.GetUtcNow());
}
