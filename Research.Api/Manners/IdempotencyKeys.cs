using System.Text;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Manners;

/// <summary>
/// A POST with an <c>Idempotency-Key</c> (up to 100 characters) is done once: the same request again within a day gets the same answer, and
/// another request with the key is refused. For applications and payments; a query has its nonce, and its answer is never kept.
/// </summary>
internal sealed class IdempotencyKeys(RequestDelegate next)
{
    public const string Header = "Idempotency-Key";

    private const string Writer = "idempotency";
    private static readonly string[] Covered = [HubRoutes.Applications, "/payments", HubRoutes.Permits];

    public async Task InvokeAsync(HttpContext context, Database database, TimeProvider clock)
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length == 0 || !HttpMethods.IsPost(context.Request.Method) || context.Items[typeof(Caller)] is not Caller caller || !Covered.Any(route => context.Request.Path.StartsWithSegments(route)))
        {
            await next(context);
            return;
        }

        if (key.Length > 100)
        {
            await Problem.Of(400, "bad-request", $"{Header}: {key.Length} characters; allowed are 1 to 100.").ExecuteAsync(context);
            return;
        }

        var hash = await HashAsync(context.Request);
        var now = clock.GetUtcNow();
        var known = await ClaimAsync(database, caller.Id, key, hash, now);
        if (known is null)
        {
            await RunAsync(context, database, caller.Id, key);
        }
        else
        {
            await RepeatAsync(context, known, hash);
        }
    }

    /// <summary>Takes the key for this request; null when it was free.</summary>
    private static Task<Known?> ClaimAsync(Database database, string account, string key, string hash, DateTimeOffset now) => database.WriteAsync(Writer, async within =>
    {
        var connection = within.Connection!;
        await connection.ExecuteAsync("DELETE FROM idempotent_requests WHERE time < @dayAgo", new { dayAgo = RecordTime.Write(now.AddDays(-1)) }, within);
        var rows = await connection.QueryAsync<(string Hash, int? Status, string? Type, string? Body)>(
            "SELECT request_hash, status, content_type, body FROM idempotent_requests WHERE account = @account AND key = @key", new { account, key }, within);
        var found = rows.Select(row => new Known(row.Hash, row.Status, row.Type, row.Body)).SingleOrDefault();
        if (found is null)
        {
            await connection.ExecuteAsync(
                "INSERT INTO idempotent_requests (account, key, request_hash, time) VALUES (@account, @key, @hash, @now)", new { account, key, hash, now = RecordTime.Write(now) }, within);
        }

        return found;
    });

    private async Task RunAsync(HttpContext context, Database database, string account, string key)
    {
        var response = context.Response;
        var body = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        var finished = false;
        try
        {
            await next(context);
            finished = response.StatusCode < 500;
        }
        finally
        {
            response.Body = body;
            await database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
                finished
                    ? "UPDATE idempotent_requests SET status = @status, content_type = @type, body = @body WHERE account = @account AND key = @key"
                    : "DELETE FROM idempotent_requests WHERE account = @account AND key = @key",
                new { status = response.StatusCode, type = response.ContentType, body = Encoding.UTF8.GetString(buffer.ToArray()), account, key }, within));
        }

        await body.WriteAsync(buffer.ToArray(), context.RequestAborted);
    }

    private static async Task RepeatAsync(HttpContext context, Known known, string hash)
    {
        if (known.Hash != hash)
        {
            await Problem.Of(422, "idempotency-key-reused", $"{Header}: used before with another request.").ExecuteAsync(context);
        }
        else if (known.Status is not { } status)
        {
            await Problem.Of(409, "in-progress", $"{Header}: the first request with this key is still being worked on.").ExecuteAsync(context);
        }
        else
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = known.Type;
            context.Response.Headers["Idempotent-Replay"] = "true";
            await context.Response.WriteAsync(known.Body ?? "", context.RequestAborted);
        }
    }

    private static async Task<string> HashAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return Hash32.Of([.. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"), .. body.ToArray()]).ToString();
    }

    private sealed record Known(string Hash, int? Status, string? Type, string? Body);
}
