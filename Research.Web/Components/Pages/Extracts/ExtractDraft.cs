using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Web.Components.Parts;

namespace Research.Web.Components.Pages.Extracts;

/// <summary>The columns of a cohort file as ticked, and the request (FORMATS, "Extract") that they make. Which columns there are, the silo judges.</summary>
/// <param name="Columns">In ordinal order, each once: so the request is canonical as it stands.</param>
internal sealed record ExtractDraft(IReadOnlyList<string> Columns)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ExtractDraft From(IFormCollection typed) => new([.. typed["column"].OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    /// <summary>All columns that may be in a file.</summary>
    public static ExtractDraft Start(CatalogueItem dataset) => new([.. Offered(dataset).Select(column => column.Name).Order(StringComparer.Ordinal)]);

    public static IEnumerable<CatalogueAttribute> Offered(CatalogueItem dataset) => dataset.Attributes.Where(column => column.Role != "identifying");

    /// <summary><c>{"attributes":[…]}</c>: what is signed is its hash.</summary>
    public string Request => new JsonObject { ["attributes"] = new JsonArray([.. Columns.Select(name => JsonValue.Create(name))]) }.ToJsonString(Plain);

    /// <summary>What an output checker signs (record type <c>output-check</c>).</summary>
    /// <param name="fileHash">Of the bytes that she looked at; the browser fills it in when it opened them.</param>
    public static string CheckToSign(PermitView permit, ExtractJob job, string fileHash, string decision) => new JsonObject
    {
        ["type"] = "output-check",
        ["version"] = 1,
        ["chainId"] = permit.Permit.Text("chainId"),
        ["contract"] = permit.Permit.Text("contract"),
        ["nonce"] = "",
        ["extract"] = job.Extract,
        ["fileHash"] = fileHash,
        ["decision"] = decision,
    }.ToJsonString();

    /// <summary>Whether the permit lets files leave at all.</summary>
    public static bool AllowsFiles(PermitView permit) => permit.Permit.Items("outputs").Any(output => output.ValueKind == JsonValueKind.String && output.GetString() == "file");

    /// <summary>Files that the permit has left at this register; null when the chain did not say.</summary>
    public static int? FilesLeft(PermitView permit, string register) =>
        permit.Spent.FirstOrDefault(one => one.Register == register) is { } there ? Math.Max(0, there.CapFiles - there.SpentFiles) : null;
}
