using System.Data;
using Npgsql;

namespace Silos.Datasets.Resident;

/// <summary>How statements on a resident table run: on one moment of the database, reading only, with the work left to the servers of the parts.</summary>
internal static class ResidentSession
{
    public static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await using var set = new NpgsqlCommand(
            "SET TRANSACTION READ ONLY; SET LOCAL enable_partitionwise_aggregate = on; SET LOCAL enable_partitionwise_join = on; SET LOCAL enable_async_append = on; SET LOCAL plan_cache_mode = force_custom_plan",
            connection,
            moment);
        await set.ExecuteNonQueryAsync(cancel);
        return moment;
    }
}
