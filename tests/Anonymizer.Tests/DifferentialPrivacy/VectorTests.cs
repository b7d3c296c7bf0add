using System.Text.Json;
using Conformance;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class VectorTests
{
    /// <summary>Families or functions that may be left out, by the beginning or end of their names.</summary>
    private static readonly string[] MayBeMissing =
    [
        "clopper_pearson", "audit_epsilon_lower", "tree_", "sqrt_factorization", "google_", "approximate_quantiles", "rdp_poisson_subsampled",
        "kov_epsilon_lattice", "kov_closed_form", "naive_sum_sensitivity_violation", "kov_thm34_parts", "optimal_heterogeneous_epsilon",
        "report_noisy_max_", "bernoulli_exp", "gaussian_delta_l0_linf",
    ];

    public static TheoryData<string> Families() =>
        ["analytic_gaussian", "composition", "discrete_distributions", "individual_accounting", "numerics", "partition_selection", "pld", "privacy_filters", "quantiles", "rdp", "selection", "traps", "zcdp"];

    /// <summary>Goal: every figure that others have published or that was computed with 60 digits is met. Method: each vector goes through the
    /// conformance adapter, in process, and is compared at its own tolerance; what is not offered must be on the list of what may be missing.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Every_offered_vector_is_within_its_tolerance(string family)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Material.Shared("vectors", "dp", family + ".json")));
        var checkedVectors = 0;
        foreach (var vector in file.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var function = vector.GetProperty("fn").GetString()!;
            using var answer = JsonDocument.Parse(PrivacyVectors.Answer(vector.GetRawText()));
            if (answer.RootElement.TryGetProperty("error", out var error))
            {
                Assert.Equal("not offered", error.GetString());
                Assert.Contains(MayBeMissing, name => function.StartsWith(name, StringComparison.Ordinal));
                continue;
            }

            checkedVectors++;
            Assert.True(
                Matches(answer.RootElement.GetProperty("result"), vector.GetProperty("expected"), vector.GetProperty("tolerance")),
                $"{vector.GetProperty("id")} {function} {vector.GetProperty("inputs")}: expected {vector.GetProperty("expected")}, got {answer.RootElement.GetProperty("result")}");
        }

        Assert.NotEqual(0, checkedVectors);
    }

    /// <summary>Goal: the functions hold where nobody looked before. Method: vectors of 60 digits at extreme parameters, for each offered function
    /// (Vectors/README.md says how they were made), at the tolerance of its published ones.</summary>
    [Fact]
    public void Every_vector_at_extreme_parameters_is_within_its_tolerance()
    {
        var failures = new List<string>();
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "extremes.jsonl"));
        foreach (var line in lines)
        {
            using var vector = JsonDocument.Parse(line);
            using var answer = JsonDocument.Parse(PrivacyVectors.Answer(line));
            var root = vector.RootElement;
            if (!answer.RootElement.TryGetProperty("result", out var got) || !Matches(got, root.GetProperty("expected"), root.GetProperty("tolerance")))
            {
                failures.Add($"{root.GetProperty("fn")} {root.GetProperty("inputs")}: expected {root.GetProperty("expected")}, got {answer.RootElement}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(lines.Length, 300, int.MaxValue);
    }

    private static bool Matches(JsonElement got, JsonElement expected, JsonElement tolerance) => expected.ValueKind switch
    {
        JsonValueKind.Object => expected.EnumerateObject().All(member => got.TryGetProperty(member.Name, out var part) && Matches(part, member.Value, tolerance)),
        JsonValueKind.Array => got.GetArrayLength() == expected.GetArrayLength()
            && got.EnumerateArray().Zip(expected.EnumerateArray()).All(pair => Matches(pair.First, pair.Second, tolerance)),
        JsonValueKind.Number => got.ValueKind == JsonValueKind.Number && Matches(got.GetDouble(), expected.GetDouble(), tolerance),
        _ => got.ToString() == expected.ToString(),
    };

    private static bool Matches(double got, double expected, JsonElement tolerance)
    {
        var (relative, absolute) = (tolerance.GetProperty("rel").GetDouble(), tolerance.GetProperty("abs").GetDouble());
        return tolerance.GetProperty("direction").GetString() == "upper-bound"
            ? got >= expected * (1 - 1e-9) && got <= (expected * (1 + relative)) + absolute
            : Math.Abs(got - expected) <= absolute + (relative * Math.Abs(expected));
    }
}
