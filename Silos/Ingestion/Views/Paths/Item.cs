using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views.Paths;

/// <summary>One item of a FHIRPath collection: a node of the resource, or a computed value.</summary>
/// <param name="Node">Node of the tape, or −1 of a computed value and of a primitive that has extensions only.</param>
/// <param name="Sibling">Node of the primitive's <c>_name</c> object with its extensions, or −1.</param>
/// <param name="Literal">Text of a computed value; null otherwise.</param>
/// <param name="Type">FHIR type where it is known: of a computed value always, of a choice by its name.</param>
internal readonly record struct Item(int Node, int Sibling, string? Literal, string? Type)
{
    public static Item Computed(string text, string type) => new(-1, -1, text, type);

    public static Item Truth(bool value) => value ? True : False;

    private static readonly Item True = Computed("true", "boolean");
    private static readonly Item False = Computed("false", "boolean");
}

/// <summary>A growing list of items whose storage is kept for the next use.</summary>
internal sealed class Items
{
    private Item[] items = new Item[8];

    public int Count { get; private set; }

    public ref readonly Item this[int index] => ref items[index];

    public ReadOnlySpan<Item> Span => items.AsSpan(0, Count);

    public void Add(in Item item)
    {
        if (Count == items.Length)
        {
            Array.Resize(ref items, items.Length * 2);
        }

        items[Count++] = item;
    }

    public void Clear() => Count = 0;
}

/// <summary>Evaluates a compiled path on a focus, which is one item or none; adds what it gives to <paramref name="into"/>.</summary>
internal delegate void ViewPath(Scope scope, in Focus focus, Items into);

/// <summary>What a path is evaluated on.</summary>
/// <param name="Any">False is the empty collection, on which every member is empty.</param>
/// <param name="RowIndex">Value of <c>%rowIndex</c>, from 0.</param>
/// <param name="Index">Value of <c>$index</c> inside <c>where</c> and its like.</param>
internal readonly record struct Focus(Item Item, bool Any, int RowIndex, int Index = 0)
{
    public static Focus Nothing => new(default, false, 0);
}

/// <summary>The resource at hand and the scratch space of one worker.</summary>
internal sealed class Scope
{
    private readonly Stack<Items> spare = new();

    public JsonTape Tape { get; set; } = new();

    /// <summary>Node of the resource.</summary>
    public int Root { get; set; }

    /// <summary>Inside a Bundle: <c>Type/id</c> by <c>fullUrl</c>. Null elsewhere.</summary>
    public IReadOnlyDictionary<string, string>? Urns { get; set; }

    /// <summary>An empty list; give it back with <see cref="Return"/>.</summary>
    public Items Rent()
    {
        if (spare.TryPop(out var items))
        {
            items.Clear();
            return items;
        }

        return new Items();
    }

    public void Return(Items items) => spare.Push(items);

    public bool HasValue(in Item item) => item.Literal is not null || (item.Node >= 0 && Tape[item.Node].Kind != JsonKind.Null);

    public string Text(in Item item) => item.Literal ?? Tape.Text(item.Node);

    /// <summary>A number; JSON writes an integer64 as a text.</summary>
    public bool IsNumber(in Item item) =>
        item.Literal is null
            ? item.Node >= 0 && (Tape[item.Node].Kind == JsonKind.Number || (item.Type == "integer64" && Tape[item.Node].Kind == JsonKind.Text))
            : item.Type is "integer" or "decimal" or "positiveInt" or "unsignedInt" or "integer64";

    public bool IsText(in Item item) =>
        item.Literal is null ? item.Node >= 0 && Tape[item.Node].Kind == JsonKind.Text && item.Type != "integer64" : !IsNumber(item) && item.Type != "boolean";

    /// <summary>The boolean that the item is, or null where it is something else.</summary>
    public bool? Truth(in Item item)
    {
        if (item.Literal is not null)
        {
            return item.Type == "boolean" ? item.Literal == "true" : null;
        }

        return item.Node < 0 ? null : Tape[item.Node].Kind switch { JsonKind.True => true, JsonKind.False => false, _ => null };
    }

    /// <summary>The truth of a collection as an operand of logic: empty is unknown, one item that is no boolean is true.</summary>
    /// <exception cref="PathException">There are several items.</exception>
    public bool? Logic(Items items, string what) => items.Count switch
    {
        0 => null,
        1 => Truth(items[0]) ?? true,
        _ => throw new PathException($"{what} has {items.Count} values where one truth is wanted"),
    };
}
