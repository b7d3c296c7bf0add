namespace Research.Api.Protocol;

/// <summary>An amount in the currency's smallest unit as Stripe counts it (IDR has two decimals there; KRW and VND none).</summary>
/// <param name="Currency">ISO 4217, upper case.</param>
/// <param name="Shown">For people: <c>1,234.50 BRL</c>.</param>
public sealed record MoneyView(long Minor, string Currency, string Shown);

/// <summary>What is owed for processing an application. It buys no approval, no answer, no consent.</summary>
/// <param name="State"><c>open</c>, <c>paid</c>, <c>refunding</c>, <c>refunded</c>, <c>void</c>.</param>
/// <param name="Entry">The hub's log entry about the payment.</param>
public sealed record Invoice(string Id, long Number, string Application, string State, MoneyView Total, IReadOnlyList<InvoiceLine> Lines, string Created, string? Paid, string? Refunded, long? Entry);

/// <summary>One service; the hospital that gets its cost back, where one does.</summary>
public sealed record InvoiceLine(string Service, string? Hospital, MoneyView Amount);

/// <summary>Where to pay: a page of Stripe's, or of its double in the embedded default.</summary>
public sealed record CheckoutPage(string Url);

/// <summary>What was paid, refunded and passed on, by currency; sums equal the log's payment entries.</summary>
public sealed record Statement(IReadOnlyList<StatementLine> Lines);

/// <param name="Invoices">Paid and not refunded.</param>
/// <param name="Passed">Passed on to the hospital.</param>
public sealed record StatementLine(string Service, string? Hospital, string Currency, long Invoices, long Minor, long Passed);
