using System.Data.Common;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Persistence;

/// <summary>Keeps what opens an entry's commitments where no researcher's receipt does, so that the hospital can show it to those entitled (DESIGN.md, "Life of an entry").</summary>
public static class EntryOpenings
{
    /// <summary>Keeps the opening of a member of an entry, within the step that appends the entry.</summary>
    public static Task KeepAsync(DbTransaction transaction, long seq, string member, Opening opening) => KeepAsync(transaction, [(seq, member, opening)]);

    /// <summary>Keeps the openings of several entries.</summary>
    public static Task KeepAsync(DbTransaction transaction, IEnumerable<(long Seq, string Member, Opening Opening)> openings) => Rows.WriteAsync(
        transaction,
        "INSERT INTO entry_openings (seq, member, content, salt)",
        [.. openings.Select(one => (object?[])[one.Seq, one.Member, one.Opening.Content.ToString(), one.Opening.Salt.ToString()])]);

    /// <summary>What was kept of an entry, by member.</summary>
    public static async Task<IReadOnlyDictionary<string, Opening>> FindAsync(DbConnection connection, long seq) =>
        (await connection.QueryAsync<(string Member, string Content, string Salt)>("SELECT member, content, salt FROM entry_openings WHERE seq = @seq", new { seq }))
            .ToDictionary(row => row.Member, row => new Opening(Hash32.Parse(row.Content), Hash32.Parse(row.Salt)));
}
