using System.Globalization;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>Payment intents, refunds, transfers, and the list of events.</summary>
internal static class Money
{
    public static void MapMoney(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/payment_intents", CreateIntentAsync);
        routes.MapGet("/v1/payment_intents/{id}", (string id, Vault vault) => vault.Find(id, "payment_intent") is { } intent ? Answers.Json(intent) : Answers.Missing("payment_intent", id));
        routes.MapPost("/v1/payment_intents/{id}/confirm", (string id, Vault vault, EventQueue events) =>
        {
            if (vault.Find(id, "payment_intent") is not { } intent)
            {
                return Answers.Missing("payment_intent", id);
            }

            if (intent["status"]!.GetValue<string>() != "succeeded")
            {
                Succeed(vault, intent, events);
            }

            return Answers.Json(intent);
        });
        routes.MapPost("/v1/refunds", RefundAsync);
        routes.MapPost("/v1/transfers", TransferAsync);
        routes.MapGet("/v1/events", Events);
    }

    /// <summary>Newest first, in pages of <c>limit</c> (1 to 100, 10 by default) after the event <c>starting_after</c>.</summary>
    private static IResult Events(HttpRequest request, Vault vault)
    {
        var all = vault.Objects.Values.Where(one => one["object"]!.GetValue<string>() == "event")
            .OrderByDescending(one => one["created"]!.GetValue<long>()).ThenBy(one => one["id"]!.GetValue<string>(), StringComparer.Ordinal).ToList();
        var from = request.Query["starting_after"].ToString() is { Length: > 0 } after ? all.FindIndex(one => one["id"]!.GetValue<string>() == after) + 1 : 0;
        var limit = int.TryParse(request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, 100) : 10;
        return Answers.Json(new JsonObject
        {
            ["object"] = "list", ["url"] = "/v1/events", ["has_more"] = all.Count > from + limit,
            ["data"] = new JsonArray([.. all.Skip(from).Take(limit).Select(one => one.DeepClone())]),
        });
    }

    public static JsonObject NewIntent(Vault vault, long amount, string currency, JsonObject metadata, string? group) => vault.Add("pi", "payment_intent", new JsonObject
    {
        ["amount"] = amount, ["amount_received"] = 0, ["currency"] = currency, ["status"] = "requires_payment_method", ["metadata"] = metadata, ["transfer_group"] = group,
        ["latest_charge"] = null, ["capture_method"] = "automatic", ["confirmation_method"] = "automatic", ["payment_method_types"] = new JsonArray("card"),
    });

    public static void Succeed(Vault vault, JsonObject intent, EventQueue events)
    {
        var charge = vault.Add("ch", "charge", new JsonObject
        {
            ["amount"] = intent["amount"]!.GetValue<long>(), ["amount_refunded"] = 0, ["currency"] = intent["currency"]!.GetValue<string>(), ["paid"] = true, ["refunded"] = false, ["status"] = "succeeded",
            ["payment_intent"] = intent["id"]!.GetValue<string>(), ["metadata"] = intent["metadata"]!.DeepClone(),
        });
        intent["status"] = "succeeded";
        intent["amount_received"] = intent["amount"]!.GetValue<long>();
        intent["latest_charge"] = charge["id"]!.GetValue<string>();
        events.Raise("payment_intent.succeeded", intent);
    }

    private static async Task<IResult> CreateIntentAsync(HttpRequest request, Vault vault)
    {
        var form = await request.ReadFormAsync();
        return Amount(form["amount"]) is { } amount && form["currency"].ToString().Length == 3
            ? Answers.Json(NewIntent(vault, amount, form["currency"].ToString().ToLowerInvariant(), Answers.Metadata(form, "metadata"), Answers.OrNull(form["transfer_group"])))
            : Door.Error(400, "invalid_request_error", "Invalid integer: amount, or currency is missing.", "parameter_invalid_integer");
    }

    private static async Task<IResult> RefundAsync(HttpRequest request, Vault vault, EventQueue events)
    {
        var form = await request.ReadFormAsync();
        if (vault.Find(form["payment_intent"], "payment_intent") is not { } intent || vault.Find(intent["latest_charge"]?.GetValue<string>(), "charge") is not { } charge)
        {
            return Answers.Missing("payment_intent", form["payment_intent"].ToString());
        }

        if (charge["refunded"]!.GetValue<bool>())
        {
            return Door.Error(400, "invalid_request_error", "Charge has already been refunded.", "charge_already_refunded");
        }

        charge["refunded"] = true;
        charge["amount_refunded"] = charge["amount"]!.GetValue<long>();
        var refund = vault.Add("re", "refund", new JsonObject
        {
            ["amount"] = charge["amount"]!.GetValue<long>(), ["currency"] = charge["currency"]!.GetValue<string>(), ["status"] = "succeeded", ["charge"] = charge["id"]!.GetValue<string>(),
            ["payment_intent"] = intent["id"]!.GetValue<string>(), ["metadata"] = Answers.Metadata(form, "metadata"),
        });
        events.Raise("charge.refunded", charge);
        return Answers.Json(refund);
    }

    private static async Task<IResult> TransferAsync(HttpRequest request, Vault vault)
    {
        var form = await request.ReadFormAsync();
        return Amount(form["amount"]) is { } amount && form["destination"].ToString().StartsWith("acct_", StringComparison.Ordinal)
            ? Answers.Json(vault.Add("tr", "transfer", new JsonObject
            {
                ["amount"] = amount, ["amount_reversed"] = 0, ["currency"] = form["currency"].ToString(), ["destination"] = form["destination"].ToString(), ["reversed"] = false,
                ["transfer_group"] = Answers.OrNull(form["transfer_group"]), ["metadata"] = Answers.Metadata(form, "metadata"),
            }))
            : Door.Error(400, "invalid_request_error", "Invalid amount or destination.", "parameter_invalid");
    }

    private static long? Amount(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var amount) && amount > 0 ? amount : null;
}
