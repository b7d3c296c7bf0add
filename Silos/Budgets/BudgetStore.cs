using System.Data.Common;
using Anonymizer.DifferentialPrivacy;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Budgets;

/// <summary>The register's account and one account a permit. Changed only inside a step of <see cref="Writer"/>.</summary>
public static class BudgetStore
{
    /// <summary>The writer under which budgets, questions and seeds change.</summary>
    public const string Writer = "register";

    /// <summary>The account that all datasets, versions and clones of this silo draw on.</summary>
    public const string Register = "register";

    /// <summary>The account of one permit at this silo.</summary>
    public static string Of(Hash32 permit) => "permit:" + permit;

    /// <summary>The register's account and those of these permits.</summary>
    public static async Task<Accounts> ReadAsync(DbConnection connection, DbTransaction? transaction, IEnumerable<Hash32> permits)
    {
        var names = permits.Distinct().Select(Of).Append(Register).ToList();
        var found = await Rows.ReadAsync(
            connection,
            transaction,
            "SELECT account, posted_rho, posted_delta, pending_rho, pending_delta, posted_files, pending_files FROM budgets WHERE account IN (",
            [.. names.Select(name => (object?[])[name])],
            ")",
            row => KeyValuePair.Create(row.GetString(0), new Account(Loss(row, 1), Loss(row, 3), row.GetInt32(5), row.GetInt32(6))));
        return new Accounts(found.ToDictionary());
    }

    /// <summary>Saves what a step changed.</summary>
    public static Task SaveAsync(DbTransaction transaction, Accounts accounts) => Rows.WriteAsync(
        transaction,
        "INSERT INTO budgets (account, posted_rho, posted_delta, pending_rho, pending_delta, posted_files, pending_files)",
        [.. accounts.Changed.Select(changed => (object?[])
        [
            changed.Key, checked((long)changed.Value.Posted.Rho), checked((long)changed.Value.Posted.Delta),
            checked((long)changed.Value.Pending.Rho), checked((long)changed.Value.Pending.Delta), changed.Value.PostedFiles, changed.Value.PendingFiles,
        ])],
        """
        ON CONFLICT (account) DO UPDATE SET posted_rho = excluded.posted_rho, posted_delta = excluded.posted_delta,
            pending_rho = excluded.pending_rho, pending_delta = excluded.pending_delta,
            posted_files = excluded.posted_files, pending_files = excluded.pending_files
        """);

    /// <summary>Changes both accounts that a question draws on.</summary>
    public static async Task ChangeAsync(DbTransaction transaction, Hash32 permit, Func<Account, Account> change)
    {
        var accounts = await ReadAsync(transaction.Connection!, transaction, [permit]);
        accounts.Change(permit, change);
        await SaveAsync(transaction, accounts);
    }

    private static PrivacyLoss Loss(DbDataReader row, int column) => new((ulong)row.GetInt64(column), (ulong)row.GetInt64(column + 1));
}
