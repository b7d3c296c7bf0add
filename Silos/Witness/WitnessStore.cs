using System.Data.Common;
using Dapper;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Witness;

/// <summary>What the witness has co-signed, heard and found wrong. All of it lasts.</summary>
internal sealed class WitnessStore(Database database)
{
    private const string Writer = "witness";

    public Task OpenAsync(CancellationToken cancel) => database.MigrateAsync(typeof(WitnessStore).Assembly, "Sql", cancel);

    /// <summary>Decides upon the log's newest checkpoint, and remembers the new one before the decision is told.</summary>
    public Task<Cosigned> WithLatestAsync(string origin, Func<SeenCheckpoint?, (Cosigned Outcome, bool Remember)> decide, SignedNote note, Checkpoint checkpoint, CancellationToken cancel) =>
        database.WriteAsync(Writer, async within =>
        {
            var latest = await within.Connection!.QuerySingleOrDefaultAsync<SeenCheckpoint>(
                "SELECT origin, size, root, note FROM witness_checkpoints WHERE origin = @origin ORDER BY size DESC LIMIT 1", new { origin }, within);
            var (outcome, remember) = decide(latest);
            if (remember)
            {
                await within.Connection!.ExecuteAsync(
                    "INSERT INTO witness_checkpoints (origin, size, root, note) VALUES (@Origin, @Size, @root, @note)",
                    new { checkpoint.Origin, checkpoint.Size, root = checkpoint.Root.ToString(), note = note.ToString() }, within);
            }

            return outcome;
        }, cancel);

    /// <summary>The newest co-signed checkpoint of each log.</summary>
    public Task<IReadOnlyList<SeenCheckpoint>> NewestAsync() => database.ReadAsync<IReadOnlyList<SeenCheckpoint>>(async connection =>
    [
        .. await connection.QueryAsync<SeenCheckpoint>(
            "SELECT origin, size, root, note FROM witness_checkpoints c WHERE size = (SELECT MAX(size) FROM witness_checkpoints o WHERE o.origin = c.origin) ORDER BY origin"),
    ]);

    public Task<SeenCheckpoint?> FindAsync(string origin, long size) => database.ReadAsync(connection =>
        connection.QuerySingleOrDefaultAsync<SeenCheckpoint>("SELECT origin, size, root, note FROM witness_checkpoints WHERE origin = @origin AND size = @size", new { origin, size }));

    public Task<IReadOnlyList<HeardCheckpoint>> HeardAsync() => database.ReadAsync<IReadOnlyList<HeardCheckpoint>>(async connection =>
        [.. await connection.QueryAsync<HeardCheckpoint>("SELECT note, source FROM witness_heard")]);

    public Task<IReadOnlyList<Alarm>> AlarmsAsync() => database.ReadAsync<IReadOnlyList<Alarm>>(async connection =>
        [.. await connection.QueryAsync<Alarm>("SELECT origin, size, reason, note, evidence, source, noticed FROM witness_alarms ORDER BY noticed")]);

    public Task KeepHeardAsync(Checkpoint checkpoint, string note, string source, CancellationToken cancel) => database.WriteAsync(Writer, within =>
        within.Connection!.ExecuteAsync(
            "INSERT INTO witness_heard (origin, size, root, note, source) VALUES (@Origin, @Size, @root, @note, @source) ON CONFLICT DO NOTHING",
            new { checkpoint.Origin, checkpoint.Size, root = checkpoint.Root.ToString(), note, source }, within), cancel);

    public Task ForgetHeardAsync(Checkpoint checkpoint, CancellationToken cancel) => database.WriteAsync(Writer, within => ForgetAsync(within, checkpoint), cancel);

    /// <returns>Whether the alarm is new.</returns>
    public Task<bool> RaiseAsync(Checkpoint checkpoint, string note, string reason, string? evidence, string source, DateTimeOffset now, CancellationToken cancel) => database.WriteAsync(Writer, async within =>
    {
        await ForgetAsync(within, checkpoint);
        return await within.Connection!.ExecuteAsync(
            """
            INSERT INTO witness_alarms (origin, size, root, note, reason, evidence, source, noticed)
            VALUES (@Origin, @Size, @root, @note, @reason, @evidence, @source, @noticed) ON CONFLICT DO NOTHING
            """,
            new { checkpoint.Origin, checkpoint.Size, root = checkpoint.Root.ToString(), note, reason, evidence, source, noticed = RecordTime.Write(now) }, within) > 0;
    }, cancel);

    private static Task<int> ForgetAsync(DbTransaction within, Checkpoint checkpoint) =>
        within.Connection!.ExecuteAsync("DELETE FROM witness_heard WHERE origin = @Origin AND size = @Size AND root = @root", new { checkpoint.Origin, checkpoint.Size, root = checkpoint.Root.ToString() }, within);
}

/// <summary>A checkpoint that this witness co-signed.</summary>
internal sealed class SeenCheckpoint
{
    public string Origin { get; init; } = "";

    public long Size { get; init; }

    public string Root { get; init; } = "";

    public string Note { get; init; } = "";
}

/// <summary>A checkpoint that somebody else was shown.</summary>
internal sealed class HeardCheckpoint
{
    public string Note { get; init; } = "";

    public string Source { get; init; } = "";
}

/// <summary>Two histories of one log: the note that does not fit, and the one (if any) that it contradicts.</summary>
internal sealed class Alarm
{
    public string Origin { get; init; } = "";

    public long Size { get; init; }

    public string Reason { get; init; } = "";

    public string Note { get; init; } = "";

    public string? Evidence { get; init; }

    public string Source { get; init; } = "";

    public string Noticed { get; init; } = "";
}
