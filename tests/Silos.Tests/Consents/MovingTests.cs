using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Storage;
using Silos.Verifier;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>On an SQLite file.</summary>
public sealed class MovingTests : MovingCases
{
    protected override Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresMovingTests(Postgres postgres) : MovingCases
{
    protected override async Task<string?> ConnectionStringAsync() => await postgres.NewDatabaseAsync();
}

/// <summary>P4, P5: what a patient takes along, and what any stranger finds in it.</summary>
public abstract class MovingCases : IAsyncLifetime
{
    private readonly SigningKey patient = SigningKey.Create();
    private readonly SigningKey second = SigningKey.Create();
    private ConsentDesk old = null!;
    private ConsentDesk next = null!;

    protected abstract Task<string?> ConnectionStringAsync();

    public async ValueTask InitializeAsync()
    {
        old = await ConsentDesk.OpenAsync(connectionString: await ConnectionStringAsync());
        next = await ConsentDesk.OpenAsync("researchhub.example/porto-claro", await ConnectionStringAsync());
        next.Members = new MembersState([new Member(old.Log.Key.Public.Jwk, Roles.Organisation | Roles.Log)], [new RegisteredLog(old.Identity.Register, old.Log.Key.Id, "0x")], 2, 0);
    }

    public async ValueTask DisposeAsync()
    {
        await old.DisposeAsync();
        await next.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Goal: another hospital takes up the signed history and continues it; nothing is permitted there that was not signed for it (P4). Method: permit, rotate, permit; move; look who is in; sign on with the newest key, and try the old one.</summary>
    [Fact]
    public async Task A_history_moves_and_is_continued_with_the_same_keys_and_numbers()
    {
        var (subject, history) = await HistoryAsync();
        var moved = await next.PostAsync(SiloRoutes.Histories, new HistoryImport("q", history));
        Assert.True(moved.IsSuccessStatusCode, await moved.Content.ReadAsStringAsync());
        Assert.Equal(subject, (await moved.Content.ReadFromJsonAsync<Enrolment>())!.Subject);
        Assert.False(await next.IsInAsync("q"));
        var standing = (await next.StandingAsync(subject))!;
        Assert.Equal((3, 2, "moved"), (standing.NextSequence, standing.NextKeyChange, standing.AsksAnew));

        Assert.Contains("key: ", await next.RefusalAsync(ConsentDesk.Sign(next.Permit(subject, 3), patient)), StringComparison.Ordinal);
        Assert.Null(await next.RefusalAsync(ConsentDesk.Sign(next.Permit(subject, 3), second)));
        Assert.True(await next.IsInAsync("q"));
        Assert.Equal(HttpStatusCode.BadRequest, (await next.PostAsync(SiloRoutes.Histories, new HistoryImport("q", history))).StatusCode);

        var continued = await next.Http.GetFromJsonAsync<JsonElement>(new Uri($"{SiloRoutes.Histories}/{subject}", UriKind.Relative));
        var before = history.GetProperty("body").GetProperty("lines").EnumerateArray().Select(line => line.GetRawText()).ToList();
        var after = continued.GetProperty("body").GetProperty("lines").EnumerateArray().Select(line => line.GetRawText()).ToList();
        Assert.Equal(before, after.Take(3));
        Assert.Equal(4, after.Count);
        Assert.Equal(0, (await VerifyAsync(continued)).Code);
    }

    /// <summary>Goal: a history that is not true is not taken up, and a stranger sees why. Method: exchange, drop, double and alter lines, each signed anew by the exporter, and one signed by a stranger.</summary>
    [Theory]
    [InlineData("drop", "sequence: 2; wanted is 1")]
    [InlineData("swap", "it was not signed by those who could sign")]
    [InlineData("double", "sequence: 1; wanted is 2")]
    [InlineData("alter", "the signature does not verify")]
    [InlineData("keys", "it was not signed by those who could sign")]
    [InlineData("stranger", "does not sign for")]
    public async Task A_history_with_a_fault_is_refused(string fault, string reason)
    {
        var (_, json) = await HistoryAsync();
        var history = CanonicalJson.Read<ConsentHistory>(JsonNode.Parse(json.GetProperty("body").GetRawText())!);
        var lines = history.Lines;
        var other = fault switch
        {
            "drop" => history with { Lines = [lines[1], lines[2]] },
            "swap" => history with { Lines = [lines[0], lines[2], lines[1]] },
            "double" => history with { Lines = [lines[0], lines[0]] },
            "alter" => history with { Lines = [lines[0] with { Record = Altered(lines[0].Record) }, lines[1], lines[2]] },
            "keys" => history with { Enrolled = KeySet.Of(second.Public.Jwk) },
            _ => history,
        };
        using var stranger = SigningKey.Create();
        var signed = ConsentDesk.Json(SignedRecord.Sign(other, fault == "stranger" ? stranger : old.Log.Key));

        var answer = await next.PostAsync(SiloRoutes.Histories, new HistoryImport("q", signed));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        if (fault != "stranger")
        {
            var (code, output) = await VerifyAsync(signed);
            Assert.Equal(1, code);
            Assert.Contains(reason, output, StringComparison.Ordinal);
        }
    }

    /// <summary>Goal: the receipt of a decision verifies offline, and neither a changed byte nor another text does (P5). Method: verify the silo's receipt with its words; then flip bytes and offer other words.</summary>
    [Fact]
    public async Task A_receipt_verifies_and_a_changed_one_does_not()
    {
        var subject = await old.EnrolAsync("p", patient);
        var receipt = (await old.OutcomeAsync(ConsentDesk.Sign(old.Permit(subject, 1), patient))).Receipt!.Value;
        Assert.Equal(ConsentReceipt.Iso27560, receipt.GetProperty("body").GetProperty("schema").GetString());
        var (code, output) = await VerifyAsync(receipt, "words");
        Assert.True(code == 0, output);
        Assert.Equal(1, (await VerifyAsync(receipt, "les mots")).Code);
        var text = receipt.GetRawText();
        foreach (var (from, to) in new[] { ("\"en\"", "\"fr\""), ("statistics", "statistick"), ("Serra Verde", "Serra Verda"), ("\"sequence\":1", "\"sequence\":2") })
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            Assert.Equal(1, (await VerifyAsync(JsonDocument.Parse(text.Replace(from, to, StringComparison.Ordinal)).RootElement, "words")).Code);
        }
    }

    private static JsonObject Altered(JsonObject record)
    {
        var altered = JsonNode.Parse(record.ToJsonString())!.AsObject();
        altered["body"]!["decision"] = "deny";
        return altered;
    }

    /// <summary>Permit, rotation, permit at the old hospital, and the exported history.</summary>
    private async Task<(string Subject, JsonElement History)> HistoryAsync()
    {
        var subject = await old.EnrolAsync("p", patient);
        Assert.Null(await old.RefusalAsync(ConsentDesk.Sign(old.Permit(subject, 1), patient)));
        old.Clock.Now = old.Clock.Now.AddHours(1);
        Assert.Null(await old.ChangeAsync(ConsentDesk.Sign(old.Change(subject, 1, KeySet.Of(second.Public.Jwk)), patient)));
        old.Clock.Now = old.Clock.Now.AddHours(1);
        Assert.Null(await old.RefusalAsync(ConsentDesk.Sign(old.Permit(subject, 2), second)));
        next.Clock.Now = old.Clock.Now;
        return (subject, await old.Http.GetFromJsonAsync<JsonElement>(new Uri($"{SiloRoutes.Histories}/{subject}", UriKind.Relative)));
    }

    private static async Task<(int Code, string Output)> VerifyAsync(JsonElement record, string? words = null)
    {
        var file = Path.GetTempFileName();
        var text = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, record.GetRawText());
        await File.WriteAllTextAsync(text, words ?? "");
        var output = new StringWriter { NewLine = "\n" };
        var code = await VerifyProgram.RunAsync(words is null ? ["consent", file] : ["consent", file, "--text", text], output, output);
        File.Delete(file);
        File.Delete(text);
        return (code, output.ToString());
    }
}
