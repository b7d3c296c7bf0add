using System.Text.Json;
using Research.Api.Applications;
using Research.Api.Protocol;
using Story;
using Xunit;

namespace Research.Api.Tests.Applications;

public sealed class PurposeMatchTests
{
    private static readonly string[][] Expected = [.. File.ReadLines(Path.Combine(Repository.Root, "tests/Research.Api.Tests/Applications/duo-25x25.csv")).Select(line => line.Split(','))];

    public static IEnumerable<TheoryDataRow<string, string, string>> Pairs() =>
        from row in Expected.Skip(1)
        from column in Enumerable.Range(1, row.Length - 1)
        select new TheoryDataRow<string, string, string>(row[0], Expected[0][column], row[column]);

    /// <summary>Goal: subsumption as DUO means it (R7). Method: a plain non-profit application with each of the 25 codes as purpose against a dataset with each as its only code.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_purpose_fits_a_permission_that_subsumes_it(string purpose, string use, string outcome) =>
        Assert.Equal(outcome, MatchPurpose.Decide(new ApplicationForm(Purpose: purpose, User: "non-profit", Country: "BR"), [use]).Outcome);

    /// <summary>Goal: the table is about the 25 terms that are published. Method: its codes equal the shared duo.json's.</summary>
    [Fact]
    public void The_table_covers_the_published_terms()
    {
        var shared = Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED") ?? Path.Combine(Repository.Root, "../shared");
        var file = Path.Combine(shared, "data/fhir-examples/duo.json");
        Assert.SkipUnless(File.Exists(file), $"the shared material is not at {shared}: set RESEARCHHUB_SHARED");
        using var terms = JsonDocument.Parse(File.ReadAllText(file));
        var codes = terms.RootElement.EnumerateArray().Select(term => term.GetProperty("id").GetString()!).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(codes, Expected[0].Skip(1));
        Assert.All(codes, code => Assert.NotEqual(DuoRule.Unknown, DuoTerms.RuleOf(code)));
    }

    /// <summary>Goal: an unknown code is never a yes. Method: one as purpose, one as condition, beside codes that fit.</summary>
    [Theory]
    [InlineData("DUO:0009999", "DUO:0000004")]
    [InlineData("DUO:0000006", "DUO:0000042,DUO:0009999")]
    [InlineData("", "DUO:0000004")]
    public void An_unknown_code_is_never_a_yes(string purpose, string uses) =>
        Assert.Equal(MatchPurpose.NeedsPerson, MatchPurpose.Decide(new ApplicationForm(Purpose: purpose, User: "non-profit"), uses.Split(',')).Outcome);

    /// <summary>Goal: conditions are kept as they are meant. Method: cases with disease, country, kind of user and accepted obligations.</summary>
    [Theory]
    [InlineData("DUO:0000007", "E11", "non-profit", "", "DUO:0000007:E10-E14", "yes")]
    [InlineData("DUO:0000007", "I10", "non-profit", "", "DUO:0000007:E10-E14", "no")]
    [InlineData("DUO:0000007", "E11", "non-profit", "", "DUO:0000007:E1", "no")]
    [InlineData("DUO:0000007", "I10", "non-profit", "", "DUO:0000007:E10-E14,DUO:0000006", "yes")]
    [InlineData("DUO:0000006", null, "for-profit", "", "DUO:0000042,DUO:0000045", "no")]
    [InlineData("DUO:0000006", null, "non-profit", "", "DUO:0000042,DUO:0000045", "yes")]
    [InlineData("DUO:0000006", null, "non-profit", "", "DUO:0000042,DUO:0000018", "needs-person")]
    [InlineData("DUO:0000006", null, "non-profit", "DUO:0000018", "DUO:0000042,DUO:0000018", "yes")]
    [InlineData("DUO:0000006", null, "non-profit", "", "DUO:0000042,DUO:0000019", "needs-person")]
    [InlineData("DUO:0000006", null, "non-profit", "DUO:0000019", "DUO:0000042,DUO:0000019", "yes")]
    [InlineData("DUO:0000006", null, "non-profit", "", "DUO:0000042,DUO:0000022:BR", "yes")]
    [InlineData("DUO:0000006", null, "non-profit", "", "DUO:0000042,DUO:0000022:FR", "no")]
    [InlineData("DUO:0000011", null, "non-profit", "", "DUO:0000042,DUO:0000044", "no")]
    [InlineData("DUO:0000042", null, "non-profit", "", "DUO:0000042,DUO:0000044", "needs-person")]
    public void Conditions_are_kept_as_they_are_meant(string purpose, string? disease, string user, string accepts, string uses, string outcome)
    {
        var form = new ApplicationForm(Purpose: purpose, Disease: disease, User: user, Country: "BR", Modifiers: accepts.Split(','));
        var (decided, reasons) = MatchPurpose.Decide(form, uses.Split(','));
        Assert.Equal(outcome, decided);
        Assert.NotEmpty(reasons);
    }

    /// <summary>Goal: an empty allow-list means nobody. Method: a dataset without codes.</summary>
    [Fact]
    public void A_dataset_that_allows_nothing_is_for_nobody() =>
        Assert.Equal(MatchPurpose.No, MatchPurpose.Decide(new ApplicationForm(Purpose: "DUO:0000004"), []).Outcome);
}
