using Silos.Ingestion.Folders;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views;

/// <summary>The five views of the shipped definitions, written by hand.</summary>
internal static class BuiltInViews
{
    public static IReadOnlyList<LoadedView> For(LoadPlan plan) =>
    [
        new("Patient", plan.FeedsOf("patients", ["birth_date", "gender", "city", "ibge"]), Patient),
        new("Condition", plan.FeedsOf("conditions", [plan.Definition.Id == "fhir-export" ? "code" : "icd10"]), plan.Definition.Id == "fhir-export" ? AnyCode : Icd),
        new("Observation", plan.FeedsOf("hba1c", ["value", "effective"]), Hba1c),
        new("Observation", plan.FeedsOf("pressures", ["systolic", "effective"]), Pressure),
        new("Encounter", plan.FeedsOf("encounters", ["start"]), Encounter),
    ];

    private static string? Patient(JsonTape tape, RowSink sink)
    {
        var address = tape.First(tape.Member(0, "address"u8));
        var ibge = -1;
        var extension = tape.First(tape.Member(tape.Member(address, "_city"u8), "extension"u8));
        if (extension >= 0)
        {
            ibge = tape.Member(extension, "valueCode"u8);
        }

        sink([Value(tape, tape.Member(0, "birthDate"u8)), Value(tape, tape.Member(0, "gender"u8)), Value(tape, tape.Member(address, "city"u8)), Value(tape, ibge)]);
        return null;
    }

    private static string? Icd(JsonTape tape, RowSink sink) => Codes(tape, sink, "http://hl7.org/fhir/sid/icd-10"u8);

    private static string? AnyCode(JsonTape tape, RowSink sink) => Codes(tape, sink, default);

    private static string? Codes(JsonTape tape, RowSink sink, ReadOnlySpan<byte> system)
    {
        if (HasCode(tape, tape.Member(0, "verificationStatus"u8), default, "entered-in-error"u8, "refuted"u8))
        {
            return null;
        }

        var coding = tape.Member(tape.Member(0, "code"u8), "coding"u8);
        for (var i = coding + 1; coding >= 0 && i < tape[coding].Next; i = tape[i].Next)
        {
            var of = tape.Member(i, "system"u8);
            if (system.IsEmpty || (of >= 0 && tape.Equals(of, system)))
            {
                sink([Value(tape, tape.Member(i, "code"u8))]);
            }
        }

        return null;
    }

    private static string? Hba1c(JsonTape tape, RowSink sink)
    {
        var quantity = tape.Member(0, "valueQuantity"u8);
        var unit = tape.Member(quantity, "code"u8);
        if (HasCode(tape, tape.Member(0, "code"u8), "http://loinc.org"u8, "4548-4"u8, default) && !InError(tape) && unit >= 0 && tape.Equals(unit, "%"u8))
        {
            sink([Value(tape, tape.Member(quantity, "value"u8)), Value(tape, tape.Member(0, "effectiveDateTime"u8))]);
        }

        return null;
    }

    private static string? Pressure(JsonTape tape, RowSink sink)
    {
        if (!HasCode(tape, tape.Member(0, "code"u8), "http://loinc.org"u8, "85354-9"u8, "55284-4"u8) || InError(tape))
        {
            return null;
        }

        var components = tape.Member(0, "component"u8);
        for (var i = components + 1; components >= 0 && i < tape[components].Next; i = tape[i].Next)
        {
            if (HasCode(tape, tape.Member(i, "code"u8), default, "8480-6"u8, default))
            {
                sink([Value(tape, tape.Member(tape.Member(i, "valueQuantity"u8), "value"u8)), Value(tape, tape.Member(0, "effectiveDateTime"u8))]);
                return null;
            }
        }

        return null;
    }

    private static string? Encounter(JsonTape tape, RowSink sink)
    {
        var status = tape.Member(0, "status"u8);
        if (status < 0 || !(tape.Equals(status, "entered-in-error"u8) || tape.Equals(status, "cancelled"u8)))
        {
            sink([ViewValue.Null]);
        }

        return null;
    }

    private static bool InError(JsonTape tape) => tape.Member(0, "status"u8) is >= 0 and var status && tape.Equals(status, "entered-in-error"u8);

    private static bool HasCode(JsonTape tape, int concept, ReadOnlySpan<byte> system, ReadOnlySpan<byte> code, ReadOnlySpan<byte> other)
    {
        var coding = tape.Member(concept, "coding"u8);
        for (var i = coding + 1; coding >= 0 && i < tape[coding].Next; i = tape[i].Next)
        {
            var (of, value) = (tape.Member(i, "system"u8), tape.Member(i, "code"u8));
            if (value >= 0 && (tape.Equals(value, code) || (!other.IsEmpty && tape.Equals(value, other))) && (system.IsEmpty || (of >= 0 && tape.Equals(of, system))))
            {
                return true;
            }
        }

        return false;
    }

    private static ViewValue Value(JsonTape tape, int node) =>
        node < 0 || tape[node].Kind is not (JsonKind.Text or JsonKind.Number) ? ViewValue.Null : ViewValue.Of(tape.Text(node));
}
