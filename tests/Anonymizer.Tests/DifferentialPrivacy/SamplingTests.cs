using System.Numerics;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class SamplingTests
{
    private const int Draws = 1_000_000;

    /// <summary>Goal: the shipped sampler draws the discrete Laplace law, O1. Method: chi-square of 10^6 draws over bins of at least 50 expected
    /// draws each, seed 11; false alarms 1e-6.</summary>
    [Theory]
    [InlineData("1/2")]
    [InlineData("7/3")]
    [InlineData("20")]
    [InlineData("1000003/1000")]
    public void A_million_discrete_Laplace_draws_follow_their_law(string scale)
    {
        Assert.True(Rational.TryParse(scale, out var t));
        var sampler = new DiscreteLaplace(t);
        ChiSquare(source => sampler.Draw(source), x => LaplaceDistribution.Probability(t, x), 20 * (int)Math.Ceiling(t.ToDouble()) + 20);
    }

    /// <summary>Goal: the shipped sampler draws the discrete Gaussian law, O1. Method: as for Laplace, seed 11; false alarms 1e-6.
    /// σ² above 2^24 takes the other branch of the sampler.</summary>
    [Theory]
    [InlineData("1/4")]
    [InlineData("2")]
    [InlineData("100")]
    [InlineData("1000000/7")]
    [InlineData("36000000")]
    public void A_million_discrete_Gaussian_draws_follow_their_law(string variance)
    {
        Assert.True(Rational.TryParse(variance, out var v));
        var sampler = new DiscreteGaussian(v);
        ChiSquare(source => sampler.Draw(source), x => GaussianDistribution.Probability(sampler.Variance, x), 12 * (int)Math.Ceiling(Math.Sqrt(v.ToDouble())) + 12);
    }

    /// <summary>Goal: the coin exp(−x) is fair to its law, with small and with 128-bit fractions. Method: 10^6 flips, seed 12, normal bound; false alarms 1e-6.</summary>
    [Theory]
    [InlineData("1/3")]
    [InlineData("5/2")]
    [InlineData("100000000000000000000/300000000000000000001")]
    public void A_coin_of_exp_minus_x_shows_heads_as_often(string x)
    {
        Assert.True(Rational.TryParse(x, out var fraction));
        var source = Material.Source(12);
        var heads = Enumerable.Range(0, Draws).Count(_ => BernoulliExp.Draw(source, (UInt128)fraction.Numerator, (UInt128)fraction.Denominator));
        var p = Math.Exp(-fraction.ToDouble());
        Assert.True(Math.Abs(heads - (Draws * p)) < 4.9 * Math.Sqrt(Draws * p * (1 - p)), $"{heads} heads of {Draws}, expected {Draws * p}");
    }

    /// <summary>Goal: choosing mechanisms draw their own laws. Method: 200,000 draws each against the closed forms, chi-square at 1e-6, seed 13.</summary>
    [Fact]
    public void Choices_follow_their_closed_forms()
    {
        long[] scores = [7, 7, 6, 5, 5, 1];
        double[] real = [7, 7, 6, 5, 5, 1];
        var exponential = new ExponentialMechanism(new Rational(1, 8));
        var flip = new PermuteAndFlip(new Rational(1, 8));
        Frequencies(source => exponential.Choose(scores, 1, source), ExponentialMechanism.Probabilities(real, 0.125));
        Frequencies(source => flip.Choose(scores, source), PermuteAndFlip.Probabilities(real, 0.125));
        var (truth, other) = RandomizedResponse.Probabilities(1.5, 4);
        Frequencies(source => RandomizedResponse.Answer(2, 4, new Rational(3, 2), source), [other, other, truth, other]);
        var noisy = new ReportNoisyMax(1, new Rational(1, 2), monotone: true);
        Frequencies(source => noisy.Choose([3, 3, 3], source), [1 / 3.0, 1 / 3.0, 1 / 3.0]);
        var selection = new TruncatedGeometricSelection(0.5, 0.02, 1);
        var kept = selection.Probability(4);
        Frequencies(source => selection.Keeps(4, source) ? 1 : 0, [1 - kept, kept]);
    }

    /// <summary>Goal: an auditor replays the noise. Method: the key stream equals RFC 8439's block function on its own key, and labels part from one another.</summary>
    [Fact]
    public void The_same_key_and_label_give_the_same_bytes_on_every_machine()
    {
        // RFC 8439, A.1, test vector 1: key 0, nonce 0, counter 0; and 2: counter 1.
        var zero = new PrfRandomSource(new byte[32]);
        var stream = new byte[128];
        zero.Fill(stream);
        Assert.Equal(
            "76B8E0ADA0F13D90405D6AE55386BD28BDD219B8A08DED1AA836EFCC8B770DC7DA41597C5157488D7724E03FB8D84A376A43B8F41518A11CC387B669B2EE6586"
            + "9F07E7BE5551387A98BA977C732D080DCB0F29A048E3656912C6533E32EE7AED29B721769CE64E43D57133B074D839D531ED1F28510AFB45ACE10A1F4B794D6F",
            Convert.ToHexString(stream));
        Assert.Equal(Bytes(Material.Source(5).For("count"), 40), Bytes(Material.Source(5).For("count"), 40));
        Assert.NotEqual(Bytes(Material.Source(5).For("count"), 40), Bytes(Material.Source(5).For("sum"), 40));
        Assert.NotEqual(Bytes(Material.Source(5).For("count"), 40), Bytes(Material.Source(6).For("count"), 40));
        Assert.Throws<ArgumentException>(() => new PrfRandomSource(new byte[31]));
    }

    /// <summary>Goal: bytes do not depend on how they are asked for. Method: one long fill against many short ones across block ends.</summary>
    [Fact]
    public void Bytes_are_one_stream_however_they_are_taken()
    {
        var whole = Bytes(Material.Source(7), 5_000);
        var source = Material.Source(7);
        var parts = new List<byte>();
        for (var length = 0; parts.Count < 5_000; length = (length + 7) % 97)
        {
            parts.AddRange(Bytes(source, Math.Min(length, 5_000 - parts.Count)));
        }

        Assert.Equal(whole, parts);
    }

    /// <summary>Goal: noise parameters are rounded towards more noise only. Method: 10,000 random fractions, seed 14.</summary>
    [Fact]
    public void Scales_are_only_ever_rounded_up()
    {
        var draw = Material.Random(14);
        for (var i = 0; i < 10_000; i++)
        {
            var scale = new Rational(1 + ((BigInteger)draw(1 << 30) << draw(60)), 1 + ((BigInteger)draw(1 << 30) << draw(40)));
            if (scale <= DiscreteLaplace.LargestScale)
            {
                var drawn = new DiscreteLaplace(scale).Scale;
                Assert.True(drawn >= scale && (drawn <= scale * new Rational(1_000_001, 1_000_000) || drawn - scale <= new Rational(1, 1 << 30)), $"{scale} became {drawn}");
            }

            if (scale <= DiscreteGaussian.LargestVariance)
            {
                Assert.True(new DiscreteGaussian(scale).Variance >= scale);
            }
        }
    }

    private static byte[] Bytes(IRandomSource source, int count)
    {
        var bytes = new byte[count];
        source.Fill(bytes);
        return bytes;
    }

    private static void Frequencies(Func<IRandomSource, int> draw, double[] law)
    {
        const int Times = 200_000;
        var source = Material.Source(13);
        var seen = new int[law.Length];
        for (var i = 0; i < Times; i++)
        {
            seen[draw(source)]++;
        }

        var statistic = seen.Select((count, i) => (count - (Times * law[i])) * (count - (Times * law[i])) / (Times * law[i])).Sum();
        Assert.True(statistic < ChiSquared.InvCDF(law.Length - 1, 1 - 1e-6), $"χ² {statistic}: {string.Join(' ', seen)} for {string.Join(' ', law)}");
    }

    private static void ChiSquare(Func<IRandomSource, long> draw, Func<BigInteger, double> probability, int reach)
    {
        var source = Material.Source(11);
        var seen = new int[(2 * reach) + 1];
        for (var i = 0; i < Draws; i++)
        {
            seen[Math.Clamp(draw(source), -reach, reach) + reach]++;
        }

        // Neighbouring values are taken together until a bin expects 50 draws.
        var (statistic, bins, expected, count) = (0.0, 0, 0.0, 0);
        for (var x = -reach; x <= reach; x++)
        {
            expected += Draws * probability(x);
            count += seen[x + reach];
            if (expected >= 50)
            {
                statistic += (count - expected) * (count - expected) / expected;
                bins++;
                (expected, count) = (0, 0);
            }
        }

        var limit = ChiSquared.InvCDF(bins - 1, 1 - 1e-6);
        Assert.True(bins > 2 && statistic < limit, $"χ² {statistic} over {bins} bins, limit {limit}");
    }
}
