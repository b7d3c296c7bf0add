using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Web.Components.Parts;

namespace Research.Web.Components.Pages.Queries;

/// <summary>The body that a researcher signs for a question or a file (record type <c>query</c>); her browser puts in the nonce, which is hers to choose.</summary>
internal static class QuestionToSign
{
    /// <summary>Key ids of the people whom the permit names.</summary>
    public static IReadOnlyList<string> PeopleOf(PermitView permit) => [.. permit.Permit.Items("people").Select(person => person.Text("key")).OfType<string>()];

    /// <param name="canonical">Canonical text of what is asked; its hash is signed.</param>
    /// <param name="output"><c>statistics</c> or <c>file</c>.</param>
    public static string Of(PermitView permit, CatalogueItem dataset, string canonical, string output, bool fresh) => new JsonObject
    {
        ["type"] = "query",
        ["version"] = 1,
        ["chainId"] = permit.Permit.Text("chainId"),
        ["contract"] = permit.Permit.Text("contract"),
        ["nonce"] = "",
        ["permit"] = permit.Id,
        ["silo"] = dataset.Silo,
        ["dataset"] = dataset.Dataset,
        ["queryHash"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))),
        ["output"] = output,
        ["fresh"] = fresh,
    }.ToJsonString();
}
