using System.Globalization;
using System.Text;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views.Paths;

/// <summary>Compiles a path to delegates, once; evaluating it then parses nothing and looks no name up but the resource's members.</summary>
internal sealed partial class CompilePath
{
    private readonly IReadOnlyDictionary<string, Item> constants;

    private CompilePath(IReadOnlyDictionary<string, Item> constants) => this.constants = constants;

    /// <param name="constants">The view's constants by name.</param>
    /// <exception cref="PathException">The path is not FHIRPath, names an unknown function or constant, or gives one the wrong arguments.</exception>
    public static ViewPath Of(string path, IReadOnlyDictionary<string, Item> constants) => new CompilePath(constants).Compile(ParsePath.Of(path));

    private ViewPath Compile(PathSyntax syntax) => syntax switch
    {
        PathSyntax.Literal { Text: null } => static (Scope _, in Focus _, Items _) => { },
        PathSyntax.Literal literal => Just(Item.Computed(literal.Text, literal.Type)),
        PathSyntax.Special { Name: "this" } => This,
        PathSyntax.Special => static (Scope _, in Focus focus, Items into) => into.Add(Item.Computed(focus.Index.ToString(CultureInfo.InvariantCulture), "integer")),
        PathSyntax.Constant constant => Constant(constant.Name),
        PathSyntax.Member { Of: null } root when char.IsAsciiLetterUpper(root.Name[0]) => RootType(root.Name),
        PathSyntax.Member member => Then(member.Of, Step(member.Name)),
        PathSyntax.Index index => At(Compile(index.Of), Compile(index.At)),
        PathSyntax.Call call => Call(call),
        PathSyntax.Negative negative => Arithmetic("-", Just(Item.Computed("0", "integer")), Compile(negative.Of)),
        PathSyntax.Binary binary => Binary(binary),
        _ => throw new PathException("no such syntax"),
    };

    private static void This(Scope scope, in Focus focus, Items into)
    {
        if (focus.Any)
        {
            into.Add(focus.Item);
        }
    }

    private static ViewPath Just(Item item) => (Scope _, in Focus _, Items into) => into.Add(item);

    private ViewPath Constant(string name)
    {
        if (constants.TryGetValue(name, out var item))
        {
            return Just(item);
        }

        return name switch
        {
            "rowIndex" => static (Scope _, in Focus focus, Items into) => into.Add(Item.Computed(focus.RowIndex.ToString(CultureInfo.InvariantCulture), "integer")),
            "resource" or "rootResource" or "context" => static (Scope scope, in Focus _, Items into) => into.Add(new Item(scope.Root, -1, null, null)),
            "ucum" => Just(Item.Computed("http://unitsofmeasure.org", "uri")),
            "sct" => Just(Item.Computed("http://snomed.info/sct", "uri")),
            "loinc" => Just(Item.Computed("http://loinc.org", "uri")),
            _ => throw new PathException($"%{name} is not a constant of this view"),
        };
    }

    /// <summary>A path may begin with the resource's own type: <c>Patient.name</c>.</summary>
    private static ViewPath RootType(string type)
    {
        var utf8 = Encoding.UTF8.GetBytes(type);
        return (Scope scope, in Focus focus, Items into) =>
        {
            if (focus.Any && focus.Item.Node >= 0 && scope.Tape.Member(focus.Item.Node, "resourceType"u8) is >= 0 and var at && scope.Tape.Equals(at, utf8))
            {
                into.Add(focus.Item);
            }
        };
    }

    /// <summary>Runs <paramref name="step"/> on every item that <paramref name="of"/> gives; on the focus where that is null.</summary>
    private ViewPath Then(PathSyntax? of, ViewPath step)
    {
        if (of is null)
        {
            return step;
        }

        var first = Compile(of);
        return (Scope scope, in Focus focus, Items into) =>
        {
            var items = scope.Rent();
            first(scope, focus, items);
            for (var i = 0; i < items.Count; i++)
            {
                step(scope, focus with { Item = items[i], Any = true }, into);
            }

            scope.Return(items);
        };
    }

    /// <summary>Members of that name; where there is none, the choice of it (<c>value</c> finds <c>valueQuantity</c>).</summary>
    private static ViewPath Step(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var sibling = Encoding.UTF8.GetBytes("_" + name);
        var type = FhirTypes.OfElement(name);
        return (Scope scope, in Focus focus, Items into) =>
        {
            if (!focus.Any || focus.Item.Node < 0 || scope.Tape[focus.Item.Node].Kind != JsonKind.Object)
            {
                return;
            }

            var tape = scope.Tape;
            var (value, extensions) = (-1, -1);
            var end = tape[focus.Item.Node].Next;
            for (var i = focus.Item.Node + 1; i < end; i = tape[i + 1].Next)
            {
                var raw = tape.Raw(i);
                if (value < 0 && raw.Length == utf8.Length && raw.SequenceEqual(utf8))
                {
                    value = i + 1;
                }
                else if (raw.Length == sibling.Length && raw[0] == '_' && raw.SequenceEqual(sibling))
                {
                    extensions = i + 1;
                }
            }

            if (value >= 0 || extensions >= 0)
            {
                Spread(tape, value, extensions, type, into);
            }
            else
            {
                Choice(tape, focus.Item.Node, utf8, into);
            }
        };
    }

    private static void Choice(JsonTape tape, int node, ReadOnlySpan<byte> name, Items into)
    {
        var end = tape[node].Next;
        for (var i = node + 1; i < end; i = tape[i + 1].Next)
        {
            var raw = tape.Raw(i);
            if (raw.Length > name.Length && raw.StartsWith(name) && raw[name.Length] is >= (byte)'A' and <= (byte)'Z' && ChoiceType(raw[name.Length..]) is { } type)
            {
                Spread(tape, i + 1, Beside(tape, node, raw), type, into);
            }
        }
    }

    /// <summary>The member <c>_name</c> of a name, or −1.</summary>
    private static int Beside(JsonTape tape, int node, ReadOnlySpan<byte> name)
    {
        var end = tape[node].Next;
        for (var i = node + 1; i < end; i = tape[i + 1].Next)
        {
            var raw = tape.Raw(i);
            if (raw.Length == name.Length + 1 && raw[0] == '_' && raw[1..].SequenceEqual(name))
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static string? ChoiceType(ReadOnlySpan<byte> suffix)
    {
        Span<char> text = stackalloc char[32];
        return suffix.Length <= 32 ? FhirTypes.OfChoice(text[..Encoding.UTF8.GetChars(suffix, text)]) : null;
    }

    /// <summary>A value, or each item of a list, with the extensions that stand beside it.</summary>
    private static void Spread(JsonTape tape, int value, int extensions, string? type, Items into)
    {
        var list = value >= 0 ? value : extensions;
        if (tape[list].Kind != JsonKind.Array)
        {
            Add(tape, value, extensions, type, into);
            return;
        }

        var v = value < 0 ? -1 : value + 1;
        var x = extensions < 0 || tape[extensions].Kind != JsonKind.Array ? -1 : extensions + 1;
        while ((v >= 0 && v < tape[value].Next) || (v < 0 && x >= 0 && x < tape[extensions].Next))
        {
            var beside = x >= 0 && x < tape[extensions].Next ? x : -1;
            Add(tape, v, beside, type, into);
            v = v < 0 ? v : tape[v].Next;
            x = beside < 0 ? x : tape[x].Next;
        }
    }

    private static void Add(JsonTape tape, int value, int extensions, string? type, Items into)
    {
        var node = value >= 0 && tape[value].Kind != JsonKind.Null ? value : -1;
        var beside = extensions >= 0 && tape[extensions].Kind == JsonKind.Object ? extensions : -1;
        if (node >= 0 || beside >= 0)
        {
            into.Add(new Item(node, beside, null, type));
        }
    }

    private static ViewPath At(ViewPath of, ViewPath at) => (Scope scope, in Focus focus, Items into) =>
    {
        var (items, index) = (scope.Rent(), scope.Rent());
        of(scope, focus, items);
        at(scope, focus, index);
        if (index.Count == 1 && CompareItems.Number(scope, index[0]) is >= 0 and var place && place < items.Count)
        {
            into.Add(items[(int)place]);
        }

        scope.Return(index);
        scope.Return(items);
    };
}
