using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Research.Api.Protocol;

namespace Research.Api.Audit;

/// <summary>The access log for other systems: FHIR R4 AuditEvents with the elements of IHE's Basic Audit Log Patterns (BALP 1.1.3), and CSV.</summary>
/// <remarks>Which element stands for which requirement is in <c>balp-elements.csv</c>, and tested. IHE's own validator could not be had, so conformance beyond that table is not claimed.</remarks>
internal static class ExportLog
{
    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    private const string AuditType = "http://terminology.hl7.org/CodeSystem/audit-event-type";

    /// <summary>A Bundle of type collection with an AuditEvent a line.</summary>
    public static JsonObject Balp(IEnumerable<AuditLine> lines) => new()
    {
        ["resourceType"] = "Bundle",
        ["type"] = "collection",
        ["entry"] = new JsonArray([.. lines.Select(line => new JsonObject { ["fullUrl"] = $"urn:researchhub:entry:{line.Log}:{line.Seq}", ["resource"] = Event(line) })]),
    };

    /// <summary>Comma-separated with a header (RFC 4180).</summary>
    public static string Csv(IEnumerable<AuditLine> lines)
    {
        var text = new StringBuilder("log,hospital,seq,time,kind,outcome,actor,person,application,project,purpose,permit,rho_nano,delta_atto\r\n");
        foreach (var line in lines)
        {
            text.AppendJoin(',', new[]
            {
                line.Log, line.LogName, line.Seq.ToString(CultureInfo.InvariantCulture), line.Time, line.Kind, line.Outcome, line.Actor, line.Person, line.Application, line.Project, line.Purpose,
                line.Permit, line.Rho, line.Delta,
            }.Select(Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    private static JsonObject Event(AuditLine line)
    {
        var isQuery = line.Kind is "query" or "denial" or "redelivery" or "extract" or "download";
        var made = new JsonObject
        {
            ["resourceType"] = "AuditEvent",
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"{line.Log[..20].Replace('_', '-')}-{line.Seq}"),
            ["meta"] = new JsonObject { ["profile"] = new JsonArray(isQuery ? "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Query" : "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Create") },
            ["type"] = Coding(AuditType, "rest", "RESTful Operation"),
            ["subtype"] = new JsonArray(isQuery ? Coding("http://hl7.org/fhir/restful-interaction", "search", "search") : Coding("http://hl7.org/fhir/restful-interaction", "create", "create")),
            ["action"] = isQuery ? "E" : "C",
            ["recorded"] = line.Time,
            ["outcome"] = line.Outcome == "refused" ? "4" : "0",
            ["outcomeDesc"] = line.Outcome,
            ["agent"] = new JsonArray(Agent("humanuser", "http://terminology.hl7.org/CodeSystem/extra-security-role-type", line.Actor, line.Person, true, line.Permit), Server(line)),
            ["source"] = new JsonObject
            {
                ["site"] = line.LogName,
                ["observer"] = new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:researchhub:log", ["value"] = line.Log }, ["display"] = line.LogName },
                ["type"] = new JsonArray(Coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")),
            },
            ["entity"] = Entities(line),
        };
        if (line.Purpose is not null)
        {
            made["purposeOfEvent"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HRESCH", "healthcare research")), ["text"] = line.Purpose });
        }

        return made;
    }

    private static JsonArray Entities(AuditLine line)
    {
        var entities = new JsonArray(new JsonObject
        {
            ["what"] = new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:researchhub:entry", ["value"] = string.Create(CultureInfo.InvariantCulture, $"{line.Log}/{line.Seq}") } },
            ["type"] = Coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object"),
            ["role"] = Coding("http://terminology.hl7.org/CodeSystem/object-role", "4", "Domain Resource"),
            ["name"] = line.Kind,
        });
        if (line.Permit is not null)
        {
            entities.Add(new JsonObject
            {
                ["what"] = new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:researchhub:permit", ["value"] = line.Permit }, ["display"] = line.Project },
                ["type"] = Coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object"),
                ["role"] = Coding("http://terminology.hl7.org/CodeSystem/object-role", "24", "Query"),
            });
        }

        return entities;
    }

    private static JsonObject Agent(string code, string system, string key, string? name, bool requestor, string? permit)
    {
        var agent = new JsonObject
        {
            ["type"] = new JsonObject { ["coding"] = new JsonArray(Coding(system, code, "human user")) },
            ["who"] = new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:ietf:rfc:7638", ["value"] = key }, ["display"] = name },
            ["requestor"] = requestor,
        };
        if (permit is not null)
        {
            agent["policy"] = new JsonArray($"urn:researchhub:permit:{permit}");
        }

        return agent;
    }

    private static JsonObject Server(AuditLine line) => new()
    {
        ["type"] = new JsonObject { ["coding"] = new JsonArray(Coding(Dicom, "110152", "Destination Role ID")) },
        ["who"] = new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:researchhub:log", ["value"] = line.Log }, ["display"] = line.LogName },
        ["requestor"] = false,
    };

    private static JsonObject Coding(string system, string code, string display) => new() { ["system"] = system, ["code"] = code, ["display"] = display };

    /// <summary>Quoted where it must be; a leading formula sign is defused for spreadsheets.</summary>
    private static string Cell(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@', ..] ? "'" + text : text ?? "";
        return safe.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
