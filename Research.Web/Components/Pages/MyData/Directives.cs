using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Research.Api.Protocol;
using Research.Web.Languages;

namespace Research.Web.Components.Pages.MyData;

/// <summary>Bodies of record type <c>directive</c>: what a patient signs.</summary>
internal static partial class Directives
{
    public const string Permit = "permit";
    public const string Deny = "deny";

    /// <summary>Version of the text <c>consent.text</c>; a change of its meaning makes the next one.</summary>
    private const string TextVersion = "1";

    /// <summary>The text that is shown and signed: the hospital's own in this language, else its first; the page's where any may be signed.</summary>
    public static MyConsentText TextOf(MyHospital hospital, Texts texts) =>
        hospital.Texts?.FirstOrDefault(text => text.Language == texts.Language.Tag)
        ?? (hospital.Texts is [var first, ..] ? first : null)
        ?? new MyConsentText(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(texts["consent.text"]))), texts.Language.Tag, TextVersion, texts["consent.text"]);

    /// <summary>A directive that permits nothing yet; its text is the one that this language shows.</summary>
    /// <param name="sequence">One more than that of her newest directive at this hospital.</param>
    public static JsonObject Body(Research.Api.Protocol.MyData mine, MyHospital hospital, int sequence, string decision, DateTimeOffset now, Texts texts) => new()
    {
        ["type"] = "directive",
        ["version"] = 1,
        ["chainId"] = mine.ChainId,
        ["contract"] = mine.Contract,
        ["nonce"] = "",
        ["subject"] = hospital.Subject,
        ["silo"] = hospital.Silo,
        ["sequence"] = sequence,
        ["decision"] = decision,
        ["purposes"] = new JsonArray(),
        ["users"] = new JsonArray(),
        ["categories"] = decision == Permit ? new JsonArray("*") : new JsonArray(),
        ["outputs"] = new JsonArray(),
        ["notBefore"] = now.AddSeconds(-1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["text"] = new JsonObject
        {
            ["hash"] = TextOf(hospital, texts).Hash,
            ["language"] = TextOf(hospital, texts).Language,
            ["version"] = TextOf(hospital, texts).Version,
        },
    };

    /// <summary>A change of keys: this one alone signs from now on. She signs it with the key that counts now.</summary>
    public static JsonObject KeyChange(Research.Api.Protocol.MyData mine, MyHospital hospital, JsonElement key) => new()
    {
        ["type"] = "key-change",
        ["version"] = 1,
        ["chainId"] = mine.ChainId,
        ["contract"] = mine.Contract,
        ["nonce"] = "",
        ["subject"] = hospital.Subject,
        ["silo"] = hospital.Silo,
        ["sequence"] = hospital.NextKeyChange ?? 1,
        ["keys"] = new JsonObject
        {
            ["holders"] = new JsonArray(new JsonObject { ["key"] = JsonObject.Create(key), ["role"] = "patient" }),
            ["needed"] = 1,
        },
    };

    /// <summary>What she asks of her hospital with her own signature; it is answered for ten minutes. Her browser adds the key to which the answer is sealed.</summary>
    /// <param name="ask"><c>history</c> or <c>erasure</c>.</param>
    public static JsonObject Request(Research.Api.Protocol.MyData mine, MyHospital hospital, string ask, DateTimeOffset now) => new()
    {
        ["type"] = "consent-request",
        ["version"] = 1,
        ["chainId"] = mine.ChainId,
        ["contract"] = mine.Contract,
        ["nonce"] = "",
        ["subject"] = hospital.Subject,
        ["silo"] = hospital.Silo,
        ["ask"] = ask,
        ["time"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
    };

    /// <summary>The number of her next directive: what the form carries, else what the hospital says, else the first.</summary>
    public static int Sequence(HttpRequest request, MyHospital? hospital) =>
        request.HasFormContentType && int.TryParse(request.Form["sequence"], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence > 0 ? sequence : hospital?.NextSequence ?? 1;

    /// <summary>The number that the hospital expects, from its refusal of another one; null when it refused for another reason.</summary>
    public static int? Expected(string? reason) =>
        reason is not null && Wrong().Match(reason) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("^sequence: .* allowed is ([0-9]{1,9})$")]
    private static partial Regex Wrong();
}
