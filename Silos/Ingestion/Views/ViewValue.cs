namespace Silos.Ingestion.Views;

/// <summary>One cell of a view's row.</summary>
/// <param name="Text">The value as written: a number keeps its digits, a boolean is <c>true</c> or <c>false</c>, an object its JSON.</param>
/// <param name="Items">Of a collection: its items, perhaps none. Null otherwise.</param>
public readonly record struct ViewValue(ViewValueKind Kind, string? Text, IReadOnlyList<ViewValue>? Items)
{
    public static ViewValue Null => default;

    public static ViewValue Of(string text) => new(ViewValueKind.Text, text, null);
}

/// <summary>What a <see cref="ViewValue"/> is.</summary>
public enum ViewValueKind : byte
{
    Null,
    Text,
    Number,
    Boolean,
    Json,
    Collection,
}
