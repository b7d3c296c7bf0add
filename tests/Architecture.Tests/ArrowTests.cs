using Xunit;

namespace Architecture.Tests;

/// <summary>Which project may know which: the picture in the README, exactly.</summary>
public class ArrowTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Anonymizer"] = [],
        ["Anonymizer.Tool"] = ["Anonymizer"],
        ["Silos.Protocol"] = [],
        ["Silos.Ledger"] = [],
        ["Silos"] = ["Anonymizer", "Silos.Ledger", "Silos.Protocol"],
        ["Silos.Verifier"] = ["Anonymizer", "Silos.Ledger"],
        ["Silos.Witness"] = ["Silos.Ledger"],
        ["Research.Api.Protocol"] = [],
        ["Research.Api"] = ["Research.Api.Protocol", "Silos.Ledger", "Silos.Protocol"],
        ["StripeDouble"] = [],
        ["Research.Web"] = ["Research.Api.Protocol"],
    };

    /// <summary>Goal: a hospital's records exist only right of Silos.Protocol. Method: compare each product project's references with the list.</summary>
    [Fact]
    public void Projects_reference_exactly_what_the_picture_shows()
    {
        var found = Tree.References().Where(project => !IsTest(project.Key)).ToDictionary();
        Assert.All(found, project =>
        {
            Assert.True(Arrows.ContainsKey(project.Key), $"{project.Key} is not in the picture");
            Assert.Equal(Arrows[project.Key].Order(), project.Value.Order());
        });
    }

    /// <summary>Goal: nothing that ships depends on a test. Method: no product project references one below tests/.</summary>
    [Fact]
    public void No_product_project_references_a_test_project()
    {
        Assert.All(Tree.References().Where(project => !IsTest(project.Key)), project => Assert.DoesNotContain(project.Value, IsTest));
    }

    private static bool IsTest(string project) => Tree.Files(project + ".csproj").All(file => Path.GetRelativePath(Tree.Root, file).StartsWith("tests", StringComparison.Ordinal));
}
