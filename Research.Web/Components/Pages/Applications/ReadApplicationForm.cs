using System.Text.Json;
using Research.Api.Protocol;

namespace Research.Web.Components.Pages.Applications;

/// <summary>What was typed into the application's form, as the hub takes it. It judges nothing: empty is absent, and the hub says what is wrong.</summary>
internal static class ReadApplicationForm
{
    public static ApplicationForm From(IFormCollection typed) => new(
        Title: Text(typed, "title"),
        LaySummary: Text(typed, "laySummary"),
        Purpose: Text(typed, "purpose"),
        Disease: Text(typed, "disease"),
        User: Text(typed, "user"),
        Country: Text(typed, "country")?.ToUpperInvariant(),
        Datasets: [.. typed["datasets"].OfType<string>().Select(Dataset)],
        Outputs: typed.ContainsKey("outputs") ? [.. typed["outputs"].OfType<string>()] : null,
        EndDate: Text(typed, "endDate"),
        SigningKey: Key(typed, "signingKey"),
        FileKey: Key(typed, "fileKey"),
        Method: Text(typed, "method"),
        Safeguards: Text(typed, "safeguards"),
        Language: Text(typed, "language"),
        Modifiers: typed.ContainsKey("modifiers") ? [.. typed["modifiers"].OfType<string>()] : null);

    /// <summary>What was typed takes the place of what was there, apart from the members that the form does not hold.</summary>
    public static ApplicationForm Over(ApplicationForm before, IFormCollection typed) =>
        From(typed) with { Caps = before.Caps, Translations = before.Translations, Language = Text(typed, "language") ?? before.Language };

    /// <summary>A public key as pasted or filled in by the page; what is no JSON is sent as text, for the hub to refuse by name.</summary>
    internal static JsonElement? Key(IFormCollection typed, string field)
    {
        if (Text(typed, field) is not { } text)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }

    private static DatasetChoice Dataset(string value) => value.Split('/', 2) is [var silo, var dataset] ? new(silo, dataset) : new("", value);

    private static string? Text(IFormCollection typed, string field) => typed[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
