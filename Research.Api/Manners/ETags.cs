using Silos.Ledger.Records;

namespace Research.Api.Manners;

/// <summary>Gives every answer to a GET an entity tag (RFC 9110 section 8.8.3) of its bytes, and answers 304 to whoever has them already. Streams of events go untagged.</summary>
internal sealed class ETags(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        var response = context.Response;
        var body = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = body;
        }

        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (response.StatusCode == StatusCodes.Status200OK && bytes.Length > 0)
        {
            var tag = $"\"{Hash32.Of(bytes.Span).ToString()[..22]}\"";
            response.Headers.ETag = tag;
            response.Headers.CacheControl = "no-cache, private";
            if (context.Request.Headers.IfNoneMatch.Contains(tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                response.Headers.ContentType = default;
                return;
            }
        }

        await body.WriteAsync(bytes, context.RequestAborted);
    }
}
