using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Permits;

[Collection("hub")]
public sealed class PublicRegisterTests(HubFixture hub)
{
    /// <summary>Goal: everybody sees what is permitted, and nobody's name (E10). Method: an approved application appears for a stranger, with a summary in six languages and no person in the text.</summary>
    [Fact]
    public async Task Each_permit_stands_in_the_public_register_without_names()
    {
        hub.Require();
        var permit = (await hub.ApprovedAsync(hub.Form() with { Translations = new Dictionary<string, string> { ["fr"] = "Nous demandons." } })).Permit!;
        using var anybody = hub.Anybody();
        var text = await anybody.GetStringAsync(HubRoutes.PublicRegister);
        var item = JsonSerializer.Deserialize<List<RegisterItem>>(text, JsonSerializerOptions.Web)!.Single(item => item.Permit == permit);
        Assert.Equal(["en", "fr", "id", "ko", "pt-BR", "vi"], item.Summaries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Nous demandons.", item.Summaries["fr"]);
        Assert.Equal(["en", "fr"], item.Translated);
        Assert.Equal(["North Hospital"], item.Hospitals);
        Assert.DoesNotContain("people.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"researcher\"", text, StringComparison.Ordinal);
    }

    /// <summary>Goal: a stranger verifies a permit with a public key alone (R8). Method: check the token's signature and that its payload hashes to the permit's id; alter one claim, and it fails.</summary>
    [Fact]
    public async Task A_permit_token_verifies_with_the_public_key_and_fails_when_altered()
    {
        hub.Require();
        var permit = (await hub.ApprovedAsync()).Permit!;
        var token = await hub.Applicant.GetAsync<PermitToken>($"{HubRoutes.Permits}/{permit}/token");
        var key = PublicKey.From(token.Key.Deserialize<Jwk>(CanonicalJson.Options)!);
        var parts = token.Token.Split('.');
        bool Verifies(string payload) => key.Verify(Encoding.ASCII.GetBytes($"{parts[0]}.{payload}"), Base64Text.Decode(parts[2]));
        Assert.True(Verifies(parts[1]));
        Assert.Equal(permit, Hash32.Of(Base64Text.Decode(parts[1])).ToString());
        var altered = Encoding.UTF8.GetString(Base64Text.Decode(parts[1])).Replace("\"minimumCell\":11", "\"minimumCell\":1", StringComparison.Ordinal);
        Assert.False(Verifies(Base64Text.Encode(Encoding.UTF8.GetBytes(altered))));
    }

    /// <summary>Goal: the board, not the operator, sets what may be spent (E6). Method: the operator is refused; one vote changes nothing; the quorum's two change the chain.</summary>
    [Fact]
    public async Task Only_the_quorum_changes_a_registers_limit()
    {
        hub.Require();
        var register = hub.Second.Register;
        var before = (await hub.Chain.ReadBudgetAsync(register)).Limit;
        var limit = new LimitProposal((before.Rho + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), before.Delta.ToString(System.Globalization.CultureInfo.InvariantCulture), (int)before.Files);
        Assert.Equal("forbidden", await Person.CodeOf(await hub.Of(Role.Operator).TryPostAsync($"{HubRoutes.Registers}/{register}/votes", new LimitVote(limit, JsonSerializer.SerializeToElement(0)))));
        async Task<VoteOutcome> Vote(Person member, SigningKey key)
        {
            var ballot = await member.GetAsync<LimitBallot>($"{HubRoutes.Registers}/{register}/ballot?rho={limit.Rho}&delta={limit.Delta}&files={limit.Files}");
            var vote = ballot.Question.Bodies["approve"].Deserialize<Vote>(CanonicalJson.Options)!;
            return await member.PostAsync<VoteOutcome>($"{HubRoutes.Registers}/{register}/votes", new LimitVote(limit, Person.Json(SignedRecord.Sign(vote, key))));
        }

        Assert.Equal("proposed", (await Vote(hub.Of(Role.Chair), hub.Board[0])).State);
        Assert.Equal(before, (await hub.Chain.ReadBudgetAsync(register)).Limit);
        Assert.Equal("changed", (await Vote(hub.Of(Role.CommitteeMember), hub.Board[1])).State);
        Assert.Equal(before.Rho + 1, (await hub.Chain.ReadBudgetAsync(register)).Limit.Rho);
    }

    /// <summary>Goal: what silence means is the quorum's to say, and what it said is an entry (issue 8). Method: the operator is refused; one vote changes nothing; the quorum's two change the chain, and two more change it back; each vote and each change is in the hub's log.</summary>
    [Fact]
    public async Task Only_the_quorum_says_what_silence_means()
    {
        hub.Require();
        var (register, dataset) = (hub.Second.Register, "hypertension");
        var route = $"{HubRoutes.Registers}/{register}/silence/{dataset}";
        Assert.Equal("forbidden", await Person.CodeOf(await hub.Of(Role.Operator).TryPostAsync(route + "/votes", new SilenceVote("permit", JsonSerializer.SerializeToElement(0)))));
        Assert.Equal("invalid", await Person.CodeOf(await hub.Of(Role.Chair).Http.GetAsync($"{route}?silence=perhaps")));
        async Task<VoteOutcome> Vote(Person member, SigningKey key, string silence, string standing)
        {
            var ballot = await member.GetAsync<SilenceBallot>($"{route}?silence={silence}");
            Assert.Equal(standing, ballot.Standing);
            var vote = ballot.Question.Bodies["approve"].Deserialize<Vote>(CanonicalJson.Options)!;
            return await member.PostAsync<VoteOutcome>(route + "/votes", new SilenceVote(silence, Person.Json(SignedRecord.Sign(vote, key))));
        }

        foreach (var (silence, standing) in new[] { ("permit", "deny"), ("deny", "permit") })
        {
            Assert.Equal("proposed", (await Vote(hub.Of(Role.Chair), hub.Board[0], silence, standing)).State);
            Assert.Equal(standing == "permit", (await hub.Chain.ReadSilenceAsync(register, Hash32.Of(dataset))).Permits);
            Assert.Equal("changed", (await Vote(hub.Of(Role.CommitteeMember), hub.Board[1], silence, standing)).State);
            Assert.Equal(silence == "permit", (await hub.Chain.ReadSilenceAsync(register, Hash32.Of(dataset))).Permits);
        }

        var page = await hub.Of(Role.Auditor).GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?kind={EntryKind.PolicyChanged}");
        Assert.Equal(2, page.Lines.Count);
    }

    /// <summary>Goal: a patient learns of a new use and can object (P13). Method: link a patient to the hospital by invitation, approve a permit there, read her notices; an invitation works once.</summary>
    [Fact]
    public async Task A_new_permit_is_a_notice_to_the_hospitals_patients()
    {
        hub.Require();
        var invitation = await hub.Of(Role.Custodian).PostAsync<Invitation>(HubRoutes.Invitations, new InvitationRequest(hub.First.Register.ToString(), "subject-" + Nonce.New()));
        var patient = hub.Of(Role.Patient);
        (await patient.TryPostAsync(HubRoutes.MyDataLink, new LinkRequest(invitation.Code))).EnsureSuccessStatusCode();
        Assert.Equal("bad-invitation", await Person.CodeOf(await patient.TryPostAsync(HubRoutes.MyDataLink, new LinkRequest(invitation.Code))));
        var permit = (await hub.ApprovedAsync()).Permit!;
        var notice = (await patient.GetAsync<IReadOnlyList<PatientNotice>>(HubRoutes.MyNotices)).Single(notice => notice.Permit == permit);
        Assert.Equal(("new-use", "North Hospital", HubRoutes.MyDirectives), (notice.Kind, notice.Hospital, notice.Object));

        var mine = (await patient.GetAsync<MyData>(HubRoutes.MyData)).Hospitals.Single();
        hub.First.Answer = (200, "application/json", """[{"recorded":true}]""");
        var others = JsonSerializer.SerializeToElement(new { body = new { subject = "somebody-else" } });
        Assert.Equal("forbidden", await Person.CodeOf(await patient.TryPostAsync(HubRoutes.MyDirectives, new DirectiveRelay(mine.Silo, [others]))));
        var own = JsonSerializer.SerializeToElement(new { body = new { subject = mine.Subject } });
        var relayed = await patient.Http.PostAsJsonAsync(HubRoutes.MyDirectives, new DirectiveRelay(mine.Silo, [own]));
        Assert.Equal("""[{"recorded":true}]""", await relayed.Content.ReadAsStringAsync());
    }
}
