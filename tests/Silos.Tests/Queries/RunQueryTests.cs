using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace Silos.Tests.Queries;

/// <summary>What a silo answers and what it refuses, asked directly as a dishonest hub could.</summary>
public class RunQueryTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    /// <summary>Goal: a permitted question is answered with its charge, its interval and a receipt. Method: ask for a count.</summary>
    [Fact]
    public async Task A_signed_and_permitted_question_is_answered_with_a_receipt()
    {
        var answer = await silo.AskAsync(PermittedSilo.Count, fresh: true);

        Assert.True(answer.Ok, answer.Body);
        var group = answer.Json["groups"]!.AsArray().Single()!;
        Assert.NotNull(group["count"]!["interval95"]);
        Assert.Equal("6641525", answer.Json["charged"]!["rho"]!.GetValue<string>());
        Assert.NotNull(answer.Json["receipt"]!["signature"]);
    }

    /// <summary>Goal: the same question costs once. Method: ask it with its filters in another order and letter; compare bytes, charge and what is left.</summary>
    [Fact]
    public async Task The_same_question_again_gives_the_same_bytes_and_charges_nothing()
    {
        const string One = """{"where":[{"attribute":"age","atLeast":30},{"attribute":"sex","in":["female","male"]}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.3,"delta":1e-6}}""";
        const string Same = """{"loss":{"delta":0.000001,"epsilon":0.30},"measures":[{"kind":"count"}],"where":[{"in":["male","female"],"attribute":"sex"},{"atLeast":30.0,"attribute":"age"}]}""";

        var first = await silo.AskAsync(One);
        var again = await silo.AskAsync(Same);

        Assert.True(first.Ok && again.Ok, first.Body + again.Body);
        Assert.Equal(first.Released, again.Released);
        Assert.Equal(first.Json["remaining"]!.ToJsonString(), again.Json["remaining"]!.ToJsonString());
        Assert.Equal("redelivery", again.Json["receipt"]!["body"]!["entry"]!["kind"]!.GetValue<string>());
        Assert.NotNull(again.Json["first"]!["consentRoot"]);
    }

    /// <summary>Goal: a hub cannot replay a question. Method: submit one signed record twice.</summary>
    [Fact]
    public async Task A_replayed_question_is_refused()
    {
        var signed = await silo.SignAsync(PermittedSilo.Count, fresh: true);
        Assert.True((await silo.AskAsync(signed, PermittedSilo.Count)).Ok);

        Assert.Equal(RefusalCode.ReplayedNonce, (await silo.AskAsync(signed, PermittedSilo.Count)).Code);
    }

    /// <summary>Goal: a hub cannot alter a question. Method: submit another query under a signature, then alter the signed body itself.</summary>
    [Fact]
    public async Task An_altered_question_is_refused()
    {
        var signed = await silo.SignAsync(PermittedSilo.Count);
        var other = PermittedSilo.Count.Replace("18", "19", StringComparison.Ordinal);
        Assert.Equal(RefusalCode.BadSignature, (await silo.AskAsync(signed, other)).Code);

        var body = JsonNode.Parse(signed.Body.ToJsonString())!.AsObject();
        body["fresh"] = true;
        Assert.Equal(RefusalCode.BadSignature, (await silo.AskAsync(signed with { Body = body }, PermittedSilo.Count)).Code);
    }

    /// <summary>Goal: a hub cannot invent a question. Method: sign one with a key that the permit does not name.</summary>
    [Fact]
    public async Task A_question_signed_by_somebody_else_is_refused()
    {
        using var stranger = SigningKey.Create();
        var signed = await silo.SignAsync(PermittedSilo.Count, by: stranger);

        Assert.Equal(RefusalCode.NotPermitted, (await silo.AskAsync(signed, PermittedSilo.Count)).Code);
    }

    /// <summary>Goal: the permit's cap holds, and an overrun does not use it up. Method: a cap for a small question only; ask a large one, then the small one.</summary>
    [Fact]
    public async Task Over_the_permits_cap_is_refused_and_a_smaller_question_still_passes()
    {
        var permit = await silo.IssueAsync("1000000");
        var small = PermittedSilo.Count.Replace("0.5", "0.1", StringComparison.Ordinal);

        Assert.Equal(RefusalCode.OverPermitCap, (await silo.AskAsync(PermittedSilo.Count, permit)).Code);
        Assert.True((await silo.AskAsync(small, permit)).Ok);
    }

    /// <summary>Goal: a preview says what will be charged and which cells will be shown, under this very permit. Method: a permit whose smallest cell is above
    /// the hospital's and one that was never delivered; the preview's charge against the answer's.</summary>
    [Fact]
    public async Task A_preview_is_of_the_permit_that_is_asked_under()
    {
        var permit = await silo.IssueAsync("50000000", minimumCell: 40);
        async Task<JsonNode> PreviewAsync(string? id)
        {
            var request = new PreviewRequest(PermittedSilo.Dataset, JsonDocument.Parse(PermittedSilo.Count).RootElement, id);
            using var response = await silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.Preview, UriKind.Relative), request, CanonicalJson.Options, TestContext.Current.CancellationToken);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        }

        Assert.Equal(11, (int)(await PreviewAsync(null))["cellsShownFrom"]!);
        var preview = await PreviewAsync(permit.Id().ToString());
        Assert.Equal(40, (int)preview["cellsShownFrom"]!);
        Assert.Equal(preview["charged"]!.ToJsonString(), (await silo.AskAsync(PermittedSilo.Count, permit)).Json["charged"]!.ToJsonString());
        Assert.Equal(RefusalCode.UnknownPermit, (string?)(await PreviewAsync(Hash32.Random().ToString()))["code"]);
    }

    /// <summary>Goal: forged requests cannot fill the log with denials, and a stranger learns nothing of a permit's state. Method: 200 questions signed by a stranger;
    /// each gets the same bytes, and the log grows by at most the limit a minute; a real refusal after them is entered.</summary>
    [Fact]
    public async Task Forged_requests_do_not_fill_the_log()
    {
        using var stranger = SigningKey.Create();
        var permit = await silo.IssueAsync("1000");
        var before = await DenialsAsync();
        var bodies = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            var forged = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await silo.AskAsync(await silo.SignAsync(PermittedSilo.Count, permit, by: stranger), PermittedSilo.Count)));
            Assert.All(forged, one => Assert.Equal(RefusalCode.NotPermitted, one.Code));
            bodies.UnionWith(forged.Select(one => one.Body));
        }

        Assert.Single(bodies);
        Assert.InRange(await DenialsAsync() - before, 1, 160);
        var entered = await DenialsAsync();
        Assert.Equal(RefusalCode.OverPermitCap, (await silo.AskAsync(PermittedSilo.Count, permit)).Code);
        Assert.InRange(await DenialsAsync() - entered, 1, 2);
    }

    private async Task<long> DenialsAsync()
    {
        await using var database = new SqliteConnection($"Data Source={silo.Stack.Options.In("silo-1", "silo.db")};Mode=ReadOnly");
        return await database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM refusals");
    }

    /// <summary>Goal: questions that are decided together count beside each other, and a signed question is charged once however often it comes at the same time. Method: a cap for three; six different questions and four copies of one at once.</summary>
    [Fact]
    public async Task Questions_that_come_together_do_not_share_a_cap_or_a_nonce()
    {
        var permit = await silo.IssueAsync("20000000");
        var questions = Enumerable.Range(20, 6).Select(age => PermittedSilo.Count.Replace("18", $"{age}", StringComparison.Ordinal)).ToList();
        var copied = (Signed: await silo.SignAsync(questions[0], permit, fresh: true), Query: questions[0]);
        var asked = new List<(SignedRecord Signed, string Query)> { copied, copied, copied, copied };
        foreach (var question in questions.Skip(1))
        {
            asked.Add((await silo.SignAsync(question, permit, fresh: true), question));
        }

        var answers = await Task.WhenAll(asked.Select(one => silo.AskAsync(one.Signed, one.Query)));

        Assert.Equal(3, answers.Count(answer => answer.Ok));
        Assert.All(answers.Where(answer => !answer.Ok), answer => Assert.True(answer.Code is RefusalCode.OverPermitCap or RefusalCode.ReplayedNonce, answer.Body));
        Assert.True(answers.Take(4).Count(answer => answer.Ok) <= 1);
        Assert.Equal(3 * 6641525UL, (await silo.Chain.ReadPermitAsync(permit.Id(), silo.Register)).Spent.Rho);
    }

    /// <summary>Goal: a revoked permit answers nothing. Method: the board revokes it on the chain; ask.</summary>
    [Fact]
    public async Task A_revoked_permit_is_refused()
    {
        var permit = await silo.IssueAsync("50000000");
        Assert.True((await silo.AskAsync(PermittedSilo.Count, permit)).Ok);
        await silo.RevokeAsync(permit);

        Assert.Equal(RefusalCode.PermitNotActive, (await silo.AskAsync(PermittedSilo.Count, permit, fresh: true)).Code);
    }

    /// <summary>Goal: bad input gets one clear error that names field, value and range. Method: a query with an unknown attribute, and a body that is no query.</summary>
    [Theory]
    [InlineData("""{"measures":[{"kind":"mean","attribute":"weight","lower":0,"upper":1}],"loss":{"epsilon":0.5}}""", "weight")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":-1}}""", "epsilon")]
    public async Task A_query_that_cannot_be_read_is_refused_by_name(string query, string named)
    {
        var signed = await silo.SignAsync(PermittedSilo.Count);
        var refused = await silo.AskAsync(signed, query);

        Assert.Equal(RefusalCode.BadQuery, refused.Code);
        Assert.Contains(named, refused.Body, StringComparison.Ordinal);
    }
}
