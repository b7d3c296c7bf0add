using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>Strangers' bytes at the register's door: never an error of ours, never a yes.</summary>
public sealed class DirectiveFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private const string Odd = "\"{}[]:,\\0é\u2028";

    /// <summary>Goal: a directive that is wrong gets one error that names field, value and what is allowed. Method: each member with a wrong value, truly signed by the patient.</summary>
    [Theory]
    [InlineData("decision", "\"maybe\"", "decision: 'maybe'; allowed are 'permit' and 'deny'")]
    [InlineData("purposes", "[\"DUO:0000099\"]", "purposes: 'DUO:0000099'; allowed: the DUO codes")]
    [InlineData("purposes", "[null]", "purposes: 'null'; allowed")]
    [InlineData("purposes", "[]", "purposes: 0 items; allowed are 1 to 64")]
    [InlineData("purposes", "[\"DUO:0000007\"]", "diseases: none; DUO:0000007")]
    [InlineData("purposes", "[\"DUO:0000021\"]", "purposes: 'DUO:0000021' hold modifiers alone")]
    [InlineData("users", "[\"charity\"]", "users: 'charity'; allowed: non-profit, for-profit")]
    [InlineData("categories", "[\"teeth\"]", "categories: 'teeth'; allowed: *, demographics")]
    [InlineData("outputs", "[\"model\"]", "outputs: 'model'; allowed: statistics, file")]
    [InlineData("outputs", "[\"file\",\"file\"]", "outputs: 'file, file'; allowed is each once")]
    [InlineData("countries", "[\"BRA\"]", "countries: 'BRA'; allowed: two capital letters")]
    [InlineData("countries", "[\"BR\\n\"]", "allowed: two capital letters")]
    [InlineData("project", "[\"\"]", "project: ''; allowed: 1 to 100 characters")]
    [InlineData("diseases", "[\"diabetes\"]", "diseases: 'diabetes'; allowed: an ICD-10")]
    [InlineData("notBefore", "\"2026-06-15\"", "notBefore: '2026-06-15'; allowed is an RFC 3339 time")]
    [InlineData("notAfter", "\"never\"", "notAfter: 'never'; allowed is an RFC 3339 time")]
    [InlineData("notAfter", "\"2026-06-15T07:00:00.000Z\"", "allowed is a time after notBefore")]
    [InlineData("collected", "{\"retrospective\":true,\"from\":\"2020\"}", "collected.from: '2020'; allowed is a date")]
    [InlineData("collected", "{\"retrospective\":true,\"from\":\"2020-01-02\",\"to\":\"2020-01-01\"}", "collected.to: '2020-01-01'; allowed is a date not before")]
    [InlineData("collected", "{}", "retrospective")]
    [InlineData("text", "{\"hash\":\"x\",\"language\":\"en\",\"version\":\"1\"}", "text.hash")]
    [InlineData("text", "{\"hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"language\":\"English please\",\"version\":\"1\"}", "text.language: 'English please'; allowed is a BCP 47 tag")]
    [InlineData("text", "{\"hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"language\":\"en\",\"version\":\"new\"}", "text.version: 'new'; allowed is a number")]
    [InlineData("nonce", "\"short\"", "nonce: 'short'; allowed is the base64url of 16 bytes")]
    [InlineData("sequence", "0", "sequence: 0; allowed is 1 and above")]
    [InlineData("sequence", "1.5", "1.5")]
    [InlineData("sequence", "\"1\"", "sequence")]
    [InlineData("users", "null", "users")]
    [InlineData("surprise", "true", "surprise")]
    public async Task A_wrong_member_is_named_with_its_value_and_what_is_allowed(string member, string value, string expected)
    {
        await using var desk = await ConsentDesk.OpenAsync();
        using var key = SigningKey.Create();
        var subject = await desk.EnrolAsync("p", key);
        var body = CanonicalJson.ToJson(desk.Permit(subject, 1));
        body[member] = JsonNode.Parse(value);

        var reason = member == "sequence" && value == "1.5" ? await UnsignedAsync(desk, body, key) : await desk.RefusalAsync(Signed(body, key));

        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.False(await desk.IsInAsync("p"));
    }

    /// <summary>Goal: whatever comes, the answer is below 500 and nobody is in. Method: 3,000 seeded mutations of a true submission: bytes changed, cut, doubled, members taken from a list of awkward values; every tenth truly signed after the mutation.</summary>
    [Fact]
    public async Task No_bytes_make_an_error_of_ours_or_a_yes()
    {
        await using var desk = await ConsentDesk.OpenAsync();
        using var key = SigningKey.Create();
        using var stranger = SigningKey.Create();
        var subject = await desk.EnrolAsync("p", key);
        var random = new Random(Seed);
        output.WriteLine($"seed {Seed}");
        for (var round = 0; round < 3000; round++)
        {
            var body = CanonicalJson.ToJson(desk.Permit(subject, 1));
            string sent;
            if (round % 10 == 0)
            {
                Break(body, random);
                sent = Try(() => Whole(Signed(body, key))) ?? Whole(Signed(CanonicalJson.ToJson(desk.Permit(subject, 1)), stranger));
            }
            else
            {
                sent = Mutate(Whole(Signed(body, stranger)), random);
            }

            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(sent));
            content.Headers.ContentType = new("application/json");
            using var answer = await desk.Http.PostAsync(new Uri(SiloRoutes.Directives, UriKind.Relative), content);
            Assert.True((int)answer.StatusCode < 500, $"round {round}: {answer.StatusCode} for {sent}: {await answer.Content.ReadAsStringAsync()}");
        }

        Assert.False(await desk.IsInAsync("p"));
        Assert.Null((await desk.StandingAsync(subject))!.Decision);
    }

    /// <summary>Goal: other doors hold too. Method: awkward bodies at each route that strangers or officers reach.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"directives\":null}")]
    [InlineData("{\"directives\":[null]}")]
    [InlineData("{\"directives\":[{\"body\":{\"a\":1,\"a\":2},\"key\":{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\",\"y\":\"\"},\"signature\":\"\"}]}")]
    [InlineData("{\"patients\":[{\"patient\":\"x\"}]}")]
    [InlineData("{\"patients\":[{\"patient\":\"x\",\"keys\":{\"holders\":[null],\"needed\":1}}]}")]
    [InlineData("{\"patients\":[{\"patient\":\"x\",\"keys\":{\"holders\":[],\"needed\":1}}]}")]
    [InlineData("{\"patients\":[{\"patient\":\"x\",\"key\":null}]}")]
    [InlineData("{\"patients\":[null]}")]
    [InlineData("{\"change\":null}")]
    [InlineData("{\"change\":{\"body\":{},\"key\":{},\"signature\":\"\"}}")]
    [InlineData("{\"key\":7}")]
    [InlineData("{\"subject\":null}")]
    [InlineData("{\"version\":\"1\",\"words\":{\"en\":null}}")]
    [InlineData("{\"version\":\"x\",\"words\":{\"en\":\"a\"}}")]
    public async Task Awkward_bodies_are_refused_at_every_door(string body)
    {
        await using var desk = await ConsentDesk.OpenAsync();
        foreach (var route in new[] { SiloRoutes.Directives, SiloRoutes.Denials, SiloRoutes.KeyChanges, SiloRoutes.ConsentTexts, SiloRoutes.ConsentOfficers, SiloRoutes.Enrolments })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await desk.Http.PostAsync(new Uri(route, UriKind.Relative), content);
            Assert.True(answer.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError || (answer.StatusCode == HttpStatusCode.OK && route == SiloRoutes.Directives), $"{route}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private static async Task<string?> UnsignedAsync(ConsentDesk desk, JsonObject body, SigningKey key) =>
        await desk.RefusalAsync(new SignedRecord(body, key.Public.Jwk, Base64Text.Encode(new byte[64])));

    private static void Break(JsonObject body, Random random)
    {
        string[] awkward = ["null", "[]", "{}", "\"\"", "\"\\u0000\"", "-1", "2147483648", "true", "[[]]", "[null]", "[1]", "\"*\"", "{\"a\":{}}", "\"" + new string('x', 3000) + "\"", "\"9999-12-31T23:59:59.999Z\"", "\"0001-01-01T00:00:00.000Z\""];
        for (var i = 0; i <= random.Next(3); i++)
        {
            var member = body.ElementAt(random.Next(body.Count)).Key;
            body[member] = random.Next(6) == 0 ? JsonValue.Create("permit") : JsonNode.Parse(awkward[random.Next(awkward.Length)]);
        }

        // Something is always wrong with it, whatever was changed back.
        body["purposes"] = new JsonArray("DUO:9999999");
        if (random.Next(2) == 0)
        {
            body["decision"] = "permit";
        }
    }

    private static string Mutate(string text, Random random)
    {
        var changed = new StringBuilder(text);
        for (var i = 0; i <= random.Next(4); i++)
        {
            var at = random.Next(changed.Length);
            _ = random.Next(4) switch
            {
                0 => changed.Remove(at, Math.Min(random.Next(1, 20), changed.Length - at)),
                1 => changed.Insert(at, changed.ToString(at, Math.Min(random.Next(1, 60), changed.Length - at))),
                2 => changed.Insert(at, Odd[random.Next(Odd.Length)]),
                _ => changed.Replace(changed[at], (char)random.Next(32, 127), at, 1),
            };
            if (changed.Length == 0)
            {
                changed.Append("{}");
            }
        }

        return changed.ToString();
    }

    private static SignedRecord Signed(JsonObject body, SigningKey key) => new(body, key.Public.Jwk, Base64Text.Encode(key.Sign(CanonicalJson.Bytes(body))));

    private static string Whole(SignedRecord record) => JsonSerializer.Serialize(new DirectiveSubmission([ConsentDesk.Json(record)]), JsonSerializerOptions.Web);

    private static string? Try(Func<string> make)
    {
        try
        {
            return make();
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
