using Microsoft.AspNetCore.Mvc;

namespace Research.Web.Downloads;

/// <summary>
/// Hands back what a page already shows, as a file: an answer with its receipt, a body to sign. The bytes come from the page's own form,
/// so nothing has to be kept here, and it works with scripts off.
/// </summary>
internal static class DownloadsEndpoints
{
    private const int Largest = 1 << 20;

    private static readonly string[] Names = ["answer.json", "to-sign.json", "permit.json", "proof.json", "receipt.json", "signed-decision.json", "my-passkey.jwk", "my-history.json",
        "dashboard-key.json", "dashboard-people.json", "dashboard-chronic.json", "dashboard-signal.json",
        "checker-statement.json", "witness.jwk"];

    public static void MapDownloads(this IEndpointRouteBuilder routes) => routes.MapPost("/download", Give);

    /// <param name="content">base64: a form would change the ends of lines.</param>
    private static IResult Give([FromForm] string name, [FromForm] string content)
    {
        var bytes = new byte[Math.Min(content.Length, Largest)];
        return Names.Contains(name) && content.Length <= Largest && Convert.TryFromBase64String(content, bytes, out var length)
            ? Results.File(bytes[..length], "application/json", name)
            : Results.BadRequest();
    }
}
