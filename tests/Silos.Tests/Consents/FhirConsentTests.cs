using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Consents;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Ingestion;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>FHIR R4 Consent in and out: deny when undecidable.</summary>
public sealed class FhirConsentTests
{
    private const string Permit =
        """
        {"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},"patient":{"reference":"Patient/p"},"dateTime":"2026-01-01",
         "provision":{"type":"permit","period":{"start":"2026-01-01","end":"2030-12-31"},"purpose":[{"code":"HRESCH"}],"class":[{"code":"Condition"}],
           "code":[{"coding":[{"system":"http://purl.obolibrary.org/obo/duo.owl","code":"DUO:0000007"}]},{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11"}]}],
           "provision":[{"type":"deny","purpose":[{"code":"HMARKT"}]}]}}
        """;

    /// <summary>Goal: HL7's ten examples and our own two are read as the specification has them; none permits research unless all of it can be kept. Method: each file, the decision, and the element that decides.</summary>
    [Theory]
    [InlineData("Consent-consent-example-Out.json", "scope")]
    [InlineData("Consent-consent-example-basic.json", "scope")]
    [InlineData("Consent-consent-example-grantor.json", "scope")]
    [InlineData("Consent-consent-example-notAuthor.json", "scope")]
    [InlineData("Consent-consent-example-notOrg.json", "scope")]
    [InlineData("Consent-consent-example-notThem.json", "scope")]
    [InlineData("Consent-consent-example-notThis.json", "scope")]
    [InlineData("Consent-consent-example-notTime.json", "scope")]
    [InlineData("Consent-consent-example-pkb.json", "scope")]
    [InlineData("Consent-consent-example-signature.json", "scope")]
    [InlineData("own/Consent-research-permit-duo.json", "provision.provision")]
    [InlineData("own/Consent-research-withdrawn.json", "provision.type")]
    public void Each_example_is_a_no_for_the_reason_that_it_gives(string file, string element)
    {
        using var consent = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Shared.Path("data", "fhir-examples"), file)));
        var said = ReadFhirConsent.Of(consent.RootElement);
        Assert.Equal(Directive.Deny, said.Decision);
        Assert.StartsWith(element, said.Reasons.Single(), StringComparison.Ordinal);
        Assert.Equal(file.Contains("withdrawn", StringComparison.Ordinal), said.Explicit);
        Assert.Null(said.Scope);
    }

    /// <summary>Goal: with scope research, HL7's own examples stay a no wherever they limit the permit in a way that cannot be kept. Method: each example with its scope replaced.</summary>
    [Theory]
    [InlineData("Out", "policyRule", true)]
    [InlineData("grantor", "policyRule", true)]
    [InlineData("pkb", "policyRule", true)]
    [InlineData("notOrg", "provision.type", true)]
    [InlineData("notAuthor", "provision.actor", false)]
    [InlineData("notThem", "provision.actor", false)]
    [InlineData("notThis", "provision.data", false)]
    [InlineData("signature", "provision.actor", false)]
    public void Examples_of_research_are_a_no_where_they_cannot_be_kept(string name, string element, bool isExplicit)
    {
        var consent = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Shared.Path("data", "fhir-examples"), $"Consent-consent-example-{name}.json")))!;
        consent["scope"]!["coding"]![0]!["code"] = "research";
        var said = ReadFhirConsent.Of(Element(consent));
        Assert.Equal((Directive.Deny, isExplicit), (said.Decision, said.Explicit));
        Assert.StartsWith(element, said.Reasons.Single(), StringComparison.Ordinal);
    }

    /// <summary>Goal: a permit that can be kept is read, in no wider terms than it says. Method: a disease-specific permit with a class, a period and an exception for marketing.</summary>
    [Fact]
    public void A_permit_that_can_be_kept_is_read_as_narrowly_as_it_is()
    {
        var scope = ReadFhirConsent.Of(Element(JsonNode.Parse(Permit)!)).Scope!;
        Assert.Equal([Duo.DiseaseSpecific], scope.Purposes);
        Assert.Equal(["E11"], scope.Diseases);
        Assert.Equal(["diagnoses"], scope.Categories);
        Assert.Equal(("2026-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"), (scope.NotBefore, scope.NotAfter));
        Assert.Equal(["non-profit"], scope.Users);
        Assert.Equal(["statistics"], scope.Outputs);
    }

    /// <summary>Goal: what is not known is a no. Method: one change each to a resource that permits.</summary>
    [Theory]
    [InlineData("status", "\"draft\"")]
    [InlineData("status", "\"entered-in-error\"")]
    [InlineData("scope", "{}")]
    [InlineData("policyRule", "{\"coding\":[{\"code\":\"OPTINR\"}]}")]
    [InlineData("policyRule", "{\"coding\":[{\"code\":\"OPTOUT\"}]}")]
    [InlineData("modifierExtension", "[{\"url\":\"http://x\"}]")]
    [InlineData("verification", "[{\"verified\":false}]")]
    [InlineData("provision.type", "\"maybe\"")]
    [InlineData("provision.purpose", "[{\"code\":\"HMARKT\"}]")]
    [InlineData("provision.class", "[{\"code\":\"Basic\"}]")]
    [InlineData("provision.code", "[{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"1\"}]}]")]
    [InlineData("provision.code", "[{\"coding\":[{\"system\":\"http://purl.obolibrary.org/obo/duo.owl\",\"code\":\"DUO:0000099\"}]}]")]
    [InlineData("provision.action", "[{\"coding\":[{\"code\":\"disclose\"}]}]")]
    [InlineData("provision.securityLabel", "[{\"code\":\"N\"}]")]
    [InlineData("provision.provision", "[{\"type\":\"deny\",\"code\":[{\"coding\":[{\"code\":\"B24\"}]}]}]")]
    [InlineData("provision.provision", "[{\"purpose\":[{\"code\":\"HRESCH\"}]}]")]
    [InlineData("provision.period", "{\"start\":\"soon\"}")]
    [InlineData("provision.period", "{\"start\":\"2030-01-01\",\"end\":\"2020-01-01\"}")]
    [InlineData("provision", "null")]
    [InlineData("provision", "[]")]
    [InlineData("resourceType", "\"Contract\"")]
    [InlineData("resourceType", "7")]
    public void Whatever_is_not_known_is_a_no(string member, string value)
    {
        var consent = JsonNode.Parse(Permit)!;
        var path = member.Split('.');
        (path.Length == 1 ? consent : consent[path[0]]!)[path[^1]] = JsonNode.Parse(value);
        Assert.Equal(Directive.Deny, ReadFhirConsent.Of(Element(consent)).Decision);
    }

    /// <summary>Goal: the hospital's route records an express no at once, and never a yes: that is signed. Method: import a permit, sign what it came to with two officers, import a withdrawal, import somebody else's.</summary>
    [Fact]
    public async Task An_imported_permit_waits_for_signatures_and_an_imported_no_does_not()
    {
        await using var desk = await ConsentDesk.OpenAsync();
        using var one = SigningKey.Create();
        using var two = SigningKey.Create();
        await desk.AddOfficersAsync(one, two);
        var subject = await desk.EnrolAsync("p", new KeySet([new(one.Public.Jwk, KeyHolder.Officer), new(two.Public.Jwk, KeyHolder.Officer)], 2));

        var permitted = await ImportAsync(desk, "p", JsonNode.Parse(Permit)!);
        Assert.Equal((Directive.Permit, false), (permitted.Decision, permitted.Recorded));
        Assert.Null((await desk.StandingAsync(subject))!.Decision);
        var body = CanonicalJson.Read<Directive>(JsonNode.Parse(permitted.ToSign!.Value.GetRawText())!);
        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(body, one, two)));
        Assert.Equal("permit", (await desk.StandingAsync(subject))!.Decision);

        var others = JsonNode.Parse(Permit)!;
        others["patient"]!["reference"] = "Patient/somebody";
        Assert.Equal((Directive.Deny, false), (await ImportAsync(desk, "p", others) is var outcome ? outcome.Decision : "", outcome.Recorded));

        var withdrawn = JsonNode.Parse(Permit)!;
        withdrawn["provision"] = new JsonObject { ["type"] = "deny" };
        Assert.True((await ImportAsync(desk, "p", withdrawn)).Recorded);
        Assert.Equal("deny", (await desk.StandingAsync(subject))!.Decision);
    }

    /// <summary>Goal: a decision goes out as a FHIR Consent that says the same when it comes back, and that a reader who does not know ours must not act upon. Method: write a directive with every choice, read it again; the same without our extension's name.</summary>
    [Fact]
    public void A_decision_goes_out_and_comes_back_the_same()
    {
        var directive = ConsentMatch.Read(Choice.Directive(new JsonObject
        {
            ["purposes"] = new JsonArray(Duo.DiseaseSpecific), ["diseases"] = new JsonArray("E10-E14"), ["countries"] = new JsonArray("BR"), ["project"] = new JsonArray("app-1"),
            ["categories"] = new JsonArray("laboratory"), ["notAfter"] = "2027-01-01T00:00:00.000Z", ["collected"] = new JsonObject { ["retrospective"] = false, ["from"] = "2020-01-01" },
        }))!;
        var written = WriteFhirConsent.Of(directive, "Serra Verde", counts: true);
        Assert.Equal("active", written["status"]!.GetValue<string>());
        Assert.Equal(CanonicalJson.Bytes(directive), CanonicalJson.Bytes(ReadFhirConsent.Of(Element(written)).Scope!.In(directive)));
        written["modifierExtension"]![0]!["url"] = "http://another";
        Assert.Equal(Directive.Deny, ReadFhirConsent.Of(Element(written)).Decision);
        var no = WriteFhirConsent.Of(directive with { Decision = Directive.Deny }, "Serra Verde", counts: true);
        Assert.True(ReadFhirConsent.Of(Element(no)) is { Decision: Directive.Deny, Explicit: true });
    }

    private static async Task<FhirOutcome> ImportAsync(ConsentDesk desk, string patient, JsonNode consent)
    {
        var answer = await desk.PostAsync(SiloRoutes.FhirConsents, new FhirImport(patient, Element(consent)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<FhirOutcome>(text, JsonSerializerOptions.Web)!;
    }

    private static JsonElement Element(JsonNode json) => JsonDocument.Parse(json.ToJsonString()).RootElement;
}
