using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>The law of the privacy loss of one kind of answer under the patient's worst case, by its moments E[exp(zL)].</summary>
/// <remarks>All these laws are the same in both directions (adding and removing a patient), so one integral serves both.</remarks>
public abstract record LossDistribution
{
    private protected LossDistribution()
    {
    }

    /// <summary>The largest loss there can be; infinite for Gaussian noise.</summary>
    public abstract double Largest { get; }

    /// <summary>ln E[exp(zL)] for real z: z·(Rényi divergence of order z + 1).</summary>
    /// <remarks>For small losses as E[exp(zL)] − 1 = E[(exp(zL) − 1 − zL) + z(exp(−L) − 1 + L)], which holds because E[exp(−L)] = 1: no term is
    /// negative, so that nothing cancels.</remarks>
    /// <param name="z">Above 0.</param>
    public double LogMoment(double z) => Largest * (z + 1) < 1 ? Precise.Log1P(LessOne(z)) : LogMoment(new Complex(z, 0)).Real;

    /// <summary>E[exp(zL)] − 1 where losses are small.</summary>
    private protected abstract double LessOne(double z);

    /// <summary>A logarithm of E[exp(zL)]; any branch.</summary>
    internal abstract Complex LogMoment(Complex z);

    /// <summary>Gaussian noise of σ at sensitivity 1. Mironov, CSF 2017.</summary>
    public sealed record Gaussian(double Sigma) : LossDistribution
    {
        public override double Largest => double.PositiveInfinity;

        internal double Mu => 1 / (2 * Sigma * Sigma);

        private protected override double LessOne(double z) => Precise.ExpM1(Mu * (z + (z * z)));

        internal override Complex LogMoment(Complex z) => Mu * (z + (z * z));
    }

    /// <summary>Laplace noise of a scale at sensitivity 1. Mironov, CSF 2017.</summary>
    public sealed record Laplace(double Scale) : LossDistribution
    {
        public override double Largest => 1 / Scale;

        private protected override double LessOne(double z)
        {
            var (c, order) = (1 / Scale, z + 1);
            return ((order * Precise.Beyond(z * c)) + (z * Precise.Beyond(-order * c))) / ((2 * order) - 1);
        }

        // With the largest term taken out: it stays finite for large z.
        internal override Complex LogMoment(Complex z)
        {
            var c = 1 / Scale;
            var lower = Complex.Exp(-c * ((2 * z) + 1));
            return (c * z) + Complex.Log((0.5 * (1 + lower)) + ((1 - lower) / (4 * (z + 0.5))));
        }
    }

    /// <summary>Any ε-differentially private answer: randomized response is the worst of them. Kairouz, Oh and Viswanath 2015.</summary>
    public sealed record Pure(double Epsilon) : LossDistribution
    {
        public override double Largest => Epsilon;

        private protected override double LessOne(double z)
        {
            var half = Math.Sinh(Epsilon * z / 2);
            return (2 * half * half) + (Math.Tanh(Epsilon / 2) * Math.Sinh(Epsilon * z));
        }

        internal override Complex LogMoment(Complex z) =>
            (Epsilon * z) - Precise.Log1P(Math.Exp(-Epsilon)) + Complex.Log(1 + Complex.Exp(-Epsilon * ((2 * z) + 1)));
    }

    /// <summary>Discrete Laplace noise P(x) ∝ exp(−rate·|x|) at a whole sensitivity. Its loss takes sensitivity + 1 values.</summary>
    public sealed record DiscreteLaplace(double Rate, int Sensitivity) : LossDistribution
    {
        public override double Largest => Rate * Sensitivity;

        private protected override double LessOne(double z)
        {
            double At(double loss) => Precise.Beyond(z * loss) + (z * Precise.Beyond(-loss));
            var r = Math.Exp(-Rate);
            var sum = (At(Largest) + (Math.Exp(-Largest) * At(-Largest))) / (1 + r);
            for (var x = 1; x < Sensitivity; x++)
            {
                sum += Math.Tanh(Rate / 2) * Math.Exp(-Rate * x) * At(Rate * (Sensitivity - (2.0 * x)));
            }

            return sum;
        }

        internal override Complex LogMoment(Complex z)
        {
            // Noise at most 0: loss rate·s. Noise x in 1 … s−1: rate·(s − 2x), a geometric series. Noise at least s: −rate·s. Relative to the first.
            var r = Math.Exp(-Rate);
            var power = -Rate * ((2 * z) + 1);
            var sum = (1 + Complex.Exp(Sensitivity * power)) / (1 + r);
            if (Sensitivity > 1)
            {
                sum += Math.Tanh(Rate / 2) * Complex.Exp(power) * Precise.ExpM1((Sensitivity - 1) * power) / Precise.ExpM1(power);
            }

            return (Rate * Sensitivity * z) + Complex.Log(sum);
        }
    }

    /// <summary>Discrete Gaussian noise P(x) ∝ exp(−x²/2σ²) at a whole sensitivity. Canonne, Kamath and Steinke 2020.</summary>
    public sealed record DiscreteGaussian(double Sigma, int Sensitivity) : LossDistribution
    {
        public override double Largest => double.PositiveInfinity;

        private protected override double LessOne(double z) => Precise.ExpM1(LogMoment(new Complex(z, 0)).Real);

        internal override Complex LogMoment(Complex z)
        {
            var (v, s) = (Sigma * Sigma, (double)Sensitivity);
            if (Sigma < 1)
            {
                return Direct(z, v, s);
            }

            var smooth = s * s / (2 * v) * (z + (z * z));

            // Poisson summation: the lattice shows as echoes at multiples of 2πσ²/s along the imaginary axis; the nearest five suffice.
            var nearest = Math.Round(-z.Imaginary * s / (2 * Math.PI * v));
            var strongest = Echo(nearest, z, v, s);
            var sum = Complex.One;
            for (var m = nearest - 2; m <= nearest + 2; m++)
            {
                sum += m == nearest ? 0 : Complex.Exp(Echo(m, z, v, s) - strongest);
            }

            return smooth + strongest + Complex.Log(sum) - Math.Log(1 + (2 * Math.Exp(-2 * Math.PI * Math.PI * v)));
        }

        // The logarithm of the m-th echo, relative to the smooth law.
        private static Complex Echo(double m, Complex z, double v, double s) =>
            new((-2 * Math.PI * Math.PI * v * m * m) - (2 * Math.PI * m * s * z.Imaginary), 2 * Math.PI * m * s * z.Real);

        private static Complex Direct(Complex z, double v, double s)
        {
            // Σ exp(−x²/2v + z·(s² − 2sx)/2v): the terms are largest about x = −s·Re z, and fall as exp(−distance²/2v) on both sides.
            var centre = -s * z.Real;
            var nearest = Math.Round(centre);
            var (sum, total) = (Complex.Zero, 0.0);
            for (var i = -12; i <= 12; i++)
            {
                total += Math.Exp(-i * i / (2 * v));
                var x = nearest + i;
                sum += Complex.FromPolarCoordinates(Math.Exp(-(x - centre) * (x - centre) / (2 * v)), z.Imaginary * s * (s - (2 * x)) / (2 * v));
            }

            return (s * s / (2 * v) * (z.Real + (z.Real * z.Real))) + Complex.Log(sum / total);
        }
    }
}
