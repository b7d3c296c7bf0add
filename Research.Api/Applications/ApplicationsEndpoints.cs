using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Catalogue;
using Research.Api.Payments;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>Applications: one route a command, each obeying <see cref="WhoMay"/>. The role named here only keeps out who can have no part at all.</summary>
internal static class ApplicationsEndpoints
{
    private const int LargestPage = 200;

    private static readonly string[] Readers = [Role.Researcher, Role.SigningOfficial, Role.CommitteeMember, Role.Chair, Role.Auditor];

    private static readonly string[] Commenters = [Role.Researcher, Role.SigningOfficial, Role.CommitteeMember];

    public static void MapApplications(this IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup(HubRoutes.Applications);
        all.MapGet("", ListAsync).For(Readers);
        all.MapPost("", CreateAsync).For(Role.Researcher);
        all.MapGet("/{id}", OneAsync).For(Readers);
        all.MapPut("/{id}", SaveAsync).For(Role.Researcher);
        all.MapDelete("/{id}", DeleteAsync).For(Role.Researcher);
        all.MapPost("/{id}/" + Command.Submit, SubmitAsync).For(Role.Researcher);
        all.MapPost("/{id}/" + Command.Copy, (string id, Caller caller, ApplicationStore store, AccountStore accounts) => DeriveAsync(id, Command.Copy, EditDraft.Copy, caller, store, accounts)).For(Role.Researcher);
        all.MapPost("/{id}/" + Command.Amend, (string id, Caller caller, ApplicationStore store, AccountStore accounts) => DeriveAsync(id, Command.Amend, EditDraft.Amend, caller, store, accounts)).For(Role.Researcher);
        all.MapNote(Command.Withdraw, (_, _, note) => ReviewApplication.Withdraw(note), Role.Researcher);
        all.MapNote(Command.Appeal, (application, _, note) => ReviewApplication.Appeal(application, note), Role.Researcher);
        all.MapNote(Command.Report, (_, _, note) => ReviewApplication.Report(note), Role.Researcher);
        all.MapNote(Command.CloseOut, (_, _, note) => ReviewApplication.CloseOut(note), Role.Researcher);
        all.MapNote(Command.Comment, (_, _, note) => ReviewApplication.Comment(note), Commenters);
        all.MapNote(Command.Endorse, (application, _, note) => ReviewApplication.Endorse(application, note), Role.SigningOfficial);
        all.MapNote(Command.Screen, (_, _, _) => ReviewApplication.Screen(), Role.CommitteeMember);
        all.MapNote(Command.Return, (_, _, note) => ReviewApplication.Return(note), Role.CommitteeMember);
        all.MapNote(Command.Recuse, (application, caller, note) => ReviewApplication.Recuse(application, caller.Id, note), Role.CommitteeMember);
        all.MapPost("/{id}/" + Command.Invite, InviteAsync).For(Role.Researcher);
        all.MapPost("/{id}/" + Command.AcceptTerms, AcceptAsync).For(Role.Researcher);
        all.MapPost("/{id}/" + Command.Remove, RemoveAsync).For(Role.Researcher);
    }

    /// <summary>The application after a step, as the caller sees it, or the refusal.</summary>
    internal static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> ShowAsync(Outcome<Application> outcome, Caller caller, AccountStore accounts) =>
        outcome.Refused is null ? TypedResults.Ok(await ShowApplication.ShowAsync(outcome.Value!, caller, accounts)) : outcome.Refused.ToProblem();

    /// <summary>A command whose body is a remark and nothing else; the body may be left out.</summary>
    private static void MapNote(
        this RouteGroupBuilder all, string command, Func<Application, Caller, string?, Outcome<IReadOnlyList<ApplicationEvent>>> decide, params string[] roles) =>
        all.MapPost("/{id}/" + command, async (string id, Note? note, Caller caller, ApplicationStore applications, AccountStore accounts) =>
            await ShowAsync(await applications.ActAsync(id, caller, command, application => decide(application, caller, note?.Text)), caller, accounts)).For(roles);

    private static async Task<Results<Ok<ApplicationPage>, ProblemHttpResult>> ListAsync(
        Caller caller, ApplicationStore applications, AccountStore accounts, string? before = null, int count = 50, ApplicationState? state = null)
    {
        var start = long.MaxValue;
        if (count is < 1 or > LargestPage || (before is not null && !long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out start)))
        {
            return Refusal.Invalid($"count: 1 to {LargestPage}; before: the 'next' of an earlier page.").ToProblem();
        }

        var rows = await applications.ListAsync(caller, start, count + 1, state?.ToString());
        return TypedResults.Ok(ShowApplication.ShowPage(rows, count, caller, await accounts.NamesAsync(rows.Select(row => row.Applicant))));
    }

    private static async Task<Results<Created<ApplicationView>, ProblemHttpResult>> CreateAsync(ApplicationForm form, Caller caller, ApplicationStore applications, AccountStore accounts)
    {
        var checkedForm = EditDraft.Save(form);
        if (checkedForm.Refused is not null)
        {
            return checkedForm.Refused.ToProblem();
        }

        var application = await applications.CreateAsync(caller, new ApplicationEvent.Created(form));
        return TypedResults.Created($"{HubRoutes.Applications}/{application.Id}", await ShowApplication.ShowAsync(application, caller, accounts));
    }

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> OneAsync(string id, Caller caller, ApplicationStore applications, AccountStore accounts) =>
        await applications.FindAsync(id) is { } application && WhoMay.MaySee(caller, application)
            ? TypedResults.Ok(await ShowApplication.ShowAsync(application, caller, accounts))
            : Refusal.NotFound("application").ToProblem();

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> SaveAsync(string id, ApplicationForm form, Caller caller, ApplicationStore applications, AccountStore accounts) =>
        await ShowAsync(await applications.ActAsync(id, caller, Command.Save, _ => EditDraft.Save(form)), caller, accounts);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string id, Caller caller, ApplicationStore applications) =>
        await applications.DeleteAsync(id, caller) is { } refused ? refused.ToProblem() : TypedResults.NoContent();

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> SubmitAsync(
        string id, Caller caller, ApplicationStore applications, AccountStore accounts, CatalogueStore catalogue, PaymentStore payments, PaymentOptions prices, TimeProvider clock, CancellationToken cancel)
    {
        var offered = (await catalogue.ReadAsync(cancel)).Datasets;
        var submitted = await applications.ActAsync(id, caller, Command.Submit, application => SubmitApplication.Decide(application, MatchPurpose.Match(application.Form, offered), clock.GetUtcNow()));
        if (submitted.Value is { } application)
        {
            await payments.EnsureAsync(id, application.Applicant, prices, [.. application.Form.Datasets!.Select(choice => choice.Silo)]);
        }

        return await ShowAsync(submitted, caller, accounts);
    }

    private static async Task<Results<Created<ApplicationView>, ProblemHttpResult>> DeriveAsync(
        string id, string command, Func<Application, ApplicationEvent.Created> derive, Caller caller, ApplicationStore applications, AccountStore accounts)
    {
        var old = await applications.FindAsync(id);
        if (ApplicationStore.Refuse(old, caller, command) is { } refused)
        {
            return refused.ToProblem();
        }

        var made = await applications.CreateAsync(caller, derive(old!));
        return TypedResults.Created($"{HubRoutes.Applications}/{made.Id}", await ShowApplication.ShowAsync(made, caller, accounts));
    }

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> InviteAsync(string id, InviteMember invite, Caller caller, ApplicationStore applications, AccountStore accounts)
    {
        var invited = await accounts.FindByEmailAsync(invite.Email);
        return await ShowAsync(await applications.ActAsync(id, caller, Command.Invite, application => ManageTeam.Invite(application, invited?.Id)), caller, accounts);
    }

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> AcceptAsync(string id, AcceptTerms terms, Caller caller, ApplicationStore applications, AccountStore accounts) =>
        await ShowAsync(await applications.ActAsync(id, caller, Command.AcceptTerms, _ => ManageTeam.Accept(caller.Id, terms)), caller, accounts);

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> RemoveAsync(string id, RemoveMember remove, Caller caller, ApplicationStore applications, AccountStore accounts) =>
        await ShowAsync(await applications.ActAsync(id, caller, Command.Remove, application => ManageTeam.Remove(application, remove.Account)), caller, accounts);
}
