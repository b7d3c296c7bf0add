using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Protocol;
using Story;
using Xunit;

namespace Research.Api.Tests.Applications;

/// <summary>The table by itself, and the parts that callers have in an application.</summary>
public sealed class WhoMayTests
{
    private static readonly DateTimeOffset Then = new(2026, 6, 15, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Goal: law and code cannot part. Method: the manual's page on disk is what the table prints.</summary>
    [Fact]
    public void The_page_of_the_manual_is_the_table()
    {
        var page = Path.Combine(Repository.Root, "Research.Api/Applications/who-may.md");
        if (Environment.GetEnvironmentVariable("RESEARCHHUB_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(page, WhoMay.Manual());
        }

        Assert.Equal(File.ReadAllText(page), WhoMay.Manual());
    }

    /// <summary>Goal: what a page offers is what the API allows. Method: every state with every part, and with two parts together: the commands in the table's order, each once.</summary>
    [Fact]
    public void The_commands_offered_are_those_allowed()
    {
        var commands = WhoMay.Table.Select(row => row.Command).Distinct().ToList();
        Part[][] sets = [.. Enum.GetValues<Part>().Select(part => new[] { part }), [Part.CommitteeMember, Part.Chair], []];
        foreach (var state in Enum.GetValues<ApplicationState>())
        {
            Assert.All(sets, parts => Assert.Equal(commands.Where(command => WhoMay.Allows(state, parts, command)).Order(), WhoMay.Commands(state, parts).Order()));
            Assert.All(sets, parts => Assert.Equal(WhoMay.Commands(state, parts).Distinct(), WhoMay.Commands(state, parts)));
        }

        Assert.Equal(["votes"], WhoMay.Table.Where(row => row.Part == Part.CommitteeMember && row.State == ApplicationState.UnderReview).Select(row => row.Command).Where(command => command == Command.Vote));
        Assert.False(WhoMay.Allows(ApplicationState.UnderReview, [Part.CommitteeMember], Command.CloseVote));
        Assert.True(WhoMay.Allows(ApplicationState.UnderReview, [Part.CommitteeMember, Part.Chair], Command.CloseVote));
    }

    /// <summary>Goal: everybody has her own part and nobody judges what she asks for herself. Method: applicant, mates in each standing, officials of this and other institutions, members and chairs, before and after submission.</summary>
    [Theory]
    [InlineData("applicant", "committee-member chair signing-official", "Applicant")]
    [InlineData("mate", "chair", "TeamMember")]
    [InlineData("invited", "committee-member", "Invited")]
    [InlineData("removed", "", "")]
    [InlineData("removed", "chair", "Chair")]
    [InlineData("other", "", "")]
    [InlineData("other", "signing-official", "SigningOfficial")]
    [InlineData("other", "committee-member", "CommitteeMember")]
    [InlineData("other", "chair committee-member", "CommitteeMember Chair")]
    [InlineData("other", "signing-official chair", "SigningOfficial Chair")]
    [InlineData("other", "auditor operator custodian", "")]
    public void A_caller_has_her_own_part_and_no_other(string id, string roles, string parts)
    {
        Assert.Equal(parts, string.Join(' ', WhoMay.PartsOf(Caller(id, "inst", roles), Asked(ApplicationState.Submitted))));
        var inDraft = id is "applicant" or "mate" or "invited" ? parts : "";
        Assert.Equal(inDraft, string.Join(' ', WhoMay.PartsOf(Caller(id, "inst", roles), Asked(ApplicationState.Draft))));
        Assert.Equal(parts.Length > 0 || roles.Contains("auditor", StringComparison.Ordinal), WhoMay.MaySee(Caller(id, "inst", roles), Asked(ApplicationState.Submitted)));
        Assert.Equal(inDraft.Length > 0, WhoMay.MaySee(Caller(id, "inst", roles), Asked(ApplicationState.Draft)));
    }

    /// <summary>Goal: an official signs for her own institution alone. Method: another's, none, and an application without one.</summary>
    [Theory]
    [InlineData("another", "inst")]
    [InlineData(null, "inst")]
    [InlineData(null, null)]
    [InlineData("inst", null)]
    public void An_official_of_another_institution_has_no_part(string? hers, string? its)
    {
        Assert.Empty(WhoMay.PartsOf(Caller("other", hers, Role.SigningOfficial), Asked(ApplicationState.Submitted) with { Institution = its }));
        Assert.False(WhoMay.MaySee(Caller("other", hers, Role.SigningOfficial), Asked(ApplicationState.Submitted) with { Institution = its }));
    }

    private static Caller Caller(string id, string? institution, string roles) => new(id, id + "@x", id, institution, null, roles.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());

    private static Application Asked(ApplicationState state) => new("a", 0, "applicant", "inst", state, new ApplicationForm())
    {
        Team = [new Teammate("mate", Then, null, null, null), new Teammate("invited", null, null, null, null), new Teammate("removed", Then, Then, null, null)],
    };
}
