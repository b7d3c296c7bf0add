using System.Text.Json.Nodes;
using Anonymizer.Tests.Tool;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>The console that others put their vectors to.</summary>
public sealed class ConformanceTests
{
    private static readonly string[] Lines =
    [
        """{"id":"1","fn":"zcdp_delta","inputs":{"rho":0.01,"epsilon":0.25}}""",
        "not json",
        "{",
        "[]",
        "null",
        "7",
        """{"fn":"zcdp_delta","inputs":{"rho":0.01,"epsilon":0.25}}""",
        """{"id":7,"fn":"zcdp_delta","inputs":{"rho":0.01,"epsilon":0.25}}""",
        """{"id":"9"}""",
        """{"id":"10","fn":null,"inputs":{}}""",
        """{"id":"11","fn":"no_such_function","inputs":{}}""",
        """{"id":"12","fn":"zcdp_delta"}""",
        """{"id":"13","fn":"zcdp_delta","inputs":[]}""",
        """{"id":"14","fn":"zcdp_delta","inputs":{"rho":0.01}}""",
        """{"id":"15","fn":"zcdp_delta","inputs":{"rho":"x","epsilon":0.25}}""",
        """{"id":"16","fn":"zcdp_delta","inputs":{"rho":true,"epsilon":null}}""",
        """{"id":"17","fn":"zcdp_delta","inputs":{"rho":-1,"epsilon":0.25}}""",
        """{"id":"18","fn":"zcdp_delta","inputs":{"rho":1e999,"epsilon":0.25}}""",
        """{"id":"19","fn":"gaussian_sigma","inputs":{"epsilon":1,"delta":0,"l2_sensitivity":1}}""",
        """{"id":"20","fn":"gaussian_delta","inputs":{"epsilon":1,"sigma":0,"l2_sensitivity":1}}""",
        """{"id":"21","fn":"kov_epsilon","inputs":{"epsilon":1,"k":2.5,"delta_per_query":0,"delta_total":0.1}}""",
        """{"id":"22","fn":"kov_epsilon","inputs":{"epsilon":1,"k":-3,"delta_per_query":0,"delta_total":0.1}}""",
        """{"id":"23","fn":"kov_epsilon","inputs":{"epsilon":1,"k":1e12,"delta_per_query":0,"delta_total":0.1}}""",
        """{"id":"24","fn":"discrete_laplace_pmf","inputs":{"scale":"1/0","x":1}}""",
        """{"id":"25","fn":"discrete_laplace_pmf","inputs":{"scale":0,"x":1}}""",
        """{"id":"26","fn":"exponential_mechanism","inputs":{"scores":[1,"a"],"coef":1}}""",
        """{"id":"27","fn":"permute_and_flip","inputs":{"scores":[],"coef":1}}""",
        """{"id":"28","fn":"mixed_composed_epsilon","inputs":{"components":[{"kind":"cauchy","parameter":1,"count":1}],"delta":0.1}}""",
        """{"id":"29","fn":"exact_sum","inputs":{"values":[1e308,1e308]}}""",
        """{"id":"30","fn":"rdp_grid_epsilon","inputs":{"orders":"2","rdp":"x","delta":0.1}}""",
        """{"id":"31","fn":"discrete_gaussian_halfwidth","inputs":{"sigma":"1","alpha":0}}""",
        """{"id":"32","fn":"laplace_composed_epsilon","inputs":{"k":0,"scale":1,"l1_sensitivity":1,"delta":0.1}}""",
        """{"id":"33","fn":"optimal_first_n","inputs":{"epsilon":1,"delta":0,"max_groups":1}}""",
        """{"id":"34","fn":"clip_policy","inputs":{"value":"NaN","lower":"x","upper":100}}""",
        """{"id":"35","fn":"quantile_interval_distribution","inputs":{"data":[],"lower":1,"upper":1,"q":0.5,"coef":1}}""",
        """{"id":"last","fn":"zcdp_delta","inputs":{"rho":0.01,"epsilon":0.25}}""",
    ];

    /// <summary>Goal: a bad line gives an error line, in its place, and never an end. Method: the process over lines that are no vectors, and over inputs
    /// outside their functions' domains, between two good ones.</summary>
    [Fact]
    public void A_bad_line_gives_an_error_line()
    {
        var run = Programs.Run("Conformance", "Conformance.dll", string.Join('\n', Lines) + "\n", "dp");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var answers = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(Lines.Length, answers.Length);
        for (var i = 0; i < answers.Length; i++)
        {
            var good = i is 0 or 6 or 7 || i == answers.Length - 1;
            Assert.True(good ? answers[i]["result"] is not null : answers[i]["error"] is not null, $"{Lines[i]} gave {answers[i].ToJsonString()}");
        }

        Assert.Equal("last", (string?)answers[^1]["id"]);
        Assert.Equal("not offered", (string?)answers[10]["error"]);
    }
}
