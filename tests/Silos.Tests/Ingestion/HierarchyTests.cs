using AttributeRole = Anonymizer.Tables.AttributeRole;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class HierarchyTests
{
    /// <summary>Goal: ICD-10 rolls up by rule as the published table does. Method: every code of it; U04 alone differs, whose block
    /// became U00-U49 with COVID-19.</summary>
    [Fact]
    public void ICD_10_rolls_up_as_published()
    {
        var wrong = File.ReadLines(Shared.Path("data", "hierarchies", "icd10_hierarchy.csv")).Select(line => line.Split(';'))
            .Where(row => row[0][0] != 'U')
            .Where(row => !Icd10.RollUp(row[0]).SequenceEqual([row[0], row[1], row[2], row[3][(row[3].IndexOf('(', StringComparison.Ordinal) + 1)..^1], "*"]))
            .Select(row => $"{string.Join(';', row)} -> {string.Join(';', Icd10.RollUp(row[0]))}").Take(10);
        Assert.Empty(wrong);
        Assert.Equal(["U07.1", "U07", "U00-U49", "U00-U99", "*"], Icd10.RollUp("U07.1"));
        Assert.Equal(["V57", "V57", "V50-V59", "V01-Y98", "*"], Icd10.RollUp("V57"));
        Assert.Equal(["x", "*", "*", "*", "*"], Icd10.RollUp("x"));
    }

    /// <summary>Goal: the sample's municipalities stand in the right regions. Method: each against the published table.</summary>
    [Fact]
    public void The_municipalities_of_the_sample_roll_up_as_published()
    {
        var published = File.ReadLines(Shared.Path("data", "hierarchies", "ibge_mg_hierarchy.csv")).Select(line => line.Split(';')).ToDictionary(row => row[0]);
        Assert.All(Municipalities.All, m => Assert.Equal(published[m.Code], HierarchyOf.Ibge(m.Code)));
    }

    /// <summary>Goal: built-in names give hierarchies, others are refused. Method: one of each.</summary>
    [Theory]
    [InlineData("age", "93", "90+")]
    [InlineData("age", "37", "35-39")]
    [InlineData("date", "1980-05-17", "1980")]
    [InlineData("date:month", "1980-05-17", "1980-05")]
    [InlineData("interval:10,50", "37", "30-39")]
    [InlineData("icd-10", "E11.9", "E11")]
    [InlineData("atc", "A10BA02", "A10BA*")]
    [InlineData("ibge", "3106200", "31030")]
    [InlineData("ibge", "310620", "31030")]
    public void A_built_in_hierarchy_generalizes(string name, string value, string expected) =>
        Assert.Equal(expected, HierarchyOf.Attribute(Attribute(name), [value], ".").Hierarchy!.Generalize(value, 1));

    /// <summary>Goal: a hospital's own file is checked, the fault naming row and value. Method: one fault a file.</summary>
    [Theory]
    [InlineData("a;A;*\nb;B;*\na;B;*", "row 3, value 'a': occurs already in row 1")]
    [InlineData("a;A;*\nb;*", "row 2, value 'b': has 2 levels where row 1 has 3")]
    [InlineData("a;X;Y;*\nb;X;Z;*", "row 2, value 'b': 'X' at level 1")]
    [InlineData("a;b;a;*", "row 1, value 'a': 'a' of level 0 comes back at level 2: a cycle")]
    [InlineData("a;*;A", "row 1, value 'a': '*' at level 1")]
    [InlineData("\"a;A;*", "a quote is never closed")]
    [InlineData("", "at least one row")]
    public void A_wrong_hierarchy_file_is_refused(string text, string expected)
    {
        var outcome = OwnHierarchy.FromText(text, []);
        Assert.Null(outcome.Hierarchy);
        Assert.Contains(expected, outcome.Faults[0].ToString(), StringComparison.Ordinal);
    }

    /// <summary>Goal: a gap is named. Method: a value of the data that the file has not.</summary>
    [Fact]
    public void A_value_that_the_hierarchy_does_not_know_is_named() =>
        Assert.Equal(["c"], OwnHierarchy.FromText("a,A,*\nb,A,*", ["a", "c", "b", "c"]).Gaps);

    private static AttributeDefinition Attribute(string hierarchy) =>
        new("a", "a", AttributeRole.QuasiIdentifying, AttributeType.WholeNumber, 0, 120, 1, null, hierarchy, null, new AttributeSource("v", "c", Take.One, null, null));
}
