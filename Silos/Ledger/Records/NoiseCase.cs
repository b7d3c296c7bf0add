using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// What the hospital lays before an auditor so that she replays an answer's noise (<c>verify noise</c>). It holds the seed and the rows that were counted:
/// with either, the noise can be taken off the answer, so it never leaves the hospital's own room.
/// </summary>
/// <param name="Answer">Receipt of the query's entry, which opens query and answer.</param>
/// <param name="SeedCommitted">Receipt of the seed-committed entry, which opens its subject: the seed's hash.</param>
/// <param name="Signed">The question as the researcher signed it: its nonce is mixed into the noise.</param>
/// <param name="Seed">The seed, base64url of 32 bytes.</param>
/// <param name="Query">The canonical query.</param>
/// <param name="Schema">The dataset's schema (FORMATS.md).</param>
/// <param name="Floor">The floor under which cells were not shown; from 0.</param>
/// <param name="Header">Names of the cells of each row; the privacy unit first.</param>
/// <param name="Rows">The rows of those who were in the cohort, as text; null where there is no value.</param>
/// <param name="Bytes">The answer as it was stored.</param>
public sealed record NoiseCase(
    SignedRecord Answer, SignedRecord SeedCommitted, SignedRecord Signed, string Seed, string Query, JsonObject Schema, int Floor, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string?>> Rows, string Bytes);
