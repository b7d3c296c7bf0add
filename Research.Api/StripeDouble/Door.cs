using System.Text;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>What Stripe does before an endpoint: the key, the idempotency key, one request at a time.</summary>
internal sealed class Door(RequestDelegate next, IConfiguration configuration)
{
    private readonly string apiKey = configuration["Double:ApiKey"] ?? "sk_test_double";

    public async Task InvokeAsync(HttpContext context, Vault vault)
    {
        var isApi = context.Request.Path.StartsWithSegments("/v1");
        if (isApi && context.Request.Headers.Authorization.ToString() != "Bearer " + apiKey)
        {
            await Error(401, "invalid_request_error", "Invalid API Key provided.", null).ExecuteAsync(context);
            return;
        }

        await vault.Gate.WaitAsync(context.RequestAborted);
        try
        {
            await (isApi && HttpMethods.IsPost(context.Request.Method) && context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } key ? OnceAsync(context, vault, key) : next(context));
            if (HttpMethods.IsPost(context.Request.Method))
            {
                vault.Save();
            }
        }
        finally
        {
            vault.Gate.Release();
        }
    }

    /// <summary>Stripe's error object.</summary>
    public static IResult Error(int status, string type, string message, string? code) => Results.Text(
        new JsonObject { ["error"] = new JsonObject { ["type"] = type, ["message"] = message, ["code"] = code } }.ToJsonString(), "application/json", Encoding.UTF8, status);

    private async Task OnceAsync(HttpContext context, Vault vault, string key)
    {
        var form = await context.Request.ReadFormAsync();
        var sent = context.Request.Path + "?" + string.Join('&', form.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
        if (vault.Answers.TryGetValue(key, out var known))
        {
            if (known.Form != sent)
            {
                await Error(400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters they were first used with.", null).ExecuteAsync(context);
                return;
            }

            context.Response.Headers["Idempotent-Replayed"] = "true";
            await Results.Text(known.Body, "application/json", Encoding.UTF8, known.Status).ExecuteAsync(context);
            return;
        }

        var body = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }

        vault.Answers[key] = (sent, context.Response.StatusCode, Encoding.UTF8.GetString(buffer.ToArray()));
        await body.WriteAsync(buffer.ToArray());
    }
}
