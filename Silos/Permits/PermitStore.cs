using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Permits;

/// <summary>Permit documents that were delivered here. Their bytes hash to their ids, so it does not matter who delivered them; whether one is in force, the chain says.</summary>
public sealed class PermitStore(Database database, TimeProvider clock)
{
    /// <summary>Anybody may deliver documents: memory keeps so many.</summary>
    private const int MostKnown = 10_000;

    /// <summary>Documents read before: one that hashes to its id never changes.</summary>
    private readonly ConcurrentDictionary<Hash32, Permit> known = new();

    /// <summary>Keeps a document under the hash of its canonical bytes.</summary>
    /// <exception cref="System.Text.Json.JsonException">Not a permit document.</exception>
    public async Task<Hash32> KeepAsync(JsonNode document, CancellationToken cancel)
    {
        var permit = CanonicalJson.Read<Permit>(document);
        var id = permit.Id();
        await database.WriteAsync("permits", transaction => transaction.Connection!.ExecuteAsync(
            "INSERT INTO permits (id, document, received_at) VALUES (@id, @text, @now) ON CONFLICT DO NOTHING",
            new { id = id.ToString(), text = Encoding.UTF8.GetString(CanonicalJson.Bytes(permit)), now = RecordTime.Write(clock.GetUtcNow()) },
            transaction), cancel);
        return id;
    }

    /// <summary>The document of that id, or null.</summary>
    public async Task<Permit?> FindAsync(Hash32 id, CancellationToken cancel)
    {
        if (known.TryGetValue(id, out var kept))
        {
            return kept;
        }

        var text = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<string>(
            "SELECT document FROM permits WHERE id = @id", new { id = id.ToString() }), cancel);
        if (text is null)
        {
            return null;
        }

        var permit = CanonicalJson.Read<Permit>(JsonNode.Parse(text)!);
        if (permit.Id() != id)
        {
            return null;
        }

        if (known.Count < MostKnown)
        {
            known.TryAdd(id, permit);
        }

        return permit;
    }

    /// <summary>The documents that name this key, newest first.</summary>
    public async Task<IReadOnlyList<Permit>> NamingAsync(Hash32 key, CancellationToken cancel)
    {
        var texts = await database.ReadAsync(connection => connection.QueryAsync<string>(
            "SELECT document FROM permits WHERE document LIKE @holds ORDER BY received_at DESC", new { holds = $"%{key}%" }), cancel);
        return [.. texts.Select(text => CanonicalJson.Read<Permit>(JsonNode.Parse(text)!)).Where(permit => permit.People.Any(person => person.Key == key))];
    }
}
