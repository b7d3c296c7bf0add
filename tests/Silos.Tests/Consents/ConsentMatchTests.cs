using System.Text.Json.Nodes;
using Silos.Consents;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>What a directive's modifiers, several purposes, several diseases and the edge of its window do, beside the tables of <see cref="ChoicesTests"/>.</summary>
public sealed class ConsentMatchTests
{
    /// <summary>Goal: a directive that cannot be read is a no and never an error. Method: members missing, of another kind, twice, and codes that are not known.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":{"a":1}}""")]
    [InlineData("""{"decision":"permit","decision":"deny"}""")]
    [InlineData("""{"silo":"not a hash"}""")]
    public void What_cannot_be_read_is_no_directive(string body)
    {
        Assert.Null(ConsentMatch.Read(JsonNode.Parse(body)!.AsObject()));
        var spoiled = Choice.Directive();
        spoiled["purposes"] = new JsonArray("DUO:9999999");
        Assert.Null(ConsentMatch.Read(spoiled));
        spoiled["purposes"] = "DUO:0000042";
        Assert.Null(ConsentMatch.Read(spoiled));
        Assert.NotNull(ConsentMatch.Read(Choice.Directive()));
    }

    /// <summary>Goal: of several purposes one that covers the use suffices, in whatever order, and two that cover it do not undo each other. Method: pairs.</summary>
    [Theory]
    [InlineData(Duo.NoRestriction, Duo.GeneralResearchUse, true)]
    [InlineData(Duo.GeneralResearchUse, Duo.PopulationOriginsOrAncestry, true)]
    [InlineData(Duo.PopulationOriginsOrAncestry, Duo.GeneralResearchUse, true)]
    [InlineData(Duo.PopulationOriginsOrAncestry, Duo.HealthMedicalBiomedical, false)]
    public void One_purpose_that_covers_the_use_suffices(string one, string other, bool isIn) =>
        Assert.Equal(isIn, Choice.IsIn(Choice.Directive(new JsonObject { ["purposes"] = new JsonArray(one, other) }), new JsonObject { ["purpose"] = Duo.GeneralResearchUse }));

    /// <summary>Goal: each modifier binds whatever else is permitted. Method: every modifier beside general use, asked for by users of both kinds and for ancestry.</summary>
    [Theory]
    [InlineData(Duo.NonProfit, "non-profit", Duo.GeneralResearchUse, true)]
    [InlineData(Duo.NonProfit, "for-profit", Duo.GeneralResearchUse, false)]
    [InlineData(Duo.NonCommercial, "non-profit", Duo.GeneralResearchUse, true)]
    [InlineData(Duo.NonCommercial, "for-profit", Duo.GeneralResearchUse, false)]
    [InlineData(Duo.NonProfitNonCommercial, "non-profit", Duo.GeneralResearchUse, true)]
    [InlineData(Duo.NonProfitNonCommercial, "for-profit", Duo.GeneralResearchUse, false)]
    [InlineData(Duo.NoAncestry, "for-profit", Duo.HealthMedicalBiomedical, true)]
    [InlineData(Duo.NoAncestry, "non-profit", Duo.GeneralResearchUse, false)]
    [InlineData(Duo.NoAncestry, "non-profit", Duo.PopulationOriginsOrAncestry, false)]
    public void A_modifier_binds_beside_a_purpose_that_covers(string modifier, string user, string purpose, bool isIn)
    {
        var use = new JsonObject { ["user"] = user, ["purpose"] = purpose };
        Assert.Equal(isIn, Choice.IsIn(Choice.Directive(new JsonObject { ["purposes"] = new JsonArray(Duo.GeneralResearchUse, modifier) }), use));
        Assert.True(Choice.IsIn(Choice.Directive(new JsonObject { ["purposes"] = new JsonArray(Duo.GeneralResearchUse) }), use));
    }

    /// <summary>Goal: a patient who names several diseases permits each of them. Method: two, asked for either and for a third.</summary>
    [Theory]
    [InlineData("E11", true)]
    [InlineData("I10", true)]
    [InlineData("J45", false)]
    public void One_of_several_diseases_suffices(string disease, bool isIn) =>
        Assert.Equal(isIn, Choice.IsIn(
            Choice.Directive(new JsonObject { ["purposes"] = new JsonArray(Duo.DiseaseSpecific), ["diseases"] = new JsonArray("E10-E14", "I10") }),
            new JsonObject { ["purpose"] = Duo.DiseaseSpecific, ["disease"] = disease }));

    /// <summary>Goal: without retrospective use, records count from the day on which the directive begins. Method: the day before, the day, the day after.</summary>
    [Theory]
    [InlineData("2025-12-31", false)]
    [InlineData("2026-01-01", true)]
    [InlineData("2026-01-02", true)]
    public void Records_count_from_the_day_of_the_directive_on(string day, bool isIn) =>
        Assert.Equal(isIn, Choice.IsIn(Choice.Directive(new JsonObject { ["collected"] = new JsonObject { ["retrospective"] = false } }), new JsonObject { ["collected"] = new JsonArray(day, day) }));
}
