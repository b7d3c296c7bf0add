using System.Text.Json;
using Research.Web.Hub;

namespace Research.Web.Components.Parts;

/// <summary>What a passkey answered in the browser, as a form brings it. The hub judges it.</summary>
internal static class ReadPasskey
{
    public static HubProblem Missing { get; } = new(422, "bad-passkey", "");

    /// <returns>The ceremony's name and the credential; null when the form lacks one.</returns>
    public static (string Ceremony, JsonElement Credential)? From(IFormCollection typed) =>
        typed["ceremony"].ToString() is { Length: > 0 } ceremony && ReadSigned.Read(typed["credential"].ToString()) is { } credential ? (ceremony, credential) : null;
}
