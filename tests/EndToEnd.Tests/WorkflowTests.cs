using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The committee's work, told on the whole stack.</summary>
[Collection("stack")]
public class WorkflowTests(RunningStack running)
{
    /// <summary>
    /// Goal: one application goes through everything that can happen to it (R6, R15, E2, E5). Method: handed in, returned, changed, handed in again, approved with a condition, paid, used; a file is refused, naming the
    /// condition; an amendment asks for files, is approved, paid and used; revoked, its next question is refused, while the first permit still answers.
    /// </summary>
    [Fact]
    public async Task Returned_conditioned_amended_approved_used_and_revoked()
    {
        using var chair = await BoardMember.SignInAsync(running.Stack, 1);
        using var member = await BoardMember.SignInAsync(running.Stack, 2);
        var hub = running.Researcher.Hub;
        var application = await running.Researcher.ApplyAsync(running.Dataset, TimeProvider.System.GetUtcNow());
        var route = $"{HubRoutes.Applications}/{application.Id}";

        Assert.Equal(ApplicationState.Returned, (await member.Hub.PostAsync<ApplicationView>(route + "/return", new Note("Say how results will be published."))).State);
        await Assert.ThrowsAsync<StoryException>(() => chair.ApproveAsync(application.Id));
        (await hub.PutAsync(route, application.Form with { Safeguards = "Answers only; results are published within a year." })).EnsureSuccessStatusCode();
        await hub.PostAsync<ApplicationView>(route + "/submit", new Note());
        await chair.ReviewAsync(application.Id);
        await chair.Hub.PostAsync<ApplicationView>(route + "/set-terms", new Conditions(Outputs: [SignedQuery.Statistics], MinimumCell: 20));
        await chair.ApproveAsync(application.Id);
        var first = (await member.ApproveAsync(application.Id)).PermitId!;
        Assert.Equal(ApplicationState.ApprovedWithConditions, (await hub.GetAsync<ApplicationView>(route)).State);
        await PayAsync(application.Id);
        Assert.True((await running.AskAsync(first)).Ok);
        var file = await Assert.ThrowsAsync<StoryException>(() => running.Researcher.AskFileAsync(first, running.Dataset.Silo, running.Dataset.Dataset, "age"));
        Assert.Contains("condition", file.Message, StringComparison.Ordinal);

        var amendment = await hub.PostAsync<ApplicationView>(route + "/amend", new Note());
        Assert.Equal(application.Id, amendment.Amends);
        await hub.PostAsync<ApplicationView>($"{HubRoutes.Applications}/{amendment.Id}/submit", new Note());
        await chair.ReviewAsync(amendment.Id);
        await chair.ApproveAsync(amendment.Id);
        var second = (await member.ApproveAsync(amendment.Id)).PermitId!;
        Assert.Equal("payment-required", (await running.AskAsync(second)).Code);
        await PayAsync(amendment.Id);
        Assert.True((await running.AskAsync(second)).Ok);

        await chair.RevokeAsync(second);
        await member.RevokeAsync(second);
        Assert.False((await running.AskAsync(second, fresh: true)).Ok);
        Assert.True((await running.AskAsync(first)).Ok);
    }

    /// <summary>Goal: a removed team member's open session ends at her next call (R14). Method: a colleague accepts the terms with her key, the permit names it, she asks; removed, the same session is refused and the researcher's own is not.</summary>
    [Fact]
    public async Task A_removed_team_members_open_session_is_refused()
    {
        using var chair = await BoardMember.SignInAsync(running.Stack, 1);
        using var member = await BoardMember.SignInAsync(running.Stack, 2);
        using var colleague = await Researcher.SignInAsync(running.Stack, "colleague");
        var hub = running.Researcher.Hub;
        var application = await running.Researcher.ApplyAsync(running.Dataset, TimeProvider.System.GetUtcNow());
        var route = $"{HubRoutes.Applications}/{application.Id}";
        await hub.PostAsync<ApplicationView>(route + "/invite-member", new InviteMember("colleague@researchhub.example"));
        await colleague.Hub.PostAsync<ApplicationView>(route + "/accept-terms", new AcceptTerms(JsonSerializer.SerializeToElement(colleague.Key.Public.Jwk, CanonicalJson.Options)));
        await chair.ReviewAsync(application.Id);
        await chair.ApproveAsync(application.Id);
        var permit = (await member.ApproveAsync(application.Id)).PermitId!;
        await PayAsync(application.Id);
        Assert.True((await colleague.AskAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count)).Ok);

        var me = await colleague.Hub.GetAsync<AccountView>(HubRoutes.Me);
        await hub.PostAsync<ApplicationView>(route + "/remove-member", new RemoveMember(me.Id));
        Assert.Equal("unknown-permit", (await colleague.AskAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count)).Code);
        Assert.True((await running.AskAsync(permit)).Ok);
    }

    /// <summary>
    /// Goal: the operator alone, with her account and all rights on the hub's database, can neither read, approve, raise a budget, nor edit the log without being found out (O7). Method: her account is refused at each route of the
    /// kind; a permit that she writes into the hub's database is unknown to the hospital; the contract raises no limit without the board's votes; a line of the log that she changes no longer fits its anchored tree, so that the hub
    /// itself refuses to show it as proven, and one that she left alone does.
    /// </summary>
    [Fact]
    public async Task The_operator_with_all_rights_can_neither_read_approve_raise_nor_edit()
    {
        var permit = await running.PermitAsync();
        using var @operator = await HubClient.SignInAsync(running.Stack, "operator");
        string[] reads = [HubRoutes.Applications, HubRoutes.Permits, HubRoutes.AuditEntries, HubRoutes.Extracts, HubRoutes.MyData];
        foreach (var route in reads)
        {
            Assert.Contains("answered 403", (await Assert.ThrowsAsync<StoryException>(() => @operator.GetAsync<JsonElement>(route))).Message, StringComparison.Ordinal);
        }

        var submission = new VoteSubmission(JsonSerializer.SerializeToElement(new { }));
        foreach (var route in new[] { $"{HubRoutes.Applications}/any/votes", $"{HubRoutes.Permits}/{permit}/votes", $"{HubRoutes.Registers}/{running.Hospital.Register}/votes", HubRoutes.Queries })
        {
            using var refused = await @operator.SendAsync(route, submission);
            Assert.Equal(403, (int)refused.StatusCode);
        }

        await using var database = new SqliteConnection($"Data Source={running.Options.In("hub", "hub.db")}");
        var document = await database.QuerySingleAsync<string>("SELECT document FROM permits WHERE id = @permit", new { permit });
        var own = CanonicalJson.Read<Permit>(System.Text.Json.Nodes.JsonNode.Parse(document.Replace("\"purpose\":\"DUO:0000042\"", "\"purpose\":\"DUO:0000006\"", StringComparison.Ordinal))!);
        Assert.NotEqual(permit, own.Id().ToString());
        await database.ExecuteAsync("INSERT INTO permits (id, application, document, issued) SELECT @id, application, @document, issued FROM permits WHERE id = @permit", new { id = own.Id().ToString(), document = System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(own)), permit });
        var preview = await running.Researcher.PreviewAsync(running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count);
        var signed = running.Researcher.Sign(own.Id().ToString(), running.Dataset.Silo, running.Dataset.Dataset, preview.GetProperty("canonical").GetString()!);
        Assert.Equal(RefusalCode.UnknownPermit, (await running.Researcher.AskAsync(signed, RunningStack.Count)).Code);

        using var chain = new ChainClient(running.Stack.Chain.Rpc, running.Stack.Deployment, (await Deployer.AccountsAsync(running.Stack.Chain.Rpc))[3]);
        var before = await chain.ReadBudgetAsync(running.Hospital.Register);
        Assert.NotNull((await chain.ChangeLimitAsync(new Limit(running.Hospital.Register, new Amount(ulong.MaxValue, 0, 1000)))).Refusal);
        Assert.Equal(before.Limit, (await chain.ReadBudgetAsync(running.Hospital.Register)).Limit);

        var (seq, body) = await database.QueryFirstAsync<(long, string)>("SELECT seq, body FROM log_entries WHERE body LIKE '%\"kind\":\"vote\"%' ORDER BY seq LIMIT 1");
        Assert.True(await FitsAsync(seq));
        await database.ExecuteAsync("UPDATE log_entries SET body = @changed WHERE seq = @seq", new { seq, changed = body.Replace("\"kind\":\"vote\"", "\"kind\":\"void\"", StringComparison.Ordinal) });
        try
        {
            Assert.Contains("ledger-halted", (await Assert.ThrowsAsync<StoryException>(() => FitsAsync(seq))).Message, StringComparison.Ordinal);
            Assert.True(await FitsAsync(seq + 1));
        }
        finally
        {
            await database.ExecuteAsync("UPDATE log_entries SET body = @body WHERE seq = @seq", new { seq, body });
        }

        Assert.True(await FitsAsync(seq));
    }

    /// <summary>Whether the hub's line, as it shows it to anybody, is in the tree that is anchored on the chain.</summary>
    private async Task<bool> FitsAsync(long seq)
    {
        using var anybody = new HubClient(running.Stack.HubUrl);
        using var chain = new ChainClient(running.Stack.Chain.Rpc, running.Stack.Deployment);
        var proven = await anybody.GetAsync<ProvenEntry>($"{HubRoutes.LedgerProof}/{seq}");
        var leaf = TreeHash.Leaf(CanonicalJson.Bytes(System.Text.Json.Nodes.JsonNode.Parse(proven.Entry.GetRawText())!));
        var anchored = (await chain.ReadAnchoringAsync(proven.Transaction!))!;
        return MerkleProof.Includes(leaf, seq, (long)anchored.Size, [.. proven.Proof.Select(Hash32.Parse)], anchored.Root);
    }

    private async Task PayAsync(string application)
    {
        var invoice = (await running.Researcher.InvoiceAsync(application))!;
        Assert.Null(await running.Researcher.PayAsync(invoice));
        while (invoice.State != "paid")
        {
            invoice = (await running.Researcher.InvoiceAsync(application))!;
        }
    }
}
