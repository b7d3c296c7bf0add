using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.Tables;

namespace Conformance;

/// <summary>
/// Answers reference vectors of differential privacy by the library's own functions. A function that only a vector would need is not offered:
/// audit_statistics, continual_release, google_*, approximate_quantiles, subsampled Rényi, *_lattice, kov_closed_form, naive_sum_sensitivity_violation,
/// kov_thm34_parts, optimal_heterogeneous_epsilon, report_noisy_max_*, bernoulli_exp, gaussian_delta_l0_linf.
/// </summary>
internal static class PrivacyVectors
{
    private static readonly Dictionary<string, Func<Inputs, JsonNode?>> Functions = new(StringComparer.Ordinal)
    {
        ["gaussian_delta"] = i => AnalyticGaussian.Delta(i["epsilon"], i["sigma"], i["l2_sensitivity"]),
        ["gaussian_sigma"] = i => AnalyticGaussian.Sigma(i["epsilon"], i["delta"], i["l2_sensitivity"]),
        ["gaussian_epsilon"] = i => AnalyticGaussian.Epsilon(i["sigma"], i["delta"], i["l2_sensitivity"]),
        ["kov_epsilon"] = i => Composition.OptimalEpsilon(i["epsilon"], i.Whole("k"), i["delta_per_query"], i["delta_total"]),
        ["kov_delta"] = i => Composition.OptimalDelta(i["epsilon"], i.Whole("k"), i["epsilon_total"]),
        ["drv_advanced_epsilon"] = i => Composition.AdvancedEpsilon(i["epsilon"], i.Whole("k"), i["delta_slack"]),
        ["composed_delta"] = i => Composition.Delta(i["delta_per_query"], i.Whole("k"), i["delta_tilde"]),
        ["group_privacy"] = i => Composition.OfGroup(i["epsilon"], i["delta"], i.Whole("group")) is var (epsilon, delta)
            ? new JsonObject { ["epsilon"] = epsilon, ["delta"] = delta } : null,
        ["discrete_laplace_pmf"] = i => LaplaceDistribution.Probability(i.Exact("scale"), i.Whole("x")),
        ["discrete_laplace_tail"] = i => LaplaceDistribution.Tail(i.Exact("scale"), i.Whole("m")),
        ["discrete_laplace_variance"] = i => LaplaceDistribution.Variance(i.Exact("scale")),
        ["discrete_laplace_halfwidth"] = i => (long)LaplaceDistribution.HalfWidth(i.Exact("scale"), i["alpha"]),
        ["discrete_gaussian_pmf"] = i => GaussianDistribution.Probability(i.Square("sigma"), i.Whole("x")),
        ["discrete_gaussian_tail"] = i => GaussianDistribution.Tail(i.Square("sigma"), i.Whole("m")),
        ["discrete_gaussian_variance"] = i => GaussianDistribution.Variance(i.Square("sigma")),
        ["discrete_gaussian_halfwidth"] = i => (long)GaussianDistribution.HalfWidth(i.Square("sigma"), i["alpha"]),
        ["individual_filter"] = IndividualFilter,
        ["exact_sum"] = i => Rational.Sum(i.Numbers("values")).ToDouble(),
        ["clip_policy"] = ClipPolicy,
        ["contribution_scales"] = ContributionScales,
        ["sensitivity_after_group_collapse"] = SensitivityAfterCollapse,
        ["null_after_transform_count"] = _ => new ContributionBound(1, 1, ManyKeys: false).OfRows(1).Total is var sensitivity
            ? new JsonObject { ["sensitivity_of_count"] = (int)sensitivity, ["may_be_released_exactly"] = sensitivity.IsZero } : null,
        ["sum_of_squared_deviations"] = SquaredDeviations,
        ["optimal_first_n"] = i => Selection(i) is var selection
            ? new JsonObject { ["first_n_with_p_ge_half"] = selection.FirstWith(0.5), ["first_n_with_p_eq_1"] = selection.FirstWith(1) } : null,
        ["optimal_keep_probability"] = i => Array(i.Numbers("n").Select(n => Selection(i).Probability((int)n, i.Has("pre_threshold") ? i.Whole("pre_threshold") : 1))),
        ["laplace_threshold"] = i => LaplaceThreshold.Continuous(i["epsilon"], i["delta"], i.Whole("max_groups")),
        ["laplace_threshold_delta"] = i => LaplaceThreshold.Delta(i["epsilon"], i["threshold"], i.Whole("max_groups")),
        ["gaussian_threshold_from_stddev"] = i => GaussianThreshold.Continuous(i["sigma"], i["delta"], i.Whole("max_groups")),
        ["geometric_threshold_delta"] = i => LaplaceThreshold.Passes(
            i.Exact("scale"), i.Whole("threshold"), i.Text("keep_rule").Contains(">=", StringComparison.Ordinal), i.Whole("true_count")),
        ["laplace_composed_epsilon"] = i => ExactAccountant.Epsilon([(ScaledLaplace(i), i.Whole("k"))], i["delta"]).Upper,
        ["laplace_composed_delta"] = i => ExactAccountant.Delta([(ScaledLaplace(i), i.Whole("k"))], i["epsilon"]),
        ["gaussian_composed_epsilon"] = i => ExactAccountant.Epsilon([(ScaledGaussian(i), i.Whole("k"))], i["delta"]).Upper,
        ["gaussian_heterogeneous_epsilon"] = i => ExactAccountant.Epsilon(
            [.. i.Numbers("sigmas").Select(sigma => ((LossDistribution)new LossDistribution.Gaussian(sigma / i["l2_sensitivity"]), 1))], i["delta"]).Upper,
        ["mixed_composed_epsilon"] = i => ExactAccountant.Epsilon(i.Components(), i["delta"]).Upper,
        ["mixed_with_point_deltas_epsilon"] = i => ExactAccountant.Epsilon(i.Components(), i.Numbers("point_deltas"), i["delta"])?.Upper,
        ["discrete_laplace_composed_epsilon"] = i => ExactAccountant.Epsilon(
            [(new LossDistribution.DiscreteLaplace(i["inverse_scale"], i.Whole("sensitivity")), i.Whole("k"))], i["delta"]).Upper,
        ["discrete_gaussian_composed_epsilon"] = i => ExactAccountant.Epsilon(
            [(new LossDistribution.DiscreteGaussian(i.Exact("sigma").ToDouble(), i.Whole("sensitivity")), i.Whole("k"))], i["delta"]).Upper,
        ["pure_filter_decisions"] = i => Decisions(i.Fractions("epsilons_decimal"), i.Exact("budget_decimal")),
        ["zcdp_filter_decisions"] = i => Decisions(i.Fractions("rhos_decimal"), i.Exact("rho_total_decimal")),
        ["budget_exactly_exhausted_is_accepted"] = i => AllAccepted(i),
        ["tiny_spend_after_exhaustion_is_rejected"] = i => AllAccepted(i),
        ["advanced_filter_first_rejected_index"] = FirstRejected,
        ["zcdp_filter_guarantee_epsilon"] = i => ZeroConcentrated.Epsilon(i["rho_total"], i["delta"]),
        ["quantile_interval_distribution"] = i =>
            QuantileLaw.OfIntervals(i.Numbers("data"), i["lower"], i["upper"], i["q"], i["coef"]) is var (ends, law, mean)
                ? new JsonObject { ["interval_probs"] = Array(law), ["breakpoints"] = Array(ends), ["expected_value"] = mean } : null,
        ["quantile_candidate_distribution"] = i => Array(QuantileLaw.OfCandidates(i.Numbers("data"), i.Numbers("candidates"), i.Exact("q"), i["coef"])),
        ["rdp_laplace"] = i => Renyi.Divergence(ScaledLaplace(i), i["alpha"]),
        ["rdp_gaussian"] = i => Renyi.Divergence(ScaledGaussian(i), i["alpha"]),
        ["rdp_randomized_response"] = i => Renyi.Divergence(new LossDistribution.Pure(i["epsilon"]), i["alpha"]),
        ["rdp_laplace_composed_epsilon"] = i => Renyi.Epsilon([(ScaledLaplace(i), i.Whole("k"))], i["delta"]),
        ["rdp_gaussian_composed_epsilon"] = i => Renyi.Epsilon([(ScaledGaussian(i), i.Whole("k"))], i["delta"]),
        ["rdp_mixed_epsilon"] = i => Renyi.Epsilon(
            [(new LossDistribution.Laplace(i["laplace_scale"]), i.Whole("laplace_count")), (new LossDistribution.Gaussian(i["sigma"]), i.Whole("gaussian_count"))],
            i["delta"]),
        ["rdp_grid_epsilon"] = GridEpsilon,
        ["exponential_mechanism"] = i => Array(ExponentialMechanism.Probabilities(i.Numbers("scores"), i["coef"])),
        ["permute_and_flip"] = i => Array(PermuteAndFlip.Probabilities(i.Numbers("scores"), i["coef"])),
        ["top_k_peeling_exponential"] = i => Peel(i, scores => ExponentialMechanism.Probabilities(scores, i["coef"])),
        ["top_k_peeling_permute_and_flip"] = i => Peel(i, scores => PermuteAndFlip.Probabilities(scores, i["coef"])),
        ["permute_and_flip_renyi2"] = RenyiOfPermuteAndFlip,
        ["randomized_response_kary"] = i => RandomizedResponse.Probabilities(i["epsilon"], i.Whole("k")) is var (truth, other)
            ? new JsonObject { ["p_truth"] = truth, ["p_other_each"] = other } : null,
        ["randomized_response_binary_truth_prob"] = i => RandomizedResponse.Probabilities(i["epsilon"], 2).Truth,
        ["zcdp_epsilon"] = i => ZeroConcentrated.Epsilon(i["rho"], i["delta"]),
        ["zcdp_delta"] = i => ZeroConcentrated.Delta(i["rho"], i["epsilon"]),
        ["zcdp_rho"] = i => ZeroConcentrated.Rho(i["epsilon"], i["delta"]),
        ["pure_to_zcdp_rho"] = i => ZeroConcentrated.RhoOfPure(i.Exact("epsilon")).ToDouble(),
        ["bounded_range_to_zcdp_rho"] = i => ExponentialMechanism.Rho(i.Exact("epsilon")).ToDouble(),
    };

    /// <summary>Reads vectors and writes results, one JSON object a line each.</summary>
    public static int Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                output.WriteLine(Answer(line));
            }
        }

        return 0;
    }

    /// <summary>The result of one vector, <c>{id, fn, inputs}</c>.</summary>
    /// <remarks>Total: a line that is no vector, and inputs outside a function's domain, give an error line; with the vector's id where it can be read.</remarks>
    public static string Answer(string line)
    {
        string? id = null;
        try
        {
            using var document = JsonDocument.Parse(line);
            id = Text(document.RootElement, "id");
            var name = Text(document.RootElement, "fn") ?? throw new FormatException("fn: the name of a function is needed");
            if (!Functions.TryGetValue(name, out var function))
            {
                return Error(id, "not offered");
            }

            var inputs = document.RootElement.TryGetProperty("inputs", out var given) && given.ValueKind == JsonValueKind.Object
                ? given : throw new FormatException("inputs: an object is needed");
            return new JsonObject { ["id"] = id, ["result"] = Finite(function(new Inputs(inputs))) }.ToJsonString();
        }
        catch (JsonException fault)
        {
            return Error(id, $"the line is no JSON value: {fault.Message}");
        }
        catch (Exception fault) when (fault is ArgumentException or ArithmeticException or FormatException or InvalidOperationException or KeyNotFoundException
            or IndexOutOfRangeException or OutOfMemoryException)
        {
            return Error(id, fault.Message.ReplaceLineEndings(" "));
        }
    }

    private static string? Text(JsonElement vector, string name) =>
        vector.ValueKind == JsonValueKind.Object && vector.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static string Error(string? id, string error) => new JsonObject { ["id"] = id, ["error"] = error }.ToJsonString();

    // JSON has no infinity and no NaN.
    private static JsonNode? Finite(JsonNode? result) =>
        result is JsonValue value && value.TryGetValue(out double number) && !double.IsFinite(number)
            ? throw new ArithmeticException($"the result is {number}")
            : result;

    private static LossDistribution.Laplace ScaledLaplace(Inputs i) => new(i["scale"] / i["l1_sensitivity"]);

    private static LossDistribution.Gaussian ScaledGaussian(Inputs i) => new(i["sigma"] / i["l2_sensitivity"]);

    private static TruncatedGeometricSelection Selection(Inputs i) => new(i["epsilon"], i["delta"], i.Whole("max_groups"));

    private static JsonArray Array(IEnumerable<double> values) => new([.. values.Select(value => (JsonNode?)value)]);

    private static JsonArray IndividualFilter(Inputs i)
    {
        var variances = i.Fractions("sigma2_by_query");
        return new JsonArray([.. i.Element("contributions_by_patient").EnumerateArray().Select(patient =>
        {
            var account = new IndividualAccounting(i.Exact("cap"), 0);
            var active = new JsonArray();
            foreach (var (contribution, variance) in patient.EnumerateArray().Select(Inputs.Exact).Zip(variances))
            {
                (var takesPart, account) = account.Ask(contribution * contribution, variance);
                active.Add(takesPart);
            }

            return (JsonNode)new JsonObject { ["active"] = active, ["spent"] = account.Spent.IsInteger ? account.Spent.ToString() : $"{account.Spent.Numerator}/{account.Spent.Denominator}" };
        })]);
    }

    private static JsonNode ClipPolicy(Inputs i)
    {
        var type = new NumberType(new Rational(1, 1000), (long)(i.Exact("lower") * 1000).Floor(), (long)(i.Exact("upper") * 1000).Ceiling(), "decimal");
        var tick = Cells.Number(i.Text("value"), type);
        if (tick == NumberColumn.Null)
        {
            return "reject-or-impute (public constant)";
        }

        var value = type.Value(tick);
        var rounded = Rational.TryParse(i.Text("value"), out var given) && given > i.Exact("lower") && given < i.Exact("upper") && given != value;
        return value.ToString() + (rounded ? " after grid rounding" : "");
    }

    private static JsonObject ContributionScales(Inputs i)
    {
        var sensitivity = new ContributionBound(i.Whole("max_per_group"), i.Whole("max_groups"), ManyKeys: true).OfRows(1);
        var l2 = Math.Sqrt((double)sensitivity.SquareTotal);
        return new JsonObject
        {
            ["l1"] = (double)sensitivity.Total,
            ["l2"] = l2,
            ["laplace_scale"] = new LaplaceNoise(sensitivity, i.Exact("epsilon")).Scale.ToDouble(),
            ["gaussian_sigma"] = AnalyticGaussian.Sigma(i["epsilon"], i["delta"], l2),
        };
    }

    private static JsonObject SensitivityAfterCollapse(Inputs i)
    {
        var collapsed = new ContributionBound(i.Whole("max_rows_per_patient_and_group"), i.Whole("max_groups"), ManyKeys: true).WithoutGroups().OfRows(1);
        return new JsonObject { ["linf_per_group"] = (int)collapsed.Largest, ["l2"] = Math.Sqrt((double)collapsed.SquareTotal), ["l1"] = (int)collapsed.Total };
    }

    // What doubles make of it is not the library's: it is added to show the fault beside the right value.
    private static JsonObject SquaredDeviations(Inputs i)
    {
        var (first, second) = (i.Runs("D_rle"), i.Runs("Dprime_rle"));
        var (exact, other) = (ExactDeviations(first), ExactDeviations(second));
        return new JsonObject
        {
            ["exact_D"] = exact.ToDouble(),
            ["exact_Dprime"] = other.ToDouble(),
            ["exact_abs_difference"] = Math.Abs((exact - other).ToDouble()),
            ["naive_abs_difference"] = Math.Abs(NaiveDeviations(first) - NaiveDeviations(second)),
        };

        static Rational ExactDeviations(double[] values)
        {
            var exact = values.Select(Rational.FromDouble).ToArray();
            var mean = Rational.Sum(values) / values.Length;
            return exact.Aggregate(new Rational(0, 1), (sum, value) => sum + ((value - mean) * (value - mean)));
        }

        static double NaiveDeviations(double[] values)
        {
            var mean = values.Aggregate(0.0, (sum, value) => sum + value) / values.Length;
            return values.Aggregate(0.0, (sum, value) => sum + ((value - mean) * (value - mean)));
        }
    }

    private static JsonArray Decisions(IEnumerable<Rational> losses, Rational limit)
    {
        var filter = new PureFilter(limit, 0);
        var decisions = new JsonArray();
        foreach (var loss in losses)
        {
            var after = filter.Accept(loss);
            decisions.Add(after is not null);
            filter = after ?? filter;
        }

        return decisions;
    }

    private static bool AllAccepted(Inputs i) => Decisions(i.Fractions("spends_decimal"), i.Exact("budget_decimal")).All(decision => (bool)decision!);

    private static JsonNode FirstRejected(Inputs i)
    {
        var epsilons = i.Fractions("epsilons");
        var filter = new AdvancedFilter(i.Exact("epsilon_total"), i.Exact("delta_slack"), 0);
        for (var index = 0; index < epsilons.Length; index++)
        {
            if (filter.Accept(epsilons[index]) is not { } after)
            {
                return index;
            }

            filter = after;
        }

        return epsilons.Length;
    }

    // Orders "2..32", a curve "1.1 at every order".
    private static JsonNode GridEpsilon(Inputs i)
    {
        var ends = i.Text("orders").Split("..").Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        var divergence = double.Parse(i.Text("rdp").Split(' ')[0], CultureInfo.InvariantCulture);
        return Renyi.Epsilon(Enumerable.Range(ends[0], ends[1] - ends[0] + 1).Select(order => ((double)order, divergence)), i["delta"]);
    }

    private static JsonObject Peel(Inputs i, Func<double[], double[]> law) =>
        new(Peeling.Law(i.Numbers("scores"), i.Whole("k"), law).Select(outcome => KeyValuePair.Create<string, JsonNode?>(outcome.Key, outcome.Value)));

    private static JsonObject RenyiOfPermuteAndFlip(Inputs i)
    {
        var (scores, neighbour, coefficient) = (i.Numbers("scores"), i.Numbers("scores_neighbour"), i["coef"]);
        var epsilon = 2 * i.Exact("coef") * i.Exact("linf_distance");
        double Worst(Func<double[], double[]> law) =>
            Math.Max(Renyi.Divergence(law(scores), law(neighbour), 2), Renyi.Divergence(law(neighbour), law(scores), 2));
        return new JsonObject
        {
            ["renyi_2"] = Worst(some => PermuteAndFlip.Probabilities(some, coefficient)),
            ["exponential_mechanism_renyi_2"] = Worst(some => ExponentialMechanism.Probabilities(some, coefficient)),
            ["allowed_by_eps2_over_8"] = (2 * ExponentialMechanism.Rho(epsilon)).ToDouble(),
            ["allowed_by_eps2_over_2"] = (2 * PermuteAndFlip.Rho(epsilon)).ToDouble(),
        };
    }

    /// <summary>Inputs of a vector: numbers are exact doubles; texts are fractions or decimals.</summary>
    private sealed class Inputs(JsonElement json)
    {
        public double this[string name] => Exact(name).ToDouble();

        public bool Has(string name) => json.TryGetProperty(name, out _);

        public JsonElement Element(string name) => json.GetProperty(name);

        public string Text(string name) => json.GetProperty(name) is var element && element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();

        public Rational Exact(string name) => Exact(json.GetProperty(name));

        public Rational Square(string name) => Exact(name) * Exact(name);

        public int Whole(string name) => Exact(name) is var value && value.IsInteger && value <= int.MaxValue && value >= -int.MaxValue
            ? (int)value.Numerator
            : throw new FormatException($"{name}: {Text(name)} is no whole number of at most {int.MaxValue}");

        public double[] Numbers(string name) => [.. json.GetProperty(name).EnumerateArray().Select(item => Exact(item).ToDouble())];

        public Rational[] Fractions(string name) => [.. json.GetProperty(name).EnumerateArray().Select(Exact)];

        public double[] Runs(string name) => [.. json.GetProperty(name).EnumerateArray().SelectMany(run => Enumerable.Repeat(run[0].GetDouble(), run[1].GetInt32()))];

        public (LossDistribution Loss, int Count)[] Components() => [.. json.GetProperty("components").EnumerateArray().Select(component =>
        {
            var parameter = component.GetProperty("parameter").GetDouble();
            LossDistribution loss = component.GetProperty("kind").GetString() switch
            {
                "laplace" => new LossDistribution.Laplace(parameter),
                "gaussian" => new LossDistribution.Gaussian(parameter),
                "rr" => new LossDistribution.Pure(parameter),
                var kind => throw new ArgumentException($"components of kind {kind} are not known"),
            };
            return (loss, component.GetProperty("count").GetInt32());
        })];

        public static Rational Exact(JsonElement element) =>
            element.ValueKind == JsonValueKind.Number ? Rational.FromDouble(element.GetDouble())
            : Rational.TryParse(element.GetString()!, out var value) ? value
            : throw new FormatException($"{element.GetRawText()} is no number");
    }
}
