using System.Text;
using System.Text.Json.Nodes;
using Silos.Ingestion.Definitions;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class DefinitionTests
{
    /// <summary>Goal: a definition yields the schema that queries are checked against. Method: the shipped one's, byte for byte.</summary>
    [Fact]
    public void The_sample_definition_yields_its_schema() =>
        Assert.Equal(
            """{"privacyUnit":"patient_id","attributes":{"age":{"type":"integer","lower":0,"upper":120},"sex":{"type":"category","values":["female","male","other","unknown"]},"municipality":{"type":"category"},"diagnoses":{"type":"codes"},"hba1c":{"type":"decimal","step":"0.1","lower":3,"upper":20},"sbp":{"type":"integer","lower":60,"upper":260},"encounters":{"type":"integer","lower":0,"upper":1000},"mesoregion":{"type":"category","values":["3101","3102","3103","3104","3105","3106","3107","3108","3109","3110","3111","3112"]}},"maxRowsPerUnit":1,"maxGroupsPerUnit":1}""",
            SampleDefinitions.Read(SampleDefinitions.Minas).ToSchemaJson());

    /// <summary>Goal: a fault names line, field, value and what is allowed. Method: one change to a right definition.</summary>
    [Theory]
    [InlineData("\"take\": \"age\"", "\"take\": \"years\"", "line 8: attributes[0].from.take: \"years\"; allowed: one, latest")]
    [InlineData("\"lower\": 0, \"upper\": 120", "\"lower\": 120, \"upper\": 0", "line 7: attributes[0].lower: 120 is not below upper, 0")]
    [InlineData("\"lower\": 0, \"upper\": 120", "\"lower\": 0.5, \"upper\": 120", "line 7: attributes[0].lower: 0.5 is not on the grid of step 1")]
    [InlineData("\"lower\": 0, \"upper\": 120", "\"lower\": 0", "line 7: attributes[0].upper: is missing")]
    [InlineData("\"step\": \"0.1\"", "\"step\": \"0\"", "attributes[4].step: \"0\" is not a number from 0.000001")]
    [InlineData("\"role\": \"quasi-identifying\", \"type\": \"integer\"", "\"role\": \"quasi\", \"type\": \"integer\"", "attributes[0].role: \"quasi\"; allowed: quasi-identifying")]
    [InlineData("\"name\": \"age\"", "\"name\": \"sex\"", "attributes: the name 'sex' is given twice")]
    [InlineData("\"name\": \"age\"", "\"name\": \"Age 1\"", "attributes[0].name: \"Age 1\" is no name")]
    [InlineData("\"view\": \"patients\", \"column\": \"gender\"", "\"view\": \"persons\", \"column\": \"gender\"", "attributes[1].from.view: \"persons\" is no view or table")]
    [InlineData("\"column\": \"gender\"", "\"column\": \"sexo\"", "attributes[1].from.column: \"sexo\" is no column of view patients")]
    [InlineData("\"by\": \"effective\" } },\n    { \"name\": \"sbp\"", "\"by\": \"issued\" } },\n    { \"name\": \"sbp\"", "attributes[4].from.by: \"issued\" is no column")]
    [InlineData("\"hierarchy\": \"icd-10\"", "\"hierarchy\": \"icd10\"", "attributes[3].hierarchy: \"icd10\" is no hierarchy; allowed: age")]
    [InlineData("\"k\": 11", "\"k\": 1", "policy.k: 1 is not a number from 2 to 1000")]
    [InlineData("DUO:0000042", "GRU", "policy.uses[0]: \"GRU\" is not a DUO id")]
    [InlineData("\"silence\": \"deny\"", "\"silence\": \"maybe\"", "policy.silence: \"maybe\"; allowed: deny, permit")]
    [InlineData("\"privacyUnit\": \"patient_id\"", "\"privacyUnit\": \"age\"", "the name 'age' is given twice")]
    [InlineData("\"id\": \"chronic-care\"", "\"id\": \"Chronic Care\"", "line 2: id: \"Chronic Care\" is no id")]
    [InlineData("\"id\": \"chronic-care\"", "\"id\": \"chronic-care\", \"kk\": 3", "line 2: kk: unknown; allowed here")]
    [InlineData("\"path\": \"birthDate\"", "\"path\": \"birthDate.(\"", "views[0]: '(' at 10 is not expected there")]
    [InlineData("\"take\": \"count\"", "\"take\": \"all\"", "from.column: is missing")]
    public void A_wrong_definition_is_refused(string right, string wrong, string expected)
    {
        var text = Encoding.UTF8.GetString(SampleDefinitions.Minas);
        Assert.Contains(right, text, StringComparison.Ordinal);
        var at = text.IndexOf(right, StringComparison.Ordinal);
        var outcome = ReadDefinition.FromBytes(Encoding.UTF8.GetBytes(text[..at] + wrong + text[(at + right.Length)..]));
        var refused = Assert.IsType<DefinitionOutcome.Refused>(outcome);
        Assert.Contains(refused.Faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>Goal: a department head sees what a permit touches (C10). Method: attributes of two departments out of three, and of none.</summary>
    [Fact]
    public void The_departments_that_a_permit_touches_are_named()
    {
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        Assert.Equal(["Endocrinology", "Internal medicine"], definition.DepartmentsOf(["hba1c", "age", "diagnoses", "hba1c"]));
        Assert.Empty(definition.DepartmentsOf(["age", "nothing"]));
    }

    /// <summary>Goal: an attribute without bounds cannot be summed (C4). Method: leave the bounds away.</summary>
    [Fact]
    public void An_attribute_without_bounds_is_not_summable()
    {
        var json = JsonNode.Parse(SampleDefinitions.Minas)!;
        json["attributes"]![5]!.AsObject().Remove("lower");
        json["attributes"]![5]!.AsObject().Remove("upper");
        var definition = SampleDefinitions.Read(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Assert.False(definition.Find("sbp")!.Summable);
        Assert.True(definition.Find("age")!.Summable);
        Assert.False(definition.Find("sex")!.Summable);
        Assert.DoesNotContain("\"sbp\":{\"type\":\"integer\",\"lower\"", definition.ToSchemaJson(), StringComparison.Ordinal);
    }
}
