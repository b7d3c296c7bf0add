using System.Text.RegularExpressions;
using Research.Web.Languages;
using Xunit;

namespace Research.Web.Tests.Components;

public sealed partial class TextsTests
{
    private static readonly string Pages = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Story.Repository.Root, "Research.Web", "Components"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));

    /// <summary>Goal: no page shows a key in place of a text. Method: every key that a component names stands in every language; both forms where something is counted.</summary>
    [Fact]
    public void Every_text_that_a_page_names_stands_in_every_language()
    {
        var named = Named().Matches(Pages).Select(match => match.Groups[1].Value).Concat(Counted().Matches(Pages).Select(match => match.Groups[1].Value + ".other")).Distinct().ToList();
        Assert.True(named.Count > 200, "the pages name hardly any text: the search is wrong");
        foreach (var language in Language.All)
        {
            Assert.Empty(named.Except(Texts.Load(language.Tag).Keys).Select(key => $"{language.Tag} lacks {key}"));
        }
    }

    /// <summary>Goal: every language says all, and puts in the same figures. Method: all keys and the same placeholders as in English, apart from the singular that some languages lack.</summary>
    [Fact]
    public void Every_language_has_the_keys_and_placeholders_of_English()
    {
        var english = Texts.Load("en");
        foreach (var language in Language.All)
        {
            var texts = Texts.Load(language.Tag);
            Assert.Empty(english.Keys.Where(key => language.HasPlural || !key.EndsWith(".one", StringComparison.Ordinal)).Except(texts.Keys));
            Assert.All(texts.Where(text => english.ContainsKey(text.Key)), text => Assert.Equal(Places(english[text.Key]), Places(text.Value)));
        }
    }

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex("T\\[\"([a-z-]+\\.[a-z0-9.-]+[a-z0-9])\"[\\],]")]
    private static partial Regex Named();

    [GeneratedRegex("T\\.Count\\(\"([a-z.-]+)\"")]
    private static partial Regex Counted();

    [GeneratedRegex("\\{[a-z]+\\}")]
    private static partial Regex Place();
}
