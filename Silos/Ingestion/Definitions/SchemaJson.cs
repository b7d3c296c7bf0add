using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Silos.Ingestion.Definitions;

/// <summary>The schema of FORMATS that queries are checked against: attribute names, types, bounds, grids and declared values.</summary>
public static class SchemaJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as JSON. Identifying attributes are left out: nothing may ask for them.</summary>
    public static string ToSchemaJson(this DatasetDefinition definition)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            json.WriteString("privacyUnit", definition.PrivacyUnit);
            json.WriteStartObject("attributes");
            foreach (var attribute in definition.Attributes.Where(a => a.Role != AttributeRole.Identifying))
            {
                json.WriteStartObject(attribute.Name);
                Write(json, attribute);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteNumber("maxRowsPerUnit", 1);
            json.WriteNumber("maxGroupsPerUnit", 1);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The type as FORMATS writes it.</summary>
    public static string Word(this AttributeType type) => type switch
    {
        AttributeType.WholeNumber => "integer",
        AttributeType.DecimalNumber => "decimal",
        AttributeType.Category => "category",
        _ => "codes",
    };

    private static void Write(Utf8JsonWriter json, AttributeDefinition attribute)
    {
        json.WriteString("type", attribute.Type.Word());
        if (attribute.Type == AttributeType.DecimalNumber)
        {
            json.WriteString("step", PatientRow.Shortest(attribute.Step));
        }

        if (attribute is { Lower: { } lower, Upper: { } upper })
        {
            Bound(json, "lower", lower);
            Bound(json, "upper", upper);
        }

        if (attribute.Values is { } values)
        {
            json.WriteStartArray("values");
            foreach (var value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>Integers as JSON numbers, other bounds as plain decimal strings.</summary>
    private static void Bound(Utf8JsonWriter json, string name, decimal value)
    {
        if (value == decimal.Truncate(value))
        {
            json.WriteNumber(name, decimal.ToInt64(value));
        }
        else
        {
            json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
