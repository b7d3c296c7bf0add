using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Api.Tests.Accounts;

[Collection("hub")]
public sealed class SafetyTests(HubFixture hub)
{
    /// <summary>Goal: a notebook's token does what its scopes say and no more. Method: a token with 'query' cannot read; one with 'read' cannot apply; a revoked one is nobody's.</summary>
    [Fact]
    public async Task An_access_token_is_scoped_and_revocable()
    {
        var person = await NewAsync(Role.Researcher);
        var query = await person.PostAsync<NewAccessToken>(HubRoutes.AccessTokens, new AccessTokenRequest("notebook", ["query"], 30));
        var read = await person.PostAsync<NewAccessToken>(HubRoutes.AccessTokens, new AccessTokenRequest("reader", ["read"], 30));
        Assert.Equal("outside-scope", await Person.CodeOf(await With(query.Token).GetAsync(HubRoutes.Applications)));
        Assert.Equal("not-found", await Person.CodeOf(await With(query.Token).PostAsJsonAsync(HubRoutes.Preview, new PreviewSubmission("none", "cohort", System.Text.Json.JsonSerializer.SerializeToElement(0)))));
        Assert.Equal(HttpStatusCode.OK, (await With(read.Token).GetAsync(HubRoutes.Applications)).StatusCode);
        Assert.Equal("outside-scope", await Person.CodeOf(await With(read.Token).PostAsJsonAsync(HubRoutes.Applications, new ApplicationForm())));
        Assert.Equal("outside-scope", await Person.CodeOf(await With(read.Token).PostAsJsonAsync(HubRoutes.AccessTokens, new AccessTokenRequest("more", ["query"], 1))));

        (await person.Http.DeleteAsync($"{HubRoutes.AccessTokens}/{read.Id}")).EnsureSuccessStatusCode();
        Assert.Equal("unauthenticated", await Person.CodeOf(await With(read.Token).GetAsync(HubRoutes.Applications)));
        Assert.Equal([true, false], (await person.GetAsync<List<AccessTokenView>>(HubRoutes.AccessTokens)).OrderBy(token => token.Name == "notebook").Select(token => token.Revoked is not null));
    }

    /// <summary>Goal: a second factor is asked for once it is set up, and each code counts once (RFC 6238, section 5.2). Method: set it up with a code computed here, sign in without, with a wrong one, with that one again in two writings, with the next one twice, with a recovery code twice.</summary>
    [Fact]
    public async Task A_second_factor_is_asked_for_and_no_code_counts_twice()
    {
        var person = await NewAsync(Role.Patient);
        var secret = await person.PostAsync<SecondFactorSecret>(HubRoutes.SecondFactor);
        var (first, next) = (Authenticator.Code(secret.Secret), Authenticator.Code(secret.Secret, 1));
        var enabled = await person.Http.PutAsJsonAsync(HubRoutes.SecondFactor, new SecondFactorCode(first));
        Assert.True(enabled.IsSuccessStatusCode, await enabled.Content.ReadAsStringAsync());
        var recovery = (await enabled.Content.ReadFromJsonAsync<RecoveryCodes>())!.Codes;
        Assert.Equal("second-factor-needed", await TrySignInAsync(person, null));
        Assert.Equal("bad-credentials", await TrySignInAsync(person, "000000"));
        Assert.Equal("code-used", await TrySignInAsync(person, first));
        Assert.Equal("code-used", await TrySignInAsync(person, "+0" + first));
        Assert.Null(await TrySignInAsync(person, next));
        Assert.Equal("code-used", await TrySignInAsync(person, next));
        Assert.Null(await TrySignInAsync(person, recovery[0]));
        Assert.Equal("bad-credentials", await TrySignInAsync(person, recovery[0]));
    }

    /// <summary>Goal: guessing is locked out, and a changed password ends sessions at the next call. Method: five wrong passwords; then another account changes its own.</summary>
    [Fact]
    public async Task Five_failures_lock_and_a_new_password_ends_every_session()
    {
        var locked = await NewAsync(Role.Patient);
        for (var i = 0; i < 5; i++)
        {
            await hub.Anybody().PostAsJsonAsync(HubRoutes.SignIn, new SignInRequest(locked.Email, "wrong"));
        }

        Assert.Equal("locked-out", await TrySignInAsync(locked, null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await locked.Http.GetAsync(HubRoutes.Me)).StatusCode);

        var changing = await NewAsync(Role.Patient);
        (await changing.TryPostAsync(HubRoutes.Password, new PasswordChange(changing.Password, Nonce.New() + "-bB2"))).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Unauthorized, (await changing.Http.GetAsync(HubRoutes.Me)).StatusCode);
    }

    /// <summary>Goal: removal from a team cuts an open session at the next call (R14). Method: a teammate reads the application, is removed, reads again.</summary>
    [Fact]
    public async Task A_removed_team_member_is_refused_at_her_next_call()
    {
        hub.Require();
        var application = await hub.DraftAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        var mate = hub.Of("colleague");
        await hub.Applicant.PostAsync<ApplicationView>(route + "/invite-member", new InviteMember(mate.Email));
        await mate.PostAsync<ApplicationView>(route + "/accept-terms", new AcceptTerms(Person.Public(mate.Key)));
        await mate.GetAsync<ApplicationView>(route);
        await hub.Applicant.PostAsync<ApplicationView>(route + "/remove-member", new RemoveMember((await mate.GetAsync<AccountView>(HubRoutes.Me)).Id));
        Assert.Equal("not-found", await Person.CodeOf(await mate.Http.GetAsync(route)));
    }

    private async Task<Person> NewAsync(string role)
    {
        hub.Require();
        await using var scope = hub.Services.CreateAsyncScope();
        var sample = new SampleAccount($"{Nonce.New()}@people.test", "Somebody", [role], Nonce.New() + "-aA1", null, null, null);
        await SampleAccounts.MakeAsync(scope.ServiceProvider.GetRequiredService<UserManager<Account>>(), sample);
        return await Person.SignInAsync(hub.Anybody(), sample.Email, sample.Password);
    }

    private HttpClient With(string token)
    {
        var http = hub.Anybody();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private async Task<string?> TrySignInAsync(Person person, string? code)
    {
        var answer = await hub.Anybody().PostAsJsonAsync(HubRoutes.SignIn, new SignInRequest(person.Email, person.Password, code));
        return answer.IsSuccessStatusCode ? null : await Person.CodeOf(answer);
    }
}
