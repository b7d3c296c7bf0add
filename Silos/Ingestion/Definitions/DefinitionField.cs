using System.Globalization;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Definitions;

/// <summary>One thing wrong with a definition: where, which field, and what is allowed there.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Field">Path of the field, as <c>attributes[2].lower</c>.</param>
public sealed record DefinitionFault(int Line, string Field, string Message)
{
    public override string ToString() => $"line {Line}: {Field}: {Message}";
}

/// <summary>A member of a definition's JSON with its path and line. Reading one that is wrong adds a fault and gives a value that
/// lets the check go on, so that the hospital sees all faults at once.</summary>
internal sealed class DefinitionField(JsonTape tape, int node, string path, int parent, List<DefinitionFault> faults)
{
    public string Path => path;

    public int Node => node;

    public bool Exists => node >= 0 && tape[node].Kind != JsonKind.Null;

    public bool IsObject => Exists && tape[node].Kind == JsonKind.Object;

    public DefinitionField Member(string name) =>
        new(tape, tape.Member(node, System.Text.Encoding.UTF8.GetBytes(name)), path.Length == 0 ? name : $"{path}.{name}", node < 0 ? parent : node, faults);

    /// <summary>The items of an array; an absent one has none.</summary>
    public IReadOnlyList<DefinitionField> Items()
    {
        if (!Exists)
        {
            return [];
        }

        if (tape[node].Kind != JsonKind.Array)
        {
            Fault("must be a list");
            return [];
        }

        var items = new List<DefinitionField>();
        for (var i = node + 1; i < tape[node].Next; i = tape[i].Next)
        {
            items.Add(new DefinitionField(tape, i, $"{path}[{items.Count}]", node, faults));
        }

        return items;
    }

    /// <summary>The names of an object's members.</summary>
    public IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        if (IsObject)
        {
            for (var i = node + 1; i < tape[node].Next; i = tape[i + 1].Next)
            {
                names.Add(tape.Text(i));
            }
        }

        return names;
    }

    /// <summary>Faults members that are not among <paramref name="known"/> and members given twice.</summary>
    public void Only(params string[] known)
    {
        if (!IsObject)
        {
            Fault("must be an object");
            return;
        }

        foreach (var group in Names().GroupBy(name => name, StringComparer.Ordinal))
        {
            if (!known.Contains(group.Key))
            {
                Member(group.Key).Fault($"unknown; allowed here: {string.Join(", ", known)}");
            }
            else if (group.Count() > 1)
            {
                Member(group.Key).Fault("given twice");
            }
        }
    }

    /// <summary>A text, or <paramref name="otherwise"/> where it is absent; null there makes it required.</summary>
    public string Text(string? otherwise = null)
    {
        if (!Exists)
        {
            if (otherwise is null)
            {
                Fault("is missing");
            }

            return otherwise ?? "";
        }

        if (tape[node].Kind == JsonKind.Text && tape[node].Length > 0)
        {
            return tape.Text(node);
        }

        Fault("must be a text that is not empty");
        return otherwise ?? "";
    }

    /// <summary>true or false.</summary>
    public bool Truth(bool otherwise)
    {
        if (Exists && tape[node].Kind is not (JsonKind.True or JsonKind.False))
        {
            Fault($"{Shown()} is not true or false");
        }

        return Exists ? tape[node].Kind == JsonKind.True : otherwise;
    }

    /// <summary>A text, number or boolean as it is written.</summary>
    public string Plain()
    {
        if (Exists && tape[node].Kind is not (JsonKind.Object or JsonKind.Array))
        {
            return tape.Text(node);
        }

        Fault("must be a text, a number or a truth");
        return "";
    }

    /// <summary>A number between bounds, given as a number or a decimal text.</summary>
    public decimal Number(decimal? otherwise, decimal least, decimal most)
    {
        if (!Exists)
        {
            if (otherwise is null)
            {
                Fault($"is missing; a number from {least} to {most}");
            }

            return otherwise ?? least;
        }

        if (tape[node].Kind is JsonKind.Number or JsonKind.Text
            && decimal.TryParse(tape.Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        Fault($"{Shown()} is not a number from {least} to {most}");
        return otherwise ?? least;
    }

    /// <summary>A whole number between bounds.</summary>
    public long Whole(long otherwise, long least, long most)
    {
        var value = Number(otherwise, least, most);
        if (value == decimal.Truncate(value))
        {
            return (long)value;
        }

        Fault($"{value} is not a whole number from {least} to {most}");
        return otherwise;
    }

    /// <summary>One of the words of a vocabulary.</summary>
    public T Word<T>(IReadOnlyDictionary<string, T> words, T? otherwise = null)
        where T : struct
    {
        if (!Exists && otherwise is { } value)
        {
            return value;
        }

        if (Exists && tape[node].Kind == JsonKind.Text && words.TryGetValue(tape.Text(node), out var word))
        {
            return word;
        }

        Fault($"{(Exists ? Shown() : "missing")}; allowed: {string.Join(", ", words.Keys)}");
        return otherwise ?? words.Values.First();
    }

    public void Fault(string message) => faults.Add(new DefinitionFault(Line(), path.Length == 0 ? "(file)" : path, message));

    private string Shown() => tape[node].Kind switch
    {
        JsonKind.Object => "an object",
        JsonKind.Array => "a list",
        JsonKind.Text => $"\"{tape.Text(node)}\"",
        _ => tape.Text(node),
    };

    private int Line()
    {
        var at = node >= 0 ? node : parent;
        return at < 0 || at >= tape.Count ? 1 : 1 + tape.Bytes.AsSpan(0, tape[at].Start).Count((byte)'\n');
    }
}
