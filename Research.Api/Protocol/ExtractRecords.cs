using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>An anonymized file on its way from asking to release: a job that survives restarts.</summary>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>produced</c> (waits for two output checkers), <c>released</c>, <c>rejected</c>, <c>failed</c>, <c>cancelled</c>.</param>
/// <param name="Extract">The file's name at the silo, once produced: what a checker's signed record names.</param>
/// <param name="Report">What the silo says of the file.</param>
/// <param name="Approvals">Output checkers who approved, of <paramref name="Needed"/>.</param>
/// <param name="ErrorCode">The silo's refusal code, when it failed.</param>
public sealed record ExtractJob(
    string Id,
    string State,
    string Application,
    string Project,
    string Permit,
    string Silo,
    string Hospital,
    string Dataset,
    string? Extract,
    JsonElement? Report,
    int Approvals,
    int Needed,
    string? ErrorCode,
    string? Error,
    string Asked,
    string Changed);

/// <summary>An output checker's signed record of type <c>output-check</c>.</summary>
public sealed record ExtractCheck(JsonElement Check);
