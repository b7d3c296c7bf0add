using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Silos.Ingestion.Json;

/// <summary>What a node of a <see cref="JsonTape"/> is.</summary>
internal enum JsonKind : byte
{
    Null,
    True,
    False,
    Number,
    Text,
    Object,
    Array,

    /// <summary>A member's name; its value is the next node.</summary>
    Name,
}

/// <summary>One node: where its text lies in the line, and which node follows its subtree.</summary>
/// <param name="Start">Offset of the text (of a string: inside the quotes) in the tape's bytes.</param>
/// <param name="Length">Bytes of that text; of an object or array, with its brackets.</param>
/// <param name="Next">Index of the node after this one and all it holds.</param>
/// <param name="Escaped">The text holds a backslash and must be unescaped before it is shown.</param>
internal readonly record struct JsonNode(int Start, int Length, int Next, JsonKind Kind, bool Escaped);

/// <summary>A parsed JSON text as a flat list of nodes over its UTF-8 bytes. Numbers keep their written form (1.0 is not 1).
/// One tape is reused for many lines: a worker parses without allocating.</summary>
internal sealed class JsonTape
{
    private const int DeepestNesting = 256;

    private readonly int[] open = new int[DeepestNesting + 1];
    private JsonNode[] nodes = new JsonNode[256];
    private byte[] bytes = [];

    /// <summary>Number of nodes; node 0 is the root.</summary>
    public int Count { get; private set; }

    public ref readonly JsonNode this[int node] => ref nodes[node];

    /// <summary>The bytes of the last parsed text, within the array that it was given in.</summary>
    public byte[] Bytes => bytes;

    /// <summary>Parses one JSON value. On a fault returns what is wrong and leaves the tape empty; otherwise null.</summary>
    public string? Parse(byte[] buffer, int offset, int length)
    {
        bytes = buffer;
        Count = 0;
        var text = buffer.AsSpan(offset, length);
        if (!Utf8.IsValid(text))
        {
            return "not valid UTF-8";
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = DeepestNesting });
        var depth = 0;
        try
        {
            while (reader.Read())
            {
                Take(ref reader, offset, ref depth);
            }
        }
        catch (JsonException fault)
        {
            Count = 0;
            return Short(fault);
        }

        return null;
    }

    /// <summary>The text between the quotes, or the number as written; unescaped where needed.</summary>
    public string Text(int node)
    {
        ref readonly var at = ref nodes[node];
        return at.Escaped ? Unescaped(at) : Encoding.UTF8.GetString(bytes, at.Start, at.Length);
    }

    /// <summary>The raw bytes of a node's text, escapes left as they are.</summary>
    public ReadOnlySpan<byte> Raw(int node) => bytes.AsSpan(nodes[node].Start, nodes[node].Length);

    /// <summary>Whether a text equals these UTF-8 bytes.</summary>
    public bool Equals(int node, ReadOnlySpan<byte> text) =>
        nodes[node].Escaped ? Encoding.UTF8.GetBytes(Unescaped(nodes[node])).AsSpan().SequenceEqual(text) : Raw(node).SequenceEqual(text);

    /// <summary>The value of an object's member, or −1 where there is none or <paramref name="node"/> is no object.</summary>
    public int Member(int node, ReadOnlySpan<byte> name)
    {
        if (node < 0 || nodes[node].Kind != JsonKind.Object)
        {
            return -1;
        }

        var end = nodes[node].Next;
        for (var i = node + 1; i < end; i = nodes[i + 1].Next)
        {
            if (nodes[i].Length == name.Length && Raw(i).SequenceEqual(name))
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>The first item of an array, the node itself where it is none, or −1.</summary>
    public int First(int node) =>
        node < 0 || nodes[node].Kind != JsonKind.Array ? node : nodes[node].Next > node + 1 ? node + 1 : -1;

    private void Take(ref Utf8JsonReader reader, int offset, ref int depth)
    {
        var start = offset + (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                open[depth++] = Count;
                Add(new JsonNode(start, 0, 0, reader.TokenType == JsonTokenType.StartObject ? JsonKind.Object : JsonKind.Array, false));
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                ref var opened = ref nodes[open[--depth]];
                opened = opened with { Next = Count, Length = start + 1 - opened.Start };
                break;
            case JsonTokenType.PropertyName or JsonTokenType.String:
                var kind = reader.TokenType == JsonTokenType.String ? JsonKind.Text : JsonKind.Name;
                Add(new JsonNode(start + 1, reader.ValueSpan.Length, Count + 1, kind, reader.ValueIsEscaped));
                break;
            default:
                var plain = reader.TokenType switch
                {
                    JsonTokenType.Number => JsonKind.Number,
                    JsonTokenType.True => JsonKind.True,
                    JsonTokenType.False => JsonKind.False,
                    _ => JsonKind.Null,
                };
                Add(new JsonNode(start, reader.ValueSpan.Length, Count + 1, plain, false));
                break;
        }
    }

    private void Add(JsonNode node)
    {
        if (Count == nodes.Length)
        {
            Array.Resize(ref nodes, nodes.Length * 2);
        }

        nodes[Count++] = node;
    }

    private string Unescaped(in JsonNode node)
    {
        var reader = new Utf8JsonReader(bytes.AsSpan(node.Start - 1, node.Length + 2));
        reader.Read();
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static string Short(JsonException fault)
    {
        var end = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var message = (end < 0 ? fault.Message : fault.Message[..end]).TrimEnd('.');
        return $"not JSON at byte {fault.BytePositionInLine}: {message}";
    }
}
