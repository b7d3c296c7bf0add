using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Research.Api.Problems;

/// <summary>The one shape of every 4xx and 5xx answer: RFC 9457 with a stable <c>code</c>.</summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string detail) => TypedResults.Problem(new ProblemDetails
    {
        Status = status,
        Type = "urn:researchhub:problem:" + code,
        Title = code,
        Detail = detail,
        Extensions = { ["code"] = code },
    });

    /// <summary>The problem of an answer that has a status and no body.</summary>
    public static ProblemHttpResult OfStatus(int status, HttpRequest request) => status switch
    {
        400 => Of(400, "bad-request", "The request cannot be read."),
        401 => Of(401, "unauthenticated", "This needs a bearer token: sign in first."),
        403 => Of(403, "forbidden", "Your role may not do this."),
        404 => Of(404, "not-found", $"There is nothing at {request.Path}."),
        405 => Of(405, "method-not-allowed", $"{request.Method} is not allowed at {request.Path}."),
        408 => Of(408, "request-timeout", "The request took too long to arrive."),
        413 => Of(413, "too-large", "The request is larger than is accepted here."),
        415 => Of(415, "unsupported-media-type", "Send application/json."),
        429 => Of(429, "too-many-requests", "Slow down: too many requests."),
        503 => Of(503, "unavailable", "A part that this needs does not answer."),
        _ => Of(status, status >= 500 ? "internal" : "refused", status >= 500 ? "Something broke; it was logged." : "The request was refused."),
    };
}
