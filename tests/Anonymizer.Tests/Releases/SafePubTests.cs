using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Generalization;
using Anonymizer.Releases;
using Anonymizer.Tests.Generalization;
using Xunit;

namespace Anonymizer.Tests.Releases;

public sealed class SafePubTests(ITestOutputHelper output)
{
    /// <summary>Goal: δ is the theorem's. Method: against the binomial tails by exact recursion, n up to 4,000, for three settings.</summary>
    [Theory]
    [InlineData(1.0, 1e-5)]
    [InlineData(0.5, 1e-6)]
    [InlineData(2.0, 1e-4)]
    public void Delta_is_the_largest_binomial_tail(double epsilon, double delta)
    {
        var plan = SafePub.For(epsilon, delta)!;
        output.WriteLine($"{plan}, charge {plan.Charge}");
        Assert.InRange(plan.SamplingProbability, 0, 1 - Math.Exp(-epsilon));
        Assert.True(plan.Delta <= delta);
        var gamma = (Math.Exp(epsilon) - 1 + plan.SamplingProbability) / Math.Exp(epsilon);
        double Largest(int k) => Enumerable.Range((int)Math.Ceiling((k / gamma) - 1), 4000).Max(n => Tail(n, plan.SamplingProbability, gamma * n));
        Assert.Equal(1, plan.Delta / Largest(plan.K), 6);
        Assert.True(Largest(plan.K - 1) > delta);
        Assert.Equal((ulong)Math.Ceiling(epsilon * epsilon / 2 * 1e9), plan.Charge.Rho);
    }

    /// <summary>Goal: a release draws its rows, keeps classes of k and is replayed from its key. Method: 4,000 rows; drawn share within six standard deviations (false alarm below 1e-8, and the key is fixed).</summary>
    [Fact]
    public void A_release_samples_generalizes_and_suppresses()
    {
        var cells = Enumerable.Range(0, 4000).Select(row => new[] { $"{row % 80}", row % 7 == 0 ? "m" : "f" }).ToArray();
        QuasiIdentifier[] attributes = [new("age", new IntervalHierarchy(0, 90, [10]).Of([])), new("sex", Hierarchy.Flat(["m", "f"]))];
        var plan = SafePub.For(1, 1e-6)!;
        var table = RecodingTests.TableOf(cells);
        var release = plan.Release(table, attributes, [1, 1], new PrfRandomSource(new byte[32]));
        Assert.All(release.Recoding.Classes, each => Assert.True(each.Rows >= plan.K));
        var share = (4000 - release.Recoding.SuppressedRows) / 4000.0;
        Assert.InRange(share, plan.SamplingProbability - 0.046, plan.SamplingProbability + 0.046);
        Assert.Equal(release.ClassOfRow.ToArray(), plan.Release(table, attributes, [1, 1], new PrfRandomSource(new byte[32])).ClassOfRow.ToArray());
    }

    private static double Tail(int n, double p, double bound)
    {
        // Ratio of neighbouring terms, from the mode outwards, normalized by their sum.
        var terms = new double[n + 1];
        var mode = (int)((n + 1) * p);
        terms[mode] = 1;
        for (var j = mode + 1; j <= n; j++)
        {
            terms[j] = terms[j - 1] * (n - j + 1) / j * p / (1 - p);
        }

        for (var j = mode - 1; j >= 0; j--)
        {
            terms[j] = terms[j + 1] * (j + 1) / (n - j) * (1 - p) / p;
        }

        return terms.Skip((int)Math.Floor(bound) + 1).Sum() / terms.Sum();
    }
}
