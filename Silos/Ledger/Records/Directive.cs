using System.Globalization;
using System.Text.Json.Serialization;

namespace Silos.Ledger.Records;

/// <summary>A patient's decision, signed with keys that the hospital enrolled. The newest one in force decides; silence is no.</summary>
/// <param name="Nonce">Used once by this patient.</param>
/// <param name="Subject">The patient's enrolment at the silo: a random name that says nothing.</param>
/// <param name="Silo">Register id of the silo.</param>
/// <param name="Sequence">1 for the first directive, then one more each time: no directive can be left out or put back.</param>
/// <param name="Decision"><c>permit</c> or <c>deny</c>.</param>
/// <param name="Purposes">DUO codes permitted, by subsumption, and DUO modifiers that narrow them; ignored for a deny.</param>
/// <param name="Users">Kinds of user permitted: <c>non-profit</c>, <c>for-profit</c>.</param>
/// <param name="Categories">Data categories permitted: <c>*</c> for all, or words of <see cref="DataCategory"/>.</param>
/// <param name="Outputs"><c>statistics</c>, <c>file</c>.</param>
/// <param name="NotBefore">RFC 3339 UTC.</param>
/// <param name="Text">The text that was shown when it was signed.</param>
/// <param name="NotAfter">RFC 3339 UTC, or null for no end.</param>
/// <param name="Countries">ISO 3166-1 alpha-2 codes permitted; null for any.</param>
/// <param name="Collected">Window of the records covered; null for all that were collected before or after.</param>
/// <param name="Project">Permit applications permitted by name; null for any.</param>
/// <param name="Diseases">ICD-10 chapters, blocks or codes to which disease-specific research (DUO:0000007) is permitted; null elsewhere.</param>
/// <param name="Cap">How much all answers together may tell about her; she is left out, unseen, of those that would pass it. Null for no cap of her own.</param>
public sealed record Directive(
    string ChainId,
    string Contract,
    string Nonce,
    string Subject,
    Hash32 Silo,
    int Sequence,
    string Decision,
    IReadOnlyList<string> Purposes,
    IReadOnlyList<string> Users,
    IReadOnlyList<string> Categories,
    IReadOnlyList<string> Outputs,
    string NotBefore,
    ConsentText Text,
    string? NotAfter = null,
    IReadOnlyList<string>? Countries = null,
    CollectionWindow? Collected = null,
    IReadOnlyList<string>? Project = null,
    IReadOnlyList<string>? Diseases = null,
    PersonalCap? Cap = null,
    string Type = Directive.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "directive";
    public const string Permit = "permit";
    public const string Deny = "deny";

    public static string RecordType => RecordName;
}

/// <summary>The text that was shown: hash of its UTF-8 bytes, language (BCP 47), version (<c>2</c> or <c>2.1</c>: a change of the number before the point is material).</summary>
public sealed record ConsentText(Hash32 Hash, string Language, string Version);

/// <summary>Dates (yyyy-MM-dd, both included) between which records were collected; either may be open. <paramref name="Retrospective"/>: also what was collected before <see cref="Directive.NotBefore"/>.</summary>
public sealed record CollectionWindow(bool Retrospective, string? From = null, string? To = null);

/// <summary>A patient's own limit to what all answers of the register together may tell about her.</summary>
/// <param name="Rho">nano-ρ, unsigned 64 bit.</param>
/// <param name="Delta">atto-δ, unsigned 64 bit.</param>
public sealed record PersonalCap(string Rho, string Delta)
{
    /// <summary>ρ in 1e-9; nothing where it cannot be read, which leaves her out of everything.</summary>
    [JsonIgnore]
    public ulong RhoNano => Read(Rho) ?? 0;

    /// <summary>δ in 1e-18; nothing where it cannot be read.</summary>
    [JsonIgnore]
    public ulong DeltaAtto => Read(Delta) ?? 0;

    /// <summary>The amount that a record names, or null.</summary>
    public static ulong? Read(string? text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
        && amount.ToString(CultureInfo.InvariantCulture) == text ? amount : null;
}
