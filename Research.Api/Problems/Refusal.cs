using Microsoft.AspNetCore.Http.HttpResults;

namespace Research.Api.Problems;

/// <summary>An expected refusal: a stable code, the HTTP status, and one clear sentence. It becomes problem+json in one place, <see cref="ToProblem"/>.</summary>
/// <param name="Code">Lower-case words with hyphens; never changes its meaning.</param>
internal sealed record Refusal(string Code, int Status, string Detail)
{
    public static Refusal NotFound(string what) => new("not-found", 404, $"There is no such {what}, or it is not yours to see.");

    public static Refusal Forbidden(string detail) => new("forbidden", 403, detail);

    public static Refusal Invalid(string detail) => new("invalid", 422, detail);

    public static Refusal Conflict(string detail) => new("conflict", 409, detail);

    public ProblemHttpResult ToProblem() => Problem.Of(Status, Code, Detail);
}

/// <summary>A decision's two ends: what was decided, or why not.</summary>
internal readonly record struct Outcome<T>(T? Value, Refusal? Refused)
    where T : class
{
    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refused) => new(null, refused);

    /// <summary>200 with the value, or the refusal's problem.</summary>
    public Results<Ok<T>, ProblemHttpResult> ToHttp() => Refused is null ? TypedResults.Ok(Value!) : Refused.ToProblem();
}
