using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Protocol;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>R3: codes are found by their beginning or by words, and a parent stands for all below it.</summary>
public sealed class FindCodesTests
{
    private static readonly DatasetDefinition Minas = SampleDefinitions.Read(SampleDefinitions.Minas);

    /// <summary>Goal: what people type finds what they mean. Method: the sample's diagnoses, by word, by the beginning of a code, by a whole category and a whole range, with and without the dot, and by nothing.</summary>
    [Theory]
    [InlineData("diabetes", "E10-E14 E10 E11 O24")]
    [InlineData("DIABETES type 2", "E11")]
    [InlineData("E1", "E10-E14 E15-E16 E10 E11 E12 E13 E14 E15 E16")]
    [InlineData("e10-e14", "E10-E14 E10 E11 E12 E13 E14")]
    [InlineData("E11", "E11 E11.0 E11.1 E11.2 E11.3 E11.4 E11.5 E11.6 E11.7 E11.8 E11.9")]
    [InlineData("E11.9", "E11.9")]
    [InlineData("e119", "E11.9")]
    [InlineData("no such illness", "")]
    public void Codes_are_found_by_their_beginning_and_by_words(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', FindCodes.In(Minas, "diagnoses", text)!.Codes.Select(one => one.Code)));

    /// <summary>Goal: an empty search shows where to begin, and a broad one says that there is more. Method: the chapters; all categories with an A.</summary>
    [Fact]
    public void An_empty_search_gives_the_chapters_and_a_broad_one_says_that_there_is_more()
    {
        var top = FindCodes.In(Minas, "diagnoses", "")!;
        Assert.Equal((22, false), (top.Codes.Count, top.More));
        Assert.All(top.Codes, chapter => Assert.NotNull(chapter.Label));
        var broad = FindCodes.In(Minas, "diagnosis", "A")!;
        Assert.Equal((FindCodes.Most, true), (broad.Codes.Count, broad.More));
    }

    /// <summary>Goal: choosing a parent takes all its children and nobody else's. Method: for every chapter and block, each of the 2,600 categories begins with one of what the rule would list exactly if it lies in the range.</summary>
    [Fact]
    public void A_range_is_covered_exactly_by_the_beginnings_that_a_rule_lists()
    {
        var categories = Enumerable.Range(0, 26).SelectMany(letter => Enumerable.Range(0, 100).Select(number => $"{(char)('A' + letter)}{number:00}")).ToList();
        foreach (var range in Icd10.Chapters.Concat(Icd10.Blocks))
        {
            var beginnings = Icd10Tree.Beginnings(range[..3], range[4..]);
            var taken = categories.Where(category => beginnings.Any(beginning => category.StartsWith(beginning, StringComparison.Ordinal)));
            Assert.Equal(categories.Where(category => string.CompareOrdinal(range[..3], category) <= 0 && string.CompareOrdinal(category, range[4..]) <= 0), taken);
        }

        Assert.Equal(["A", "B"], Icd10Tree.Beginnings("A00", "B99"));
        Assert.Equal(["E10", "E11", "E12", "E13", "E14"], FindCodes.In(Minas, "diagnoses", "E10-E14")!.Codes[0].In);
    }

    /// <summary>Goal: a hospital's own hierarchy is searched as the built-in ones are. Method: wards in two groups; the group lists its wards; the top <c>*</c> is no code. Municipalities by name without its accent, and a mesoregion's code lists its towns.</summary>
    [Fact]
    public void Own_hierarchies_and_places_are_found_by_name()
    {
        var wards = OwnHierarchy.FromText("north;inpatient;*\nsouth;inpatient;*\nday;outpatient;*", []).Hierarchy!;
        var own = Minas with { OwnHierarchies = new Dictionary<string, Anonymizer.Generalization.Hierarchy> { ["municipality"] = wards } };
        var inpatient = FindCodes.In(own, "municipality", "inp")!.Codes.Single();
        Assert.Equal(("inpatient", "north south", null), (inpatient.Code, string.Join(' ', inpatient.In), inpatient.Within));
        Assert.Equal(["inpatient", "outpatient"], FindCodes.In(own, "municipality", "")!.Codes.Select(one => one.Code));
        Assert.Equal(["inpatient", "north", "south"], FindCodes.In(own, "municipality", "inpatient")!.Codes.Select(one => one.Code));

        var town = FindCodes.In(Minas, "municipality", "uberlandia")!.Codes.Single();
        Assert.Equal(("3170206", "Uberlândia", "31018"), (town.Code, town.Label, town.Within));
        Assert.Contains("3170206", FindCodes.In(Minas, "municipality", "3105")!.Codes[0].In);
    }

    /// <summary>Goal: where there is nothing to search, that is said. Method: declared values are found; a number and an unknown name are not searched.</summary>
    [Fact]
    public void Values_are_found_and_numbers_are_not_searched()
    {
        Assert.Contains("female", FindCodes.In(Minas, "sex", "fem")!.Codes.Select(one => one.Code));
        Assert.Null(FindCodes.In(Minas, "age", "1"));
        Assert.Null(FindCodes.In(Minas, "nobody", "1"));
        Assert.Equal(["sex", "municipality", "diagnoses", "mesoregion", "diagnosis", "visit"], FindCodes.Searched(Minas).Where(name => name != "death"));
    }
}
