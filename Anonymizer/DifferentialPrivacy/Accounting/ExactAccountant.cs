using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>
/// The tight (ε, δ) of many answers whose losses were fixed in advance, by a contour integral of their moments. For showing, never for deciding.
/// </summary>
/// <remarks>
/// δ(ε) = (1/2πi) ∫ exp(Σ ln M_j(z) − zε) / (z(z+1)) dz along Re z = t, for any t &gt; 0: the inverse Laplace transform of E[(1 − e^{ε−L})₊]
/// (compare Koskela, Jälkö and Honkela, AISTATS 2020; Zhu, Dong and Wang, AISTATS 2022).
/// Error: the trapezoidal rule with step h sums the transform's copies at ε + 2πm/h, all of them at least 0, so it errs upwards; the cut end is
/// bounded through the Gaussian factor; rounding by a part in 10^13 of the sum of magnitudes; all is added. Where hardly any answer is Gaussian, a Gaussian answer of
/// a part in 10^6 of the variance is added, or of 1 in 5,000 where answers are many and ε far below the sum of largest losses; that only raises the result. So the upper figure is never below the truth; it is within 0.1 % of it.
/// The Rényi bound and the sum of largest losses stand in wherever they are less.
/// </remarks>
public static class ExactAccountant
{
    private const double AddedVariance = 5e-7;
    private const double AddedToSmooth = 1e-4;
    private const int MostNodes = 1 << 17;

    /// <summary>The ε at a δ, from both sides.</summary>
    /// <param name="losses">Answers, each with how often it was given, from 1 to 1,000,000.</param>
    /// <param name="delta">Above 0 and below 1.</param>
    public static Bracket Epsilon(IReadOnlyList<(LossDistribution Loss, int Count)> losses, double delta)
    {
        if (losses.Count == 0 || delta >= 1)
        {
            return new Bracket(0, 0);
        }

        var (bound, excess) = Renyi.Best(losses, delta);
        var contour = new Contour(losses, excess, bound);
        var upper = Math.Min(bound, Least(bound, epsilon => contour.Delta(epsilon).Upper <= delta));
        var lower = Least(bound, epsilon => contour.Delta(epsilon).Lower <= delta) - contour.Shift;
        return new Bracket(Math.Clamp(lower, 0, upper), upper);
    }

    /// <summary>The δ at an ε, from above.</summary>
    public static double Delta(IReadOnlyList<(LossDistribution Loss, int Count)> losses, double epsilon)
    {
        if (epsilon >= losses.Sum(item => item.Count * item.Loss.Largest))
        {
            return 0;
        }

        // The saddle point: the least of Σ ln M(t) − tε − ln t(t+1), which is convex in t.
        double At(double log) => losses.Sum(item => item.Count * item.Loss.LogMoment(Math.Exp(log))) - (Math.Exp(log) * epsilon) - log - Precise.Log1P(Math.Exp(log));
        var (low, high) = (-12.0, 12.0);
        for (var i = 0; i < 80; i++)
        {
            var (a, b) = (low + ((high - low) / 3), high - ((high - low) / 3));
            (low, high) = At(a) < At(b) ? (low, b) : (a, high);
        }

        return Math.Min(1, new Contour(losses, Math.Exp((low + high) / 2), epsilon).Delta(epsilon).Upper);
    }

    /// <summary>The ε at a δ where single answers also fail outright with their own δ: 1 − Π(1 − δ_i)(1 − δ') = δ. Null where those exceed δ.</summary>
    public static Bracket? Epsilon(IReadOnlyList<(LossDistribution Loss, int Count)> losses, IEnumerable<double> pointDeltas, double delta)
    {
        var left = -Precise.ExpM1(Precise.Log1P(-delta) - pointDeltas.Sum(point => Precise.Log1P(-point)));
        return left > 0 ? Epsilon(losses, left) : null;
    }

    // The least ε from 0 to most that suffices, δ falling in ε.
    private static double Least(double most, Func<double, bool> suffices)
    {
        if (suffices(0))
        {
            return 0;
        }

        var (low, high) = (0.0, most * (1 + 1e-9));
        for (var i = 0; i < 60 && high - low > 1e-12 * high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = suffices(middle) ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>The nodes of one vertical line, reused for every ε.</summary>
    private sealed class Contour
    {
        private readonly double t;
        private readonly double h;
        private readonly Complex[] values;
        private readonly double scale;
        private readonly double cut;
        private readonly double magnitude;
        private readonly double aliased;

        public Contour(IReadOnlyList<(LossDistribution Loss, int Count)> losses, double t, double near)
        {
            this.t = t;
            double LogMoment(double x) => losses.Sum(item => item.Count * item.Loss.LogMoment(x));
            var step = t / 64;
            scale = LogMoment(t);
            var variance = Math.Max(1e-300, (LogMoment(t + step) - (2 * scale) + LogMoment(t - step)) / (step * step));
            var gaussian = losses.Sum(item => item.Loss is LossDistribution.Gaussian noise ? item.Count * noise.Mu : 0);
            var smooth = losses.Sum(item => item.Count) >= 50 && near < losses.Sum(item => item.Count * item.Loss.Largest) / 2;
            var share = smooth ? AddedToSmooth : AddedVariance;
            var added = gaussian > share * variance ? 0 : share * variance;
            scale += added * (t + (t * t));
            Shift = added == 0 ? 0 : added + (8 * Math.Sqrt(2 * added));
            var decay = gaussian + added;

            // The copies of the transform lie W apart; they must have died away in both directions.
            var apart = Math.Max(36 / t, Math.Max(near, 1e-9) + (16 * Math.Sqrt(variance)));
            h = 2 * Math.PI / apart;
            var end = Math.Sqrt(40 / decay);
            var nodes = (int)Math.Min(MostNodes, Math.Ceiling(end / h) + 1);
            values = new Complex[nodes];
            for (var i = 0; i < nodes; i++)
            {
                var z = new Complex(t, i * h);
                var log = added * (z + (z * z));
                foreach (var (loss, count) in losses)
                {
                    log += count * loss.LogMoment(z);
                }

                values[i] = Complex.Exp(log - scale) / (z * (z + 1)) * (i == 0 ? h / (2 * Math.PI) : h / Math.PI);
                magnitude += Complex.Abs(values[i]);
            }

            // |M(t + iy)| ≤ M(t)·exp(−decay·y²) past the last node.
            var last = (nodes - 0.5) * h;
            cut = Math.Exp(-decay * last * last) / (Math.PI * last);
            aliased = (2 * Math.Exp(-t * apart)) + new[] { 1.5, 2, 4, 8 }.Min(times =>
                Math.Exp(LogMoment(times * t) + (added * times * t * (1 + (times * t))) - (times * t * (near + apart)) + (t * apart)));
        }

        /// <summary>By how much the added Gaussian answer may have raised ε.</summary>
        public double Shift { get; }

        public (double Lower, double Upper) Delta(double epsilon)
        {
            // e^{−i·h·ε·j} by repeated multiplication, set right every 64 steps.
            var sum = 0.0;
            var turn = Complex.FromPolarCoordinates(1, -h * epsilon);
            var phase = Complex.One;
            for (var i = 0; i < values.Length; i++)
            {
                phase = (i & 63) == 0 ? Complex.FromPolarCoordinates(1, -h * epsilon * i) : phase * turn;
                sum += (values[i].Real * phase.Real) - (values[i].Imaginary * phase.Imaginary);
            }

            var weight = Math.Exp(scale - (t * epsilon));
            var error = (cut + (1e-13 * magnitude)) * weight;
            return ((sum * weight) - error - aliased - 2e-15, (sum * weight) + error);
        }
    }
}

/// <summary>A figure known to lie between two.</summary>
/// <param name="Lower">Not above the truth.</param>
/// <param name="Upper">Not below the truth: the one to show.</param>
public readonly record struct Bracket(double Lower, double Upper);
