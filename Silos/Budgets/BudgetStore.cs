using System.Data.Common;
using Anonymizer.DifferentialPrivacy;
using Dapper;
using Silos.Ledger.Records;

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

    public static async Task<Account> ReadAsync(DbConnection connection, DbTransaction? transaction, string account)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>("SELECT * FROM budgets WHERE account = @account", new { account }, transaction);
        return row is null
            ? Account.Empty
            : new Account(
                new PrivacyLoss((ulong)row.PostedRho, (ulong)row.PostedDelta),
                new PrivacyLoss((ulong)row.PendingRho, (ulong)row.PendingDelta),
                row.PostedFiles,
                row.PendingFiles);
    }

    /// <summary>Changes both accounts that a question draws on.</summary>
    public static async Task ChangeAsync(DbTransaction transaction, Hash32 permit, Func<Account, Account> change)
    {
        foreach (var account in (string[])[Register, Of(permit)])
        {
            await SaveAsync(transaction, account, change(await ReadAsync(transaction.Connection!, transaction, account)));
        }
    }

    private static Task SaveAsync(DbTransaction transaction, string account, Account state) =>
        transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO budgets (account, posted_rho, posted_delta, pending_rho, pending_delta, posted_files, pending_files)
            VALUES (@account, @PostedRho, @PostedDelta, @PendingRho, @PendingDelta, @PostedFiles, @PendingFiles)
            ON CONFLICT (account) DO UPDATE SET posted_rho = excluded.posted_rho, posted_delta = excluded.posted_delta,
                pending_rho = excluded.pending_rho, pending_delta = excluded.pending_delta,
                posted_files = excluded.posted_files, pending_files = excluded.pending_files
            """,
            new
            {
                account,
                PostedRho = checked((long)state.Posted.Rho),
                PostedDelta = checked((long)state.Posted.Delta),
                PendingRho = checked((long)state.Pending.Rho),
                PendingDelta = checked((long)state.Pending.Delta),
                state.PostedFiles,
                state.PendingFiles,
            },
            transaction);

    private sealed record Row
    {
        public long PostedRho { get; init; }

        public long PostedDelta { get; init; }

        public long PendingRho { get; init; }

        public long PendingDelta { get; init; }

        public int PostedFiles { get; init; }

        public int PendingFiles { get; init; }
    }
}
