using System.Security.Claims;
using System.Threading.RateLimiting;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Manners;

/// <summary>How much one person may ask: the section <c>Limits</c>.</summary>
internal sealed class LimitOptions
{
    /// <summary>How many requests may one account (or, without a token, one address) make? A minute, from 1; 1,200 by default.</summary>
    public int RequestsPerMinute { get; init; } = 1200;

    /// <summary>How many sign-ins, sign-ups and letters may one address try? A minute, from 1; 60 by default.</summary>
    public int SignInsPerMinute { get; init; } = 60;
}

/// <summary>Limits on rate, by person; a refusal is 429 with Retry-After.</summary>
internal static class Limits
{
    public static void AddLimits(this WebApplicationBuilder builder)
    {
        var limits = builder.Configuration.GetSection("Limits").Get<LimitOptions>() ?? new LimitOptions();
        builder.Services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = async (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = "60";
                await Problem.OfStatus(StatusCodes.Status429TooManyRequests, rejected.HttpContext.Request).ExecuteAsync(rejected.HttpContext);
            };
            options.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(context => Window(PersonOf(context), limits.RequestsPerMinute)),
                PartitionedRateLimiter.Create<HttpContext, string>(context => context.Request.Path.StartsWithSegments("/accounts") && !context.Request.Path.StartsWithSegments(HubRoutes.Me)
                    ? Window("sign-in " + AddressOf(context), limits.SignInsPerMinute)
                    : RateLimitPartition.GetNoLimiter("other")));
        });
    }

    private static RateLimitPartition<string> Window(string partition, int permits) => RateLimitPartition.GetSlidingWindowLimiter(
        partition, _ => new SlidingWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6, QueueLimit = 0 });

    private static string PersonOf(HttpContext context) => context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? AddressOf(context);

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "local";
}
