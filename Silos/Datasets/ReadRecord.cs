using System.Globalization;
using System.Text.Json;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;

namespace Silos.Datasets;

/// <summary>Reads a stored record back into the row that it was written from (<see cref="PatientRow.CanonicalBytes"/>).</summary>
public static class ReadRecord
{
    /// <exception cref="JsonException">The bytes are not a record of this definition.</exception>
    public static PatientRow Row(byte[] body, DatasetDefinition definition)
    {
        using var json = JsonDocument.Parse(body);
        var patient = json.RootElement.GetProperty(definition.PrivacyUnit).GetString() ?? throw new JsonException("a record names no patient");
        return new PatientRow(patient, [.. definition.Attributes.Select(attribute =>
            json.RootElement.TryGetProperty(attribute.Name, out var value) ? CellOf(attribute, value) : Cell.Null)]);
    }

    private static Cell CellOf(AttributeDefinition attribute, JsonElement value) => attribute.Type switch
    {
        AttributeType.WholeNumber or AttributeType.DecimalNumber => Cell.Number(decimal.ToInt64((value.ValueKind == JsonValueKind.String
            ? decimal.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
            : value.GetDecimal()) / attribute.Step)),
        AttributeType.Category => Cell.Category(value.GetString()!),
        _ => Cell.Set(value.EnumerateArray().Select(code => code.GetString()!)),
    };
}
