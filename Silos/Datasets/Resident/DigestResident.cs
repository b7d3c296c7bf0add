using System.Buffers.Binary;
using System.Globalization;
using Anonymizer.DifferentialPrivacy.Queries;
using Npgsql;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Datasets.Resident;

/// <summary>What a table was found to hold.</summary>
/// <param name="Root">Over the digests of all parts.</param>
/// <param name="Patients">How many.</param>
/// <param name="Fault">In which way it is not in the form that questions are written for; null when it is.</param>
public sealed record ResidentDigest(Hash32 Root, long Patients, string? Fault);

/// <summary>
/// Computes a table's root in the database: the salted hash of each row, those of a bucket sorted and hashed, a bucket of a part being a leaf of an
/// RFC 9162 tree. The servers of the parts hash; what comes here are some thousand digests. In passing it checks the table's form.
/// </summary>
/// <remarks>Claim: SHA-256 being collision resistant, a changed, added, removed or exchanged row changes the root; the salt being secret, nobody confirms a guessed row by it.</remarks>
internal sealed class DigestResident(NpgsqlDataSource database, string table, Schema schema, byte[] salt)
{
    private const int Buckets = 1024;

    public async Task<ResidentDigest> RunAsync(CancellationToken cancel)
    {
        var statement = Written();
        var leaves = new TreeGrowth(0, _ => default);
        var (rows, patients, wrong, sum, leaf) = (0L, 0L, 0L, (Int128)0, new byte[50]);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var moment = await ResidentSession.BeginAsync(connection, cancel);
        await using var command = statement.On(connection, moment);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            BinaryPrimitives.WriteInt16BigEndian(leaf, reader.GetInt16(0));
            BinaryPrimitives.WriteInt64BigEndian(leaf.AsSpan(2), reader.GetInt64(1));
            BinaryPrimitives.WriteInt64BigEndian(leaf.AsSpan(10), reader.GetInt64(2));
            reader.GetFieldValue<byte[]>(3).CopyTo(leaf, 18);
            leaves.Append(TreeHash.Leaf(leaf));
            rows += reader.GetInt64(2);
            patients += reader.GetInt64(4);
            wrong += reader.GetInt64(5);
            sum += (Int128)reader.GetFieldValue<System.Numerics.BigInteger>(6);
        }

        var fault = wrong > 0 ? $"{wrong} rows hold a value that the definition does not allow, no patient or a number below 0"
            : rows != patients ? $"{rows - patients} rows are second ones of a patient's number; a dataset has one row a patient"
            : sum != (Int128)rows * (rows - 1) / 2 ? "the patients' numbers do not run from 0 without gaps"
            : null;
        return new ResidentDigest(leaves.Root(), rows, fault);
    }

    // Each piece has its length before it, so that no two rows are the same bytes. Only what postgres_fdw sends: no COALESCE, no cast to text.
    private Statement Written()
    {
        var statement = new Statement();
        var pieces = schema.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal).Select(attribute => ResidentTable.Quote(attribute.Key) is var column && attribute.Value is NumberType
            ? $"CASE WHEN {column} IS NULL THEN '\\x00'::bytea ELSE '\\x01'::bytea || int8send({column}) END"
            : $"CASE WHEN {column} IS NULL THEN '\\x00'::bytea ELSE '\\x01'::bytea || {Text(column)} END");
        var row = string.Join(" || ", pieces.Prepend(Text(ResidentTable.Quote(schema.Unit.Attribute))).Prepend($"int8send({ResidentTable.Record})"));
        statement.Sql.Append(
            CultureInfo.InvariantCulture,
            $"""
            SELECT part, bucket, n, sha256(digest), patients, wrong, records FROM (
                SELECT part, bucket, count(*) AS n, string_agg(h, '\x'::bytea ORDER BY h) AS digest, count(DISTINCT record) AS patients, sum(wrong) AS wrong, sum(record) AS records
                FROM (SELECT {ResidentTable.Part} AS part, {ResidentTable.Record} AS record, {ResidentTable.Record} % {Buckets} AS bucket,
                    CASE WHEN {Right(statement)} THEN 0 ELSE 1 END AS wrong, sha256({statement.Value(salt)}::bytea || {row}) AS h FROM {QuotedTable}) rows
                GROUP BY part, bucket) buckets
            ORDER BY part, bucket
            """);
        return statement;
    }

    private string QuotedTable => new ResidentTable(table, schema, 0, 1).Quoted;

    private static string Text(string column) => $"int4send(octet_length({column})) || convert_to({column}, 'UTF8')";

    private string Right(Statement statement) => string.Join(" AND ", schema.Attributes.Select(attribute => ResidentTable.Quote(attribute.Key) is var column && attribute.Value switch
    {
        NumberType number => string.Create(CultureInfo.InvariantCulture, $"{column} >= {number.Lower} AND {column} <= {number.Upper}"),
        CategoryType { Values: { } values } => $"{column} = ANY({statement.Value(values.ToArray())})",
        _ => $"octet_length({column}) > 0",
    } is var right ? $"({column} IS NULL OR ({right}))" : "").Prepend($"{ResidentTable.Record} >= 0 AND octet_length({ResidentTable.Quote(schema.Unit.Attribute)}) > 0"));
}
