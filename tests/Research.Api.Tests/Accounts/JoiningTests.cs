using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Outbox;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Accounts;

[Collection("hub")]
public sealed class JoiningTests(HubFixture hub)
{
    private const string Good = "a long Phrase of hers, 2";

    /// <summary>Goal: a patient makes her own account, and only with her own address. Method: sign up, try to sign in, take the code from the letter, confirm, sign in; a code that is not the letter's confirms nothing.</summary>
    [Fact]
    public async Task A_patient_signs_up_confirms_her_address_and_signs_in()
    {
        hub.Require();
        var email = NewAddress();
        Assert.Equal(202, (int)(await SignUpAsync(email, Role.Patient)).StatusCode);
        Assert.Equal("confirm-first", await Person.CodeOf(await SignInAsync(email, Good)));
        Assert.Equal("bad-code", await Person.CodeOf(await PostAsync(HubRoutes.Confirm, new ConfirmRequest(email, "guess"))));
        Assert.Equal(204, (int)(await PostAsync(HubRoutes.Confirm, new ConfirmRequest(email, await CodeAsync(email)))).StatusCode);
        var person = await Person.SignInAsync(hub.Anybody(), email, Good);
        Assert.Equal([Role.Patient], (await person.GetAsync<AccountView>(HubRoutes.Me)).Roles);
    }

    /// <summary>Goal: nobody gives herself a part in judging. Method: sign up as each other role; each is refused.</summary>
    [Fact]
    public async Task Nobody_signs_up_as_anything_but_patient_or_researcher()
    {
        hub.Require();
        foreach (var role in Role.All.Except([Role.Patient, Role.Researcher]))
        {
            Assert.Equal("invalid", await Person.CodeOf(await SignUpAsync(NewAddress(), role)));
        }
    }

    /// <summary>Goal: signing up tells nobody whether an address has an account. Method: sign up with a known address; the answer is the same, the old password still counts, and the letter says so.</summary>
    [Fact]
    public async Task A_known_address_is_answered_alike()
    {
        hub.Require();
        var known = hub.Of("colleague");
        Assert.Equal(202, (int)(await SignUpAsync(known.Email, Role.Researcher)).StatusCode);
        Assert.Equal("bad-credentials", await Person.CodeOf(await SignInAsync(known.Email, Good)));
        Assert.Contains("You have an account", await LetterAsync(known.Email), StringComparison.Ordinal);
        Assert.Equal(202, (int)(await PostAsync(HubRoutes.Reset, new ResetRequest(NewAddress()))).StatusCode);
    }

    /// <summary>Goal: the operator invites others, visibly. Method: invite an auditor; an entry of kind member-changed appears; she joins once with the letter's code; later she sets another password by letter, though she changes nothing else.</summary>
    [Fact]
    public async Task The_operator_invites_and_the_invited_joins_once()
    {
        hub.Require();
        var email = NewAddress();
        async Task<int> Entries() => (await hub.Of(Role.Chair).GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?kind={EntryKind.MemberChanged}&count=1000")).Lines.Count;
        var before = await Entries();
        var invitation = new AccountInvitation(email, "Ada Auditor", [Role.Auditor], "Audit office");
        Assert.Equal(202, (int)(await hub.Of(Role.Operator).TryPostAsync(HubRoutes.AccountInvitations, invitation)).StatusCode);
        Assert.Equal(before + 1, await Entries());
        Assert.Equal("conflict", await Person.CodeOf(await hub.Of(Role.Operator).TryPostAsync(HubRoutes.AccountInvitations, invitation)));

        var code = await CodeAsync(email);
        Assert.Equal("bad-code", await Person.CodeOf(await PostAsync(HubRoutes.Reset + "/confirm", new NewPasswordRequest(email, code, Good))));
        Assert.Equal("invalid", await Person.CodeOf(await PostAsync(HubRoutes.Join, new NewPasswordRequest(email, code, "short"))));
        Assert.Equal(204, (int)(await PostAsync(HubRoutes.Join, new NewPasswordRequest(email, code, Good))).StatusCode);
        Assert.Equal("bad-code", await Person.CodeOf(await PostAsync(HubRoutes.Join, new NewPasswordRequest(email, code, Good + "!"))));
        var auditor = await Person.SignInAsync(hub.Anybody(), email, Good);
        Assert.Equal(("Audit office", Role.Auditor), await auditor.GetAsync<AccountView>(HubRoutes.Me) is var me ? (me.Institution!, me.Roles.Single()) : default);

        await PostAsync(HubRoutes.Reset, new ResetRequest(email));
        Assert.Equal(204, (int)(await PostAsync(HubRoutes.Reset + "/confirm", new NewPasswordRequest(email, await CodeAsync(email), Good + "!"))).StatusCode);
        Assert.Equal(401, (int)(await auditor.Http.GetAsync(HubRoutes.Me)).StatusCode);
        await Person.SignInAsync(hub.Anybody(), email, Good + "!");
    }

    private static string NewAddress() => $"{Nonce.New().ToLowerInvariant()}@people.test";

    private Task<HttpResponseMessage> PostAsync<T>(string route, T body) => hub.Anybody().PostAsJsonAsync(route, body);

    private Task<HttpResponseMessage> SignUpAsync(string email, string role) => PostAsync(HubRoutes.SignUp, new SignUpRequest(email, Good, "Somebody", role));

    private Task<HttpResponseMessage> SignInAsync(string email, string password) => PostAsync(HubRoutes.SignIn, new SignInRequest(email, password));

    /// <summary>The last line of the newest letter to this address.</summary>
    private async Task<string> CodeAsync(string email) => (await LetterAsync(email)).Trim().Split('\n')[^1].Trim();

    private async Task<string> LetterAsync(string email)
    {
        var accounts = hub.Services.GetRequiredService<Research.Api.Accounts.AccountStore>();
        var (id, _) = (await accounts.FindByEmailAsync(email))!.Value;
        await hub.Services.GetRequiredService<OutboxRunner>().DrainAsync(SendMail.Subject(id), TestContext.Current.CancellationToken);
        return Directory.EnumerateFiles(Path.Combine(hub.Folder, "mail"), "*.eml").OrderDescending(StringComparer.Ordinal).Select(File.ReadAllText).First(text => text.Contains($"To: {email}\r\n", StringComparison.Ordinal));
    }
}
