using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>Customers, Checkout sessions, and the page where somebody pays.</summary>
internal static class Checkout
{
    public static void MapCheckout(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/customers", async (HttpRequest request, Vault vault) =>
        {
            var form = await request.ReadFormAsync();
            return Answers.Json(vault.Add("cus", "customer", new JsonObject { ["email"] = form["email"].ToString(), ["name"] = Answers.OrNull(form["name"]), ["metadata"] = Answers.Metadata(form, "metadata") }));
        });
        routes.MapPost("/v1/checkout/sessions", CreateAsync);
        routes.MapGet("/v1/checkout/sessions/{id}", (string id, Vault vault) => vault.Find(id, "checkout.session") is { } session ? Answers.Json(session) : Answers.Missing("checkout.session", id));
        routes.MapGet("/pay/{id}", Page);
        routes.MapPost("/pay/{id}", PayAsync);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Vault vault)
    {
        var form = await request.ReadFormAsync();
        if (form["mode"] != "payment" || !long.TryParse(form["line_items[0][price_data][unit_amount]"], NumberStyles.None, CultureInfo.InvariantCulture, out var each) || each < 1
            || !long.TryParse(form["line_items[0][quantity]"], NumberStyles.None, CultureInfo.InvariantCulture, out var quantity) || string.IsNullOrEmpty(form["success_url"]))
        {
            return Door.Error(400, "invalid_request_error", "Missing or invalid parameter: mode, line_items or success_url.", "parameter_invalid");
        }

        var session = vault.Add("cs_test", "checkout.session", new JsonObject
        {
            ["mode"] = "payment", ["status"] = "open", ["payment_status"] = "unpaid", ["payment_intent"] = null,
            ["amount_subtotal"] = each * quantity, ["amount_total"] = each * quantity, ["currency"] = form["line_items[0][price_data][currency]"].ToString().ToLowerInvariant(),
            ["client_reference_id"] = Answers.OrNull(form["client_reference_id"]), ["customer_email"] = Answers.OrNull(form["customer_email"]), ["customer"] = Answers.OrNull(form["customer"]),
            ["success_url"] = form["success_url"].ToString(), ["cancel_url"] = Answers.OrNull(form["cancel_url"]),
            ["metadata"] = Answers.Metadata(form, "metadata"), ["payment_method_types"] = new JsonArray("card"), ["expires_at"] = vault.Now + 86_400,
        });
        session["intent_metadata"] = Answers.Metadata(form, "payment_intent_data[metadata]");
        session["transfer_group"] = Answers.OrNull(form["payment_intent_data[transfer_group]"]);
        session["url"] = $"{request.Scheme}://{request.Host}/pay/{session["id"]}";
        return Answers.Json(session);
    }

    private static IResult Page(string id, Vault vault) => vault.Find(id, "checkout.session") is not { } session ? Results.NotFound() : Results.Text(
        $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Test payment</title>
        <h1>Test payment</h1><p>{session["amount_total"]} {WebUtility.HtmlEncode(session["currency"]!.GetValue<string>())} (smallest units). No money moves.</p>
        <form method="post"><label>Card <input name="card" value="4242424242424242"></label> <button>Pay</button></form></html>
        """,
        "text/html",
        Encoding.UTF8);

    private static async Task<IResult> PayAsync(string id, HttpRequest request, Vault vault, EventQueue events)
    {
        var form = await request.ReadFormAsync();
        if (vault.Find(id, "checkout.session") is not { } session || session["status"]!.GetValue<string>() != "open")
        {
            return Results.NotFound();
        }

        var intent = Money.NewIntent(vault, session["amount_total"]!.GetValue<long>(), session["currency"]!.GetValue<string>(), (JsonObject)session["intent_metadata"]!.DeepClone(), session["transfer_group"]?.GetValue<string>());
        switch (form["card"].ToString())
        {
            case "4000000000000002":
                intent["status"] = "requires_payment_method";
                events.Raise("payment_intent.payment_failed", intent);
                return Results.Text("Your card was declined.", statusCode: 402);
            case "4000000000003220" when form["authenticated"] != "true":
                intent["status"] = "requires_action";
                return Results.Text("3-D Secure is needed: post again with authenticated=true.", statusCode: 402);
        }

        Money.Succeed(vault, intent, events);
        session["status"] = "complete";
        session["payment_status"] = "paid";
        session["payment_intent"] = intent["id"]!.GetValue<string>();
        events.Raise("checkout.session.completed", session);
        return Results.Redirect(session["success_url"]!.GetValue<string>());
    }
}
