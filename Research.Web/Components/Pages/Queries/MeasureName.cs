using Research.Web.Languages;

namespace Research.Web.Components.Pages.Queries;

/// <summary>A measure's name (<c>mean:hba1c</c>) in words.</summary>
internal static class MeasureName
{
    public static string Of(Texts texts, string name) => name.Split(':', 2) is [var kind, var attribute] ? $"{texts.Of("kind", kind)} {attribute}" : texts.Of("kind", name);
}
