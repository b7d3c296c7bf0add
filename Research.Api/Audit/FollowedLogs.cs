using System.Text.Json;
using Dapper;
using Research.Api.Silos;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Research.Api.Audit;

/// <summary>
/// The public entries of the hub's log and of every silo's, copied as they come so that they can be filtered. Entries say nothing about
/// patients and open nothing; what a line proves is proven by its own log (<see cref="ProofAsync"/>), never by this copy.
/// </summary>
internal sealed class FollowedLogs(Database database, LedgerLog own, SiloDirectory silos) : IDisposable
{
    private const string Writer = "followed";
    private const int Page = 500;

    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Reads what the logs have more than the copy.</summary>
    /// <returns>Names of hospitals whose log did not answer.</returns>
    public async Task<IReadOnlyList<string>> CatchUpAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            await FollowAsync(own.Id.ToString(), async from => Write(await own.ReadAsync(from, Math.Min(from + Page, await own.CountAsync(cancel)), cancel)));
            List<string> unreachable = [];
            foreach (var silo in silos.All)
            {
                try
                {
                    var description = await silos.DescribeAsync(silo, cancel) ?? throw new SiloUnreachableException(silo.Name);
                    await FollowAsync(description.Register, from => silo.GetAsync<IReadOnlyList<JsonElement>>($"{SiloRoutes.Log}/entries?from={from}&count={Page}", cancel));
                }
                catch (SiloUnreachableException)
                {
                    unreachable.Add(silos.NameOf(silo));
                }
            }

            return unreachable;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Id of the hub's own log.</summary>
    public string Own => own.Id.ToString();

    /// <summary>Name of the log's owner: a hospital, or <c>hub</c>.</summary>
    public string NameOf(string log) => log == own.Id.ToString() ? "hub" : silos.NameOf(log) ?? log;

    /// <summary>Seqs that are missing between 0 and the newest of each log.</summary>
    public Task<IReadOnlyList<Protocol.LogGap>> GapsAsync() => database.ReadAsync<IReadOnlyList<Protocol.LogGap>>(async connection =>
        [.. (await connection.QueryAsync<(string Log, long From, long To)>(
            """
            SELECT e.log, COALESCE((SELECT MAX(p.seq) + 1 FROM followed_entries p WHERE p.log = e.log AND p.seq < e.seq), 0), e.seq - 1
            FROM followed_entries e
            WHERE e.seq > 0 AND NOT EXISTS (SELECT 1 FROM followed_entries b WHERE b.log = e.log AND b.seq = e.seq - 1)
            ORDER BY e.log, e.seq LIMIT 100
            """)).Select(gap => new Protocol.LogGap(gap.Log, gap.From, gap.To))]);

    /// <summary>The line with its inclusion proof, from the log that holds it; null while it is not final.</summary>
    public async Task<Protocol.ProvenEntry?> ProofAsync(string log, long seq, CancellationToken cancel)
    {
        if (log == own.Id.ToString())
        {
            return await own.FindAsync(seq, cancel) is { } final ? Show(final) : null;
        }

        var silo = Hash32.TryParse(log, out var register) ? await silos.FindAsync(register, cancel) : null;
        if (silo is null)
        {
            return null;
        }

        var answer = await silo.SendAsync(HttpMethod.Get, $"{SiloRoutes.Log}/proof/{seq}", null, cancel);
        return answer.Status == 200 ? JsonSerializer.Deserialize<Protocol.ProvenEntry>(answer.Body, JsonSerializerOptions.Web) : null;
    }

    internal static Protocol.ProvenEntry Show(FinalEntry final) => new(
        JsonSerializer.SerializeToElement(final.Entry, CanonicalJson.Options), final.Checkpoint, [.. final.Proof.Select(hash => hash.ToString())], final.Transaction);

    internal static IReadOnlyList<JsonElement> Write(IReadOnlyList<Entry> entries) =>
        [.. entries.Select(entry => JsonSerializer.SerializeToElement(entry, CanonicalJson.Options))];

    private async Task FollowAsync(string log, Func<long, Task<IReadOnlyList<JsonElement>>> read)
    {
        while (true)
        {
            var from = await database.ReadAsync(connection => connection.QuerySingleAsync<long>("SELECT COALESCE(MAX(seq), -1) + 1 FROM followed_entries WHERE log = @log", new { log }));
            var page = await read(from);
            if (page.Count == 0)
            {
                return;
            }

            await database.WriteAsync(Writer, async within =>
            {
                foreach (var json in page)
                {
                    var entry = json.Deserialize<Entry>(CanonicalJson.Options)!;
                    await within.Connection!.ExecuteAsync(
                        "INSERT INTO followed_entries (log, seq, kind, time, actor, permit, body) VALUES (@log, @Seq, @Kind, @Time, @actor, @permit, @body) ON CONFLICT (log, seq) DO NOTHING",
                        new { log, entry.Seq, entry.Kind, entry.Time, actor = entry.Actor.ToString(), permit = entry.Permit?.ToString(), body = json.GetRawText() }, within);
                }
            });
        }
    }

    public void Dispose() => one.Dispose();
}
