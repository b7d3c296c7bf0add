using System.Text.RegularExpressions;

namespace Silos.Ingestion.Definitions;

/// <summary>Reads names and ids of a definition, each of its own form.</summary>
internal static partial class DefinitionNames
{
    public static string Duo(DefinitionField use)
    {
        var text = use.Text();
        if (!DuoId().IsMatch(text))
        {
            use.Fault($"\"{text}\" is not a DUO id like DUO:0000042");
        }

        return text;
    }

    public static string Name(DefinitionField field, string? otherwise)
    {
        var name = field.Text(otherwise);
        if (!NameForm().IsMatch(name))
        {
            field.Fault($"\"{name}\" is no name: a lower-case letter, then at most 62 letters, digits or underscores");
        }

        return name;
    }

    public static string Dataset(DefinitionField field)
    {
        var id = field.Text();
        if (!DatasetId().IsMatch(id))
        {
            field.Fault($"\"{id}\" is no id: 1 to 63 lower-case letters, digits and dashes");
        }

        return id;
    }

    [GeneratedRegex("^DUO:[0-9]{7}$")]
    private static partial Regex DuoId();

    [GeneratedRegex("^[a-z][A-Za-z0-9_]{0,62}$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex DatasetId();
}
