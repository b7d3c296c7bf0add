using System.Data.Common;
using Dapper;
using Research.Api.Protocol;
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
    public Task<IReadOnlyList<Message>> DueAsync(int count) => database.ReadAsync<IReadOnlyList<Message>>(async connection =>
        [.. await connection.QueryAsync<Message>(
            """
            SELECT id, subject, kind, body, attempts FROM outbox o
            WHERE done IS NULL AND due <= @now AND id = (SELECT MIN(id) FROM outbox f WHERE f.subject = o.subject AND f.done IS NULL)
            ORDER BY id LIMIT @count
            """,
            new { now = Now(), count })]);

    /// <summary>The first open message of a subject, due or not.</summary>
    public Task<Message?> FirstAsync(string subject) => database.ReadAsync(connection => connection.QueryFirstOrDefaultAsync<Message>(
        "SELECT id, subject, kind, body, attempts FROM outbox WHERE subject = @subject AND done IS NULL ORDER BY id LIMIT 1", new { subject }));

    public Task DoneAsync(Message message) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE outbox SET done = @now, error = NULL WHERE id = @Id", new { message.Id, now = Now() }, within));

    /// <summary>The message stays, to be tried again after a pause that doubles from one second to ten minutes.</summary>
    public Task FailedAsync(Message message, string error) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE outbox SET attempts = attempts + 1, due = @due, error = @error WHERE id = @Id",
        new { message.Id, due = RecordTime.Write(clock.GetUtcNow() + Pause(message.Attempts)), error = error.Length > 500 ? error[..500] : error }, within));

    /// <summary>Messages that failed at least this often, for the operator's page; bodies stay out of it.</summary>
    public Task<IReadOnlyList<StuckMessage>> StuckAsync(int attempts) => database.ReadAsync<IReadOnlyList<StuckMessage>>(async connection =>
        [.. (await connection.QueryAsync<(long Id, string Kind, long Attempts, string Due, string? Error)>(
            "SELECT id, kind, attempts, due, error FROM outbox WHERE done IS NULL AND attempts >= @attempts ORDER BY id", new { attempts }))
            .Select(row => new StuckMessage(row.Id, row.Kind, row.Attempts, row.Due, row.Error ?? ""))]);

    /// <summary>Makes an open message due now. False when there is none.</summary>
    public async Task<bool> RetryAsync(long id) => await database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE outbox SET due = @now WHERE id = @id AND done IS NULL", new { id, now = Now() }, within)) == 1;

    internal static TimeSpan Pause(long attempts) => TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, Math.Min(attempts, 10))));

    private string Now() => RecordTime.Write(clock.GetUtcNow());
}
