using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What leaves: noisy numbers with their intervals, by group, and what they were charged.</summary>
/// <param name="Groups">In the order of declared values, or of their keys where these are private.</param>
/// <param name="Charged">The charge, as the preview showed it.</param>
/// <param name="Epsilon">The question's own ε, for people.</param>
public sealed record Answer(IReadOnlyList<AnswerGroup> Groups, PrivacyLoss Charged, Rational Epsilon)
{
    /// <summary>The answer's bytes, <c>groups</c> and <c>charged</c> as FORMATS writes them, in UTF-8. A host adds what remains and the receipt.</summary>
    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The same as a tree.</summary>
    public JsonObject ToJson() => JsonNode.Parse(ToUtf8())!.AsObject();

    /// <summary>Writes the same bytes to a writer.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("groups"u8);
        foreach (var group in Groups)
        {
            group.WriteTo(writer);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("charged"u8);
        writer.WriteString("rho"u8, $"{Charged.Rho}");
        writer.WriteString("delta"u8, $"{Charged.Delta}");
        Write(writer, "epsilon", Epsilon);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    internal static JsonObject ChargedToJson(PrivacyLoss charged, Rational epsilon) => new()
    {
        ["rho"] = $"{charged.Rho}",
        ["delta"] = $"{charged.Delta}",
        ["epsilon"] = Json(epsilon),
    };

    internal static JsonNode Json(Rational value) => JsonNode.Parse(value.ToString())!;

    internal static void Write(Utf8JsonWriter writer, string name, Rational value)
    {
        writer.WritePropertyName(name);
        Write(writer, value);
    }

    // A plain decimal is a JSON number as it stands.
    internal static void Write(Utf8JsonWriter writer, Rational value) => writer.WriteRawValue(value.ToString(), skipInputValidation: true);
}

/// <summary>One group's cells, in the order of the question's measures.</summary>
/// <param name="Key">Attribute and value, one for each of <c>groupBy</c>.</param>
/// <param name="Cells">By name of measure; empty where the group is suppressed.</param>
/// <param name="Suppressed">Whether the noisy count was below the floor. A suppressed group looks the same whatever is under it.</param>
public sealed record AnswerGroup(IReadOnlyList<KeyValuePair<string, string>> Key, IReadOnlyList<KeyValuePair<string, AnswerCell>> Cells, bool Suppressed)
{
    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("key"u8);
        foreach (var (attribute, value) in Key)
        {
            writer.WriteString(attribute, value);
        }

        writer.WriteEndObject();
        if (Suppressed)
        {
            writer.WriteBoolean("suppressed"u8, true);
        }

        foreach (var (name, cell) in Cells)
        {
            writer.WriteStartObject(name);
            cell.WriteMembers(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}

/// <summary>A <see cref="NumberCell"/> or a <see cref="HistogramCell"/>.</summary>
public abstract record AnswerCell
{
    private protected AnswerCell()
    {
    }

    internal abstract void WriteMembers(Utf8JsonWriter writer);
}

/// <summary>A released number.</summary>
/// <param name="Value">On a grid that does not depend on the data.</param>
/// <param name="Low">Lower end of the interval that covers the clamped, bounded value with a chance of at least 95 %.</param>
/// <param name="High">Upper end of it.</param>
public sealed record NumberCell(Rational Value, Rational Low, Rational High) : AnswerCell
{
    internal override void WriteMembers(Utf8JsonWriter writer)
    {
        Answer.Write(writer, "value", Value);
        writer.WriteStartArray("interval95"u8);
        Answer.Write(writer, Low);
        Answer.Write(writer, High);
        writer.WriteEndArray();
    }
}

/// <summary>The bins of a histogram in order; a bin without a cell was below the floor.</summary>
/// <param name="Bins">Each with its label: its category, or its edges.</param>
public sealed record HistogramCell(IReadOnlyList<(JsonObject Label, NumberCell? Cell)> Bins) : AnswerCell
{
    internal override void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("bins"u8);
        foreach (var (label, cell) in Bins)
        {
            writer.WriteStartObject();
            foreach (var (name, value) in label)
            {
                writer.WritePropertyName(name);
                value!.WriteTo(writer);
            }

            if (cell is null)
            {
                writer.WriteBoolean("suppressed"u8, true);
            }
            else
            {
                cell.WriteMembers(writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
