using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Silos.Ledger.Records;

/// <summary>
/// The canonical bytes of a JSON value (RFC 8785), for the subset that is hashed and signed here: strings, booleans,
/// null, arrays, objects, and integers up to 2^53 − 1. Larger integers and decimals are strings.
/// </summary>
public static class CanonicalJson
{
    private const long Largest = (1L << 53) - 1;

    /// <summary>How typed records are read and written: camelCase, no unknown members, nothing absent written.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The typed record as a JSON object.</summary>
    public static JsonObject ToJson<T>(T record) => (JsonObject)JsonSerializer.SerializeToNode(record, Options)!;

    /// <summary>The typed record that the object holds.</summary>
    /// <exception cref="JsonException">A member is missing, unknown or of the wrong type.</exception>
    public static T Read<T>(JsonNode json) =>
        json.Deserialize<T>(Options) ?? throw new JsonException($"null is not a {typeof(T).Name}");

    /// <summary>The canonical bytes of a typed record.</summary>
    public static byte[] Bytes<T>(T record)
        where T : notnull => Bytes(record as JsonNode ?? JsonSerializer.SerializeToNode(record, Options)!);

    /// <summary>SHA-256 of the canonical bytes of a typed record.</summary>
    public static Hash32 Hash<T>(T record)
        where T : notnull => Hash32.Of(Bytes(record));

    /// <exception cref="FormatException">The value holds a number that is not an integer up to 2^53 − 1, or a lone surrogate.</exception>
    private static byte[] Bytes(JsonNode node)
    {
        var text = new StringBuilder();
        Write(node, text);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text.ToString());
        }
        catch (EncoderFallbackException bad)
        {
            throw new FormatException("a string holds a lone surrogate, which has no canonical form", bad);
        }
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                WriteObject(members, text);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                    {
                        text.Append(',');
                    }

                    Write(items[i], text);
                }

                text.Append(']');
                break;
            default:
                WriteScalar(node.AsValue(), text);
                break;
        }
    }

    private static void WriteObject(JsonObject members, StringBuilder text)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            if (!first)
            {
                text.Append(',');
            }

            first = false;
            WriteString(name, text);
            text.Append(':');
            Write(value, text);
        }

        text.Append('}');
    }

    private static void WriteScalar(JsonValue value, StringBuilder text)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteString(value.GetValue<string>(), text);
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Number:
                WriteInteger(value, text);
                break;
            default:
                throw new FormatException($"a {value.GetValueKind()} has no canonical form");
        }
    }

    private static void WriteInteger(JsonValue value, StringBuilder text)
    {
        var written = value.ToJsonString();
        if (!long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number is > Largest or < -Largest)
        {
            throw new FormatException($"the number {written} is not an integer up to 2^53 - 1: hashed objects hold other numbers as strings");
        }

        text.Append(number.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }
}
