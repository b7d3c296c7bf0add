namespace Research.Web.Hub;

/// <summary>What the hub said: the value, or the problem in its place.</summary>
public sealed record HubAnswer<T>(T? Value, HubProblem? Problem)
    where T : class;

/// <summary>A problem as the hub told it (RFC 9457).</summary>
/// <param name="Status">HTTP status; 503 when the hub did not answer at all.</param>
/// <param name="Code">Stable, lower-case words with hyphens.</param>
/// <param name="Detail">One sentence in English that names the field, the value and the allowed range.</param>
public sealed record HubProblem(int Status, string Code, string Detail);
