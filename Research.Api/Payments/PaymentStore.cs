using System.Data.Common;
using System.Text.Json;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Audit;
using Research.Api.Outbox;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Payments;

/// <summary>An invoice as it is kept.</summary>
internal sealed class InvoiceRow
{
    public string Id { get; init; } = "";

    public long Number { get; init; }

    public string Application { get; init; } = "";

    public string Account { get; init; } = "";

    public string Currency { get; init; } = "";

    public long Amount { get; init; }

    public string State { get; init; } = "";

    public long Attempts { get; init; }

    public string? PaymentIntent { get; init; }

    public string? CheckoutUrl { get; init; }

    public string Created { get; init; } = "";

    public string? Paid { get; init; }

    public string? Refunded { get; init; }

    public long? LogSeq { get; init; }

    public string ApplicationState { get; init; } = "";

    public Money Owed => new(Amount, Currency);

    public InvoiceState Standing => Enum.Parse<InvoiceState>(State);

    /// <summary>Whether the application came to nothing.</summary>
    public bool IsDead => ApplicationState is nameof(Protocol.ApplicationState.Rejected) or nameof(Protocol.ApplicationState.Withdrawn);
}

/// <summary>A line of an invoice as it is kept.</summary>
internal sealed record LineRow(string Invoice, long Position, string Service, string? Silo, long Amount, string? Transfer);

/// <summary>Keeps invoices and Stripe's events. Every change of an invoice goes through here, one step at a time.</summary>
internal sealed class PaymentStore(Database database, HubLog log, OutboxStore outbox, TimeProvider clock)
{
    private const string Writer = ApplicationStore.Writer;
    private const string Select = "SELECT i.*, a.state AS application_state FROM invoices i JOIN applications a ON a.id = i.application";

    /// <summary>Writes the invoice of an application that has none; later price changes leave it as it is.</summary>
    public Task EnsureAsync(string application, string account, PaymentOptions prices, IReadOnlyList<string> silos) => database.WriteAsync(Writer, async within =>
    {
        var connection = within.Connection!;
        if (!prices.AnythingToPay || await connection.QuerySingleAsync<long>("SELECT COUNT(*) FROM invoices WHERE application = @application", new { application }, within) > 0)
        {
            return;
        }

        var lines = silos.Select(silo => (Service: "dataset", Silo: (string?)silo, Amount: prices.DatasetFee)).Prepend((Service: "review", Silo: null, Amount: prices.ReviewFee)).Where(line => line.Amount > 0).ToList();
        var id = Nonce.New();
        await connection.ExecuteAsync(
            """
            INSERT INTO invoices (id, number, application, account, currency, amount, state, created)
            VALUES (@id, (SELECT COALESCE(MAX(number), 0) + 1 FROM invoices), @application, @account, @Currency, @amount, @state, @now)
            """,
            new { id, application, account, prices.Currency, amount = lines.Sum(line => line.Amount), state = nameof(InvoiceState.Open), now = Now() }, within);
        for (var i = 0; i < lines.Count; i++)
        {
            await connection.ExecuteAsync(
                "INSERT INTO invoice_lines (invoice, position, service, silo, amount) VALUES (@id, @position, @Service, @Silo, @Amount)",
                new { id, position = (long)i, lines[i].Service, lines[i].Silo, lines[i].Amount }, within);
        }
    });

    public Task<InvoiceRow?> FindAsync(string id) => database.ReadAsync(connection => FindAsync(connection, id));

    /// <summary>Those of these applications whose invoice is paid.</summary>
    public static async Task<IReadOnlySet<string>> PaidAsync(DbConnection connection, IEnumerable<string> applications)
    {
        var parameters = new DynamicParameters();
        var list = ValueList.Spread(parameters, "application", applications);
        return (await connection.QueryAsync<string>($"SELECT application FROM invoices WHERE state = '{nameof(InvoiceState.Paid)}' AND application IN {list}", parameters)).ToHashSet();
    }

    /// <summary>The caller's own invoices, or all for the operator and auditors; newest first.</summary>
    public Task<IReadOnlyList<InvoiceRow>> ListAsync(Caller caller) => database.ReadAsync<IReadOnlyList<InvoiceRow>>(async connection =>
        [.. await connection.QueryAsync<InvoiceRow>(
            caller.Is(Role.Operator) || caller.Is(Role.Auditor) ? $"{Select} ORDER BY i.number DESC" : $"{Select} WHERE i.account = @account ORDER BY i.number DESC", new { account = caller.Id })]);

    public Task<IReadOnlyList<LineRow>> LinesAsync(string? invoice) => database.ReadAsync<IReadOnlyList<LineRow>>(async connection =>
        [.. (await connection.QueryAsync<(string Invoice, long Position, string Service, string? Silo, long Amount, string? Transfer)>(
            $"SELECT invoice, position, service, silo, amount, transfer FROM invoice_lines {(invoice is null ? "" : "WHERE invoice = @invoice")} ORDER BY invoice, position", new { invoice }))
            .Select(line => new LineRow(line.Invoice, line.Position, line.Service, line.Silo, line.Amount, line.Transfer))]);

    /// <summary>Counts an attempt to pay: each has its own page at Stripe.</summary>
    public Task<long> AttemptAsync(string id) => database.WriteAsync(Writer, async within =>
    {
        await within.Connection!.ExecuteAsync("UPDATE invoices SET attempts = attempts + 1 WHERE id = @id", new { id }, within);
        return await within.Connection!.QuerySingleAsync<long>("SELECT attempts FROM invoices WHERE id = @id", new { id }, within);
    });

    /// <summary>Takes an event of Stripe in, once: an event that is known already changes nothing.</summary>
    /// <returns>Whether it was new.</returns>
    /// <exception cref="KeyNotFoundException">It has no id or no type.</exception>
    public Task<bool> TakeAsync(JsonElement stripeEvent) => database.WriteAsync(Writer, async within =>
    {
        var connection = within.Connection!;
        var (id, type, body) = (stripeEvent.GetProperty("id").GetString(), stripeEvent.GetProperty("type").GetString(), stripeEvent.GetRawText());
        var isNew = await connection.ExecuteAsync(
            "INSERT INTO payment_events (id, type, body, received) VALUES (@id, @type, @body, @now) ON CONFLICT (id) DO NOTHING", new { id, type, body, now = Now() }, within) == 1;
        if (!isNew)
        {
            return false;
        }

        var fact = ApplyEvent.Read(stripeEvent);
        var outcome = fact is null ? "ignored: not about an invoice" : await ApplyAsync(within, fact);
        await connection.ExecuteAsync("UPDATE payment_events SET outcome = @outcome WHERE id = @id", new { id, outcome }, within);
        return true;
    });

    /// <summary>Rejected or withdrawn applications whose invoice is still open or paid.</summary>
    public Task<IReadOnlyList<string>> ToEndAsync() => database.ReadAsync<IReadOnlyList<string>>(async connection =>
        [.. await connection.QueryAsync<string>(
            "SELECT i.application FROM invoices i JOIN applications a ON a.id = i.application WHERE a.state IN ('Rejected', 'Withdrawn') AND i.state IN ('Open', 'Paid')")]);

    /// <summary>Ends the invoice of an application that was rejected or withdrawn.</summary>
    public Task EndAsync(string application) => database.WriteAsync(Writer, async within =>
    {
        var invoice = await within.Connection!.QuerySingleOrDefaultAsync<InvoiceRow>($"{Select} WHERE i.application = @application", new { application }, within);
        if (invoice is { IsDead: true } && ApplyEvent.End(invoice.Standing) is var after && after != invoice.Standing)
        {
            await MoveAsync(within, invoice, after, null);
        }
    });

    /// <summary>Paid invoices of approved applications whose hospitals' shares were not asked for yet.</summary>
    public Task<IReadOnlyList<string>> ToShareAsync() => database.ReadAsync<IReadOnlyList<string>>(async connection =>
        [.. await connection.QueryAsync<string>(
            """
            SELECT i.id FROM invoices i JOIN applications a ON a.id = i.application
            WHERE i.state = 'Paid' AND i.shared IS NULL AND a.state IN ('Approved', 'ApprovedWithConditions', 'Closed')
            """)]);

    /// <summary>Asks once for the hospitals' shares of an invoice.</summary>
    public Task ShareAsync(string invoice) => database.WriteAsync(Writer, async within =>
    {
        if (await within.Connection!.ExecuteAsync("UPDATE invoices SET shared = @now WHERE id = @invoice AND shared IS NULL", new { invoice, now = Now() }, within) == 1)
        {
            await outbox.AddAsync(within, "invoice/" + invoice, SettleInvoice.Share, invoice);
        }
    });

    /// <summary>The payer's name at Stripe; null before her first payment.</summary>
    public Task<string?> CustomerAsync(string account) => database.ReadAsync(connection =>
        connection.QuerySingleOrDefaultAsync<string>("SELECT customer FROM stripe_customers WHERE account = @account", new { account }));

    public Task KeepCustomerAsync(string account, string customer) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "INSERT INTO stripe_customers (account, customer) VALUES (@account, @customer) ON CONFLICT (account) DO NOTHING", new { account, customer }, within));

    public Task MarkTransferAsync(string invoice, long position, string transfer) => database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE invoice_lines SET transfer = @transfer WHERE invoice = @invoice AND position = @position", new { invoice, position, transfer }, within));

    private static Task<InvoiceRow?> FindAsync(DbConnection connection, string id, DbTransaction? within = null) =>
        connection.QuerySingleOrDefaultAsync<InvoiceRow>($"{Select} WHERE i.id = @id", new { id }, within);

    private async Task<string> ApplyAsync(DbTransaction within, PaymentFact fact)
    {
        if (await FindAsync(within.Connection!, fact.Invoice, within) is not { } invoice)
        {
            return "ignored: unknown invoice";
        }

        var (state, outcome) = ApplyEvent.Apply(invoice.Standing, invoice.Owed, invoice.IsDead, fact);
        if (state != invoice.Standing)
        {
            await MoveAsync(within, invoice, state, fact.PaymentIntent);
        }

        return outcome;
    }

    /// <summary>Moves an invoice on, with its log entry and the work that follows.</summary>
    private async Task MoveAsync(DbTransaction within, InvoiceRow invoice, InvoiceState state, string? intent)
    {
        var seq = state is InvoiceState.Void ? (long?)null : await log.RecordAsync(within, new Step(
            EntryKind.Payment, Hash32.Of($"{invoice.Id} {state} {invoice.Amount} {invoice.Currency}"), invoice.Account, invoice.Application));
        await within.Connection!.ExecuteAsync(
            """
            UPDATE invoices SET state = @state, payment_intent = COALESCE(@intent, payment_intent), log_seq = COALESCE(@seq, log_seq),
                paid = CASE WHEN @isPaid = 1 THEN @now ELSE paid END, refunded = CASE WHEN @isRefunded = 1 THEN @now ELSE refunded END
            WHERE id = @Id
            """,
            new { state = state.ToString(), intent, seq, isPaid = state is InvoiceState.Paid or InvoiceState.Refunding && invoice.Paid is null ? 1 : 0, isRefunded = state is InvoiceState.Refunded ? 1 : 0, now = Now(), invoice.Id }, within);
        if (state is InvoiceState.Refunding)
        {
            await outbox.AddAsync(within, "invoice/" + invoice.Id, SettleInvoice.Refund, invoice.Id);
        }

    }

    private string Now() => RecordTime.Write(clock.GetUtcNow());
}
