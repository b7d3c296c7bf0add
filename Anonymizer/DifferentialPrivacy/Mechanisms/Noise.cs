using System.Numerics;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Integer noise for values on a fixed grid: <see cref="LaplaceNoise"/> or <see cref="GaussianNoise"/>, nothing else.</summary>
/// <remarks>The grid is declared by the schema and never depends on the data, so no bit of a released number carries more than the noise allows
/// (Mironov, CCS 2012; Casacuberta et al., CCS 2022).</remarks>
public abstract class Noise
{
    private protected Noise()
    {
    }

    /// <summary>In grid units.</summary>
    public abstract double StandardDeviation { get; }

    /// <summary>The exact value, plus noise.</summary>
    /// <param name="exact">In grid units.</param>
    /// <param name="source">The source of this one draw.</param>
    public BigInteger Add(BigInteger exact, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note(Kind, Parameter, "add", exact);
        return exact + Draw(source);
    }

    /// <summary>The smallest m with P(|noise| &gt; m) ≤ <paramref name="alpha"/>, in grid units.</summary>
    /// <param name="alpha">Between 0 and 1, both excluded.</param>
    /// <remarks>The search takes thousands of exponentials: it is done once for a law.</remarks>
    public abstract BigInteger HalfWidth(double alpha);

    internal abstract string Kind { get; }

    internal abstract string Parameter { get; }

    internal abstract long Draw(IRandomSource source);
}

/// <summary>Discrete Laplace noise of a scale t: ε-differentially private for an L1 sensitivity of t·ε.</summary>
/// <remarks>Ghosh, Roughgarden and Sundararajan, STOC 2009.</remarks>
public sealed class LaplaceNoise : Noise
{
    private static readonly Remembered<(Rational Scale, double Alpha), BigInteger> HalfWidths = new(law => LaplaceDistribution.HalfWidth(law.Scale, law.Alpha));
    private readonly DiscreteLaplace sampler;

    /// <param name="sensitivity">How far one patient moves the vector of values.</param>
    /// <param name="epsilon">Greater than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale they give is not above 0 and at most 2^56.</exception>
    public LaplaceNoise(Sensitivity sensitivity, Rational epsilon) => sampler = new DiscreteLaplace((Rational)sensitivity.Total / epsilon);

    /// <summary>In grid units.</summary>
    public Rational Scale => sampler.Scale;

    public override double StandardDeviation => Math.Sqrt(LaplaceDistribution.Variance(Scale));

    internal override string Kind => "discrete Laplace";

    internal override string Parameter => Scale.ToString();

    public override BigInteger HalfWidth(double alpha) => HalfWidths.Of((Scale, alpha));

    internal override long Draw(IRandomSource source) => sampler.Draw(source);
}

/// <summary>Discrete Gaussian noise of variance parameter σ²: ρ-zCDP for an L2 sensitivity of σ·√(2ρ).</summary>
/// <remarks>Canonne, Kamath and Steinke, NeurIPS 2020, Theorem 4.</remarks>
public sealed class GaussianNoise : Noise
{
    private static readonly Remembered<(Rational Variance, double Alpha), BigInteger> HalfWidths = new(law => GaussianDistribution.HalfWidth(law.Variance, law.Alpha));
    private readonly DiscreteGaussian sampler;

    /// <param name="sensitivity">How far one patient moves the vector of values.</param>
    /// <param name="rho">Greater than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The σ they give is not above 0 and at most 2^56.</exception>
    public GaussianNoise(Sensitivity sensitivity, Rational rho) => sampler = new DiscreteGaussian((Rational)sensitivity.SquareTotal / (2 * rho));

    /// <summary>σ², in squared grid units.</summary>
    public Rational Variance => sampler.Variance;

    public override double StandardDeviation => Math.Sqrt(GaussianDistribution.Variance(Variance));

    internal override string Kind => "discrete Gaussian";

    internal override string Parameter => Variance.ToString();

    public override BigInteger HalfWidth(double alpha) => HalfWidths.Of((Variance, alpha));

    internal override long Draw(IRandomSource source) => sampler.Draw(source);
}
