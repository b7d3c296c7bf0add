using System.Text.Json.Nodes;

namespace Silos.Ingestion.Hl7;

/// <summary>What became of a message.</summary>
/// <param name="Reason">Null where it was taken.</param>
public sealed record Hl7Outcome(string? Reason)
{
    public bool Taken => Reason is null;
}

/// <summary>Applies HL7 v2 messages in order and holds what they say as FHIR R4 resources: ADT (admissions, corrections by A08, merges
/// by A40, cancellations by A11) and ORU^R01. A correction or merge gives another state, from which the next dataset version is made;
/// versions that were registered before stay what they were.</summary>
public sealed class Hl7Feed
{
    private static readonly string[] Admissions = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A13", "A14", "A28", "A31"];

    private readonly Dictionary<string, (JsonObject Resource, string Place)> resources = new(StringComparer.Ordinal);

    /// <summary>Each resource once, as one line of JSON, with the place that last changed it; patients first, then by type and id.</summary>
    public IEnumerable<(string Json, string Place)> Resources() =>
        resources.OrderBy(pair => !pair.Key.StartsWith("Patient/", StringComparison.Ordinal)).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Value.Resource.ToJsonString(), pair.Value.Place));

    /// <summary>Applies one message.</summary>
    /// <param name="place">Where it came from, for reports: <c>file:line</c>.</param>
    public Hl7Outcome Apply(Hl7Message message, string place)
    {
        var (code, trigger) = message.Type;
        if (code is not ("ADT" or "ORU"))
        {
            return new Hl7Outcome($"messages of type {code}^{trigger} are not taken; ADT and ORU are");
        }

        var patient = PatientId(message, "PID", 3);
        if (patient is null)
        {
            return new Hl7Outcome("PID-3 names no patient");
        }

        if (code == "ORU")
        {
            Enrol(message, patient, place, overwrite: false);
            return Results(message, patient, place);
        }

        return trigger switch
        {
            "A40" or "A34" or "A36" => Merge(message, patient, place),
            "A11" => Cancel(message, patient, place),
            _ when Admissions.Contains(trigger) => Admit(message, patient, place),
            _ => new Hl7Outcome($"ADT^{trigger} is not taken; {string.Join(", ", Admissions)}, A11, A34, A36 and A40 are"),
        };
    }

    private Hl7Outcome Admit(Hl7Message message, string patient, string place)
    {
        Enrol(message, patient, place, overwrite: true);
        if (Visit(message) is { } visit)
        {
            Put("Encounter", visit, patient, place, new JsonObject
            {
                ["status"] = message.Type.Event == "A03" ? "finished" : "in-progress",
                ["class"] = new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = message.Text("PV1", 2, 1) switch { "I" => "IMP", "E" => "EMER", _ => "AMB" } },
                ["period"] = Hl7Message.FhirTime(message.Text("PV1", 44, 1)) is { } start ? new JsonObject { ["start"] = start } : null,
            });
        }

        foreach (var at in message.Segments("DG1"))
        {
            var (value, text, system) = (message.TextAt(at, 3, 1), message.TextAt(at, 3, 2), message.TextAt(at, 3, 3));
            if (value.Length > 0)
            {
                Put("Condition", $"{patient}-{value}", patient, place, new JsonObject { ["code"] = Concept(value, text, system), ["recordedDate"] = Hl7Message.FhirTime(message.TextAt(at, 5, 1)) });
            }
        }

        return new Hl7Outcome(null);
    }

    private Hl7Outcome Cancel(Hl7Message message, string patient, string place)
    {
        if (Visit(message) is not { } visit || !resources.TryGetValue($"Encounter/{visit}", out var known))
        {
            return new Hl7Outcome("A11 cancels a visit that was not admitted (PV1-19)");
        }

        known.Resource["status"] = "cancelled";
        resources[$"Encounter/{visit}"] = (known.Resource, place);
        return new Hl7Outcome(null);
    }

    /// <summary>All that was said of the retired id is the survivor's from now on.</summary>
    private Hl7Outcome Merge(Hl7Message message, string survivor, string place)
    {
        var retired = PatientId(message, "MRG", 1);
        if (retired is null || retired == survivor)
        {
            return new Hl7Outcome(retired is null ? "MRG-1 names no patient" : "MRG-1 names the patient that PID-3 names");
        }

        Enrol(message, survivor, place, overwrite: false);
        resources.Remove($"Patient/{retired}");
        foreach (var (key, (resource, _)) in resources.ToList())
        {
            if (resource["subject"]?["reference"]?.GetValue<string>() == $"Patient/{retired}")
            {
                resource["subject"] = new JsonObject { ["reference"] = $"Patient/{survivor}" };
                resources[key] = (resource, place);
            }
        }

        return new Hl7Outcome(null);
    }

    private Hl7Outcome Results(Hl7Message message, string patient, string place)
    {
        var order = -1;
        JsonObject? panel = null;
        foreach (var at in message.Segments("*"))
        {
            if (message.NameAt(at) == "OBR")
            {
                order = at;
                panel = null;
            }
            else if (message.NameAt(at) == "OBX" && order >= 0)
            {
                panel = Result(message, patient, place, order, at, panel);
            }
        }

        return order < 0 ? new Hl7Outcome("ORU without OBR") : new Hl7Outcome(null);
    }

    /// <summary>A result; of a blood pressure panel, a component of one observation.</summary>
    private JsonObject? Result(Hl7Message message, string patient, string place, int order, int at, JsonObject? panel)
    {
        var number = Filler(message, order);
        var code = Concept(message.TextAt(at, 3, 1), message.TextAt(at, 3, 2), message.TextAt(at, 3, 3));
        var value = Value(message, at);
        if (message.TextAt(order, 4, 1) is "85354-9" or "55284-4" && value?["valueQuantity"] is not null)
        {
            if (panel is null)
            {
                panel = Observation(message, at, order, Concept(message.TextAt(order, 4, 1), message.TextAt(order, 4, 2), message.TextAt(order, 4, 3)));
                panel["component"] = new JsonArray();
                panel = Put("Observation", $"{patient}-{number}", patient, place, panel);
            }

            panel["component"]!.AsArray().Add(new JsonObject { ["code"] = code, ["valueQuantity"] = value["valueQuantity"]!.DeepClone() });
            return panel;
        }

        var observation = Observation(message, at, order, code);
        foreach (var (name, node) in value ?? [])
        {
            observation[name] = node?.DeepClone();
        }

        Put("Observation", $"{patient}-{number}-{message.TextAt(at, 1, 1)}", patient, place, observation);
        return panel;
    }

    private static JsonObject Observation(Hl7Message message, int at, int order, JsonObject code) => new()
    {
        ["status"] = message.TextAt(at, 11, 1) switch { "P" or "R" => "preliminary", "C" => "corrected", "X" => "cancelled", "W" or "D" => "entered-in-error", _ => "final" },
        ["code"] = code,
        ["effectiveDateTime"] = Hl7Message.FhirTime(message.TextAt(at, 14, 1)) ?? Hl7Message.FhirTime(message.TextAt(order, 7, 1)),
    };

    /// <summary>NM as a quantity, whose comma is a decimal point in many legacy systems; anything else as text.</summary>
    private static JsonObject? Value(Hl7Message message, int at)
    {
        var text = message.TextAt(at, 5, 1);
        if (text.Length == 0)
        {
            return null;
        }

        if (message.TextAt(at, 2, 1) == "NM" && decimal.TryParse(text.Replace(',', '.'), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            return new JsonObject { ["valueQuantity"] = new JsonObject { ["value"] = number, ["code"] = message.TextAt(at, 6, 1), ["system"] = "http://unitsofmeasure.org" } };
        }

        return new JsonObject { ["valueString"] = text };
    }

    private void Enrol(Hl7Message message, string patient, string place, bool overwrite)
    {
        if (!overwrite && resources.ContainsKey($"Patient/{patient}"))
        {
            return;
        }

        var at = message.Segments("PID").First();
        var known = resources.GetValueOrDefault($"Patient/{patient}").Resource;
        Put("Patient", patient, null, place, new JsonObject
        {
            ["gender"] = message.TextAt(at, 8, 1) switch { "F" => "female", "M" => "male", "O" or "A" => "other", "U" or "N" => "unknown", _ => known?["gender"]?.DeepClone() },
            ["birthDate"] = Hl7Message.FhirTime(message.TextAt(at, 7, 1)) is { } born ? born[..Math.Min(10, born.Length)] : known?["birthDate"]?.DeepClone(),
            ["address"] = Address(message, at) ?? known?["address"]?.DeepClone(),
        });
    }

    /// <summary>City, and the municipality's IBGE code, which Brazilian systems put into PID-11's ninth component.</summary>
    private static JsonArray? Address(Hl7Message message, int at)
    {
        var (city, ibge) = (message.TextAt(at, 11, 3), message.TextAt(at, 11, 9));
        if (city.Length + ibge.Length == 0)
        {
            return null;
        }

        var address = new JsonObject { ["city"] = city };
        if (ibge.Length > 0)
        {
            address["_city"] = new JsonObject { ["extension"] = new JsonArray(new JsonObject { ["url"] = "http://example.org/fhir/StructureDefinition/ibge-municipality", ["valueCode"] = ibge }) };
        }

        return new JsonArray(address);
    }

    /// <summary>Makes the resource of that id anew; what <paramref name="body"/> holds becomes its own.</summary>
    private JsonObject Put(string type, string id, string? patient, string place, JsonObject body)
    {
        var resource = new JsonObject { ["resourceType"] = type, ["id"] = id };
        if (patient is not null)
        {
            resource["subject"] = new JsonObject { ["reference"] = $"Patient/{patient}" };
        }

        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            if (value is not null)
            {
                resource[name] = value;
            }
        }

        resources[$"{type}/{id}"] = (resource, place);
        return resource;
    }

    private static JsonObject Concept(string code, string text, string system) => new()
    {
        ["coding"] = new JsonArray(new JsonObject
        {
            ["system"] = system switch { "LN" => "http://loinc.org", "I10" or "ICD10" or "ICD-10" or "I10C" => "http://hl7.org/fhir/sid/icd-10", "SCT" or "SNM" => "http://snomed.info/sct", _ => $"urn:x-hl7v2:{system}" },
            ["code"] = code,
        }),
        ["text"] = text,
    };

    private static string? Visit(Hl7Message message) => message.Text("PV1", 19, 1) is { Length: > 0 } visit ? visit : null;

    private static string Filler(Hl7Message message, int order) =>
        message.TextAt(order, 3, 1) is { Length: > 0 } filler ? $"{filler}-{message.TextAt(order, 1, 1)}" : $"{message.ControlId}-{message.TextAt(order, 1, 1)}";

    /// <summary>The medical record number among the ids; else the first that is given.</summary>
    private static string? PatientId(Hl7Message message, string segment, int field)
    {
        foreach (var at in message.Segments(segment).Take(1))
        {
            var ids = Enumerable.Range(0, message.Repetitions(at, field)).Select(r => (Id: message.TextAt(at, field, 1, r), Type: message.TextAt(at, field, 5, r))).Where(id => id.Id.Length > 0).ToList();
            return ids.Count == 0 ? null : ids.Find(id => id.Type == "MR") is { Id: { } record } ? record : ids[0].Id;
        }

        return null;
    }
}
