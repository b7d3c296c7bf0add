using System.Text;
using System.Text.Json;
using Silos.Budgets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>Where and when a redelivered answer was first given.</summary>
public sealed record FirstDelivery(string Time, long Seq, Hash32 ConsentRoot);

/// <summary>What is left of the permit's cap at this silo, and of the register's budget.</summary>
public sealed record Remaining(Charge Permit, Charge Register);

/// <summary>
/// The answer as it leaves: the stored bytes, to which its entry commits, and behind them what is left, the receipt, and for a redelivery
/// when it was first given.
/// </summary>
public sealed class DeliverAnswer(Database database, Vault vault, LedgerLog log, ReceiptWriter receipts, TimeProvider clock)
{
    private readonly Together<Hash32, Accounts> read = new(256, clock, permits => database.ReadAsync<IReadOnlyList<Accounts>>(async connection =>
    {
        var accounts = await BudgetStore.ReadAsync(connection, null, permits);
        return [.. permits.Select(_ => accounts)];
    }));

    /// <param name="accounts">The accounts as they are known after the answer was posted; null reads them.</param>
    public async Task<byte[]> BodyAsync(
        StoredQuery stored, AdmittedQuery admitted, FinalEntry final, IReadOnlyDictionary<string, Opening> opened, Accounts? accounts, CancellationToken cancel)
    {
        var redelivered = accounts is null;
        var answer = vault.Open(stored.Dataset, stored.SealedAnswer!, "answer:" + stored.Id);
        var receipt = receipts.Write(final, opened);
        var body = new StringBuilder(Encoding.UTF8.GetString(answer));
        body.Length--;
        body.Append(",\"remaining\":").Append(Json(Left(admitted, accounts ?? await read.AskAsync(admitted.Query.Body.Permit, cancel))));
        if (redelivered)
        {
            var first = await log.FindAsync(stored.Seq!.Value, cancel) ?? throw new InvalidOperationException("a stored answer has no final entry");
            body.Append(",\"first\":").Append(Json(new FirstDelivery(first.Entry.Time, first.Entry.Seq, first.Entry.ConsentRoot!.Value)));
        }

        body.Append(",\"receipt\":").Append(Json(receipt)).Append('}');
        return Encoding.UTF8.GetBytes(body.ToString());
    }

    private static Remaining Left(AdmittedQuery admitted, Accounts accounts)
    {
        var (cap, limit) = (admitted.OnChain.Cap, admitted.Budget.Limit);
        var leftOfPermit = accounts[admitted.Query.Body.Permit].Left(new(cap.Rho, cap.Delta));
        var leftOfRegister = accounts.Register.Left(new(limit.Rho, limit.Delta));
        return new Remaining(Charge.Of(leftOfPermit.Rho, leftOfPermit.Delta), Charge.Of(leftOfRegister.Rho, leftOfRegister.Delta));
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, CanonicalJson.Options);
}
