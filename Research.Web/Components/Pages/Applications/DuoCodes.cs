namespace Research.Web.Components.Pages.Applications;

/// <summary>The codes of the Data Use Ontology that a form offers; what they mean for a dataset, the hub decides.</summary>
internal static class DuoCodes
{
    public static IReadOnlyList<string> Purposes { get; } = ["DUO:0000042", "DUO:0000006", "DUO:0000007", "DUO:0000011"];

    public static IReadOnlyList<string> Obligations { get; } = ["DUO:0000019", "DUO:0000021", "DUO:0000029", "DUO:0000018"];
}
