using System.Text.Json;

namespace Silos.Protocol;

/// <summary>A file that was asked for. <paramref name="Id"/> names it from now on.</summary>
/// <param name="State"><c>produced</c> (it waits for its output check), <c>released</c>, <c>rejected</c>.</param>
/// <param name="Report">What is said of the file; no count that was withheld.</param>
/// <param name="Approvals">Output checkers who approved so far.</param>
public sealed record ExtractView(string Id, string State, JsonElement Report, int Approvals, int Needed);

/// <summary>A file on its way to an output checker, sealed to the checker's key (JWE).</summary>
/// <param name="FileHash">SHA-256 of the file: what the checker signs.</param>
public sealed record SealedForChecker(string Id, string State, JsonElement Report, string FileHash, string File);

/// <summary>An output checker's signed record of type <c>output-check</c>.</summary>
public sealed record OutputCheckSubmission(JsonElement Check);

/// <summary>The public key (JWK) of one of the hospital's output checkers.</summary>
public sealed record CheckerKey(JsonElement Key);

/// <summary>A released file: sealed to the researcher's file key (JWE), its signed manifest, and the receipt of its entry.</summary>
public sealed record ReleasedFile(string File, JsonElement Manifest, JsonElement Receipt);
