using System.Globalization;
using System.Text.Json.Nodes;
using Research.Api.Protocol;

namespace Research.Web.Components.Pages.Hospital;

/// <summary>Bodies of record type <c>officer-request</c>: what a hospital's officer signs. Each counts once, for five minutes.</summary>
internal static class OfficerRequests
{
    public static JsonObject Load(LoadsView view, LoadDraft draft, DateTimeOffset now)
    {
        var body = Body(view, draft.Silo, "load", now);
        body["folder"] = draft.Folder;
        Add(body, "dataset", draft.Dataset);
        Add(body, "definition", draft.Definition);
        Add(body, "referenceDate", draft.Day);
        return body;
    }

    /// <summary>The officer's browser adds the key to which the answer is sealed; without one it is sealed to the signing key.</summary>
    public static JsonObject Quality(LoadsView view, string silo, string dataset, DateTimeOffset now)
    {
        var body = Body(view, silo, "quality", now);
        body["dataset"] = dataset;
        return body;
    }

    private static JsonObject Body(LoadsView view, string silo, string ask, DateTimeOffset now) => new()
    {
        ["type"] = "officer-request",
        ["version"] = 1,
        ["chainId"] = view.ChainId,
        ["contract"] = view.Contract,
        ["nonce"] = "",
        ["silo"] = silo,
        ["ask"] = ask,
        ["time"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
    };

    private static void Add(JsonObject body, string name, string value)
    {
        if (value.Length > 0)
        {
            body[name] = value;
        }
    }
}

/// <summary>A load as the form has it. Who names a definition file means a new dataset, whichever was chosen.</summary>
/// <param name="Silo">Register id.</param>
/// <param name="Dataset">The registered dataset; empty for a new one.</param>
/// <param name="Folder">On the hospital's own machine.</param>
/// <param name="Definition">A definition file there; empty for a registered dataset.</param>
/// <param name="Day">On which ages are counted, yyyy-MM-dd; empty for today.</param>
internal sealed record LoadDraft(string Silo, string Dataset, string Folder, string Definition, string Day)
{
    public static LoadDraft Empty { get; } = new("", "", "", "", "");

    /// <summary>Dataset and hospital as one choice.</summary>
    public string Source => $"{Silo}/{Dataset}";

    public bool IsComplete => Silo.Length > 0 && Folder.Length > 0 && Dataset.Length + Definition.Length > 0;

    public static LoadDraft From(IFormCollection form)
    {
        var (source, definition) = (form["source"].ToString().Split('/', 2), form["definition"].ToString().Trim());
        return new LoadDraft(source[0], definition.Length == 0 && source.Length == 2 ? source[1] : "", form["folder"].ToString().Trim(), definition, form["day"].ToString().Trim());
    }
}
