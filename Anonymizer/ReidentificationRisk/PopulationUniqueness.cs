using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace Anonymizer.ReidentificationRisk;

/// <summary>
/// How many of the sample's uniques are unique in the population too, estimated from the sample's class sizes under three
/// models, of which the rule of Dankar et al. takes one. Estimates, not bounds: where no model can be solved the answer is null.
/// </summary>
/// <param name="SamplingFraction">Rows by population; above 0, at most 1.</param>
/// <param name="Pitman">Expected population uniques, by Pitman's sampling formula.</param>
/// <param name="Zayatz">By Zayatz's; null when there are no sample uniques.</param>
/// <param name="SlideNegativeBinomial">By the slide negative binomial model; null when its equations have no solution.</param>
/// <param name="Chosen">The one that the rule takes: Pitman up to a sampling fraction of 0.1, above it the lower of Zayatz and slide negative binomial.</param>
/// <param name="Share">The chosen number, as a share of the population.</param>
/// <remarks>Dankar, El Emam, Neisa, Roffey, BMC Med. Inform. Decis. Mak. 12:66, 2012; Hoshino, J. Official Statistics 17(4), 2001;
/// Zayatz, US Census Bureau 1991; Chen, Keller-McNulty, J. Official Statistics 14(1), 1998.</remarks>
public sealed record PopulationUniqueness(double SamplingFraction, double? Pitman, double? Zayatz, double? SlideNegativeBinomial, string? Chosen, double Share)
{
    /// <summary>The estimate from the sample's class sizes.</summary>
    /// <param name="population">People in the population, at least as many as rows.</param>
    public static PopulationUniqueness Of(IReadOnlyCollection<long> classSizes, long population)
    {
        var rows = classSizes.Sum();
        ArgumentOutOfRangeException.ThrowIfLessThan(population, rows);
        var fraction = rows == 0 ? 1 : (double)rows / population;
        var sizes = classSizes.GroupBy(size => size).ToDictionary(group => group.Key, group => (double)group.Count());
        var alone = sizes.GetValueOrDefault(1);
        if (alone == 0 || rows == 0)
        {
            return new PopulationUniqueness(fraction, 0, null, null, "none", 0);
        }

        if (fraction >= 1)
        {
            return new PopulationUniqueness(1, alone, alone, alone, "census", alone / rows);
        }

        var pitman = PitmanUniques(sizes, classSizes.Count, rows, population);
        var zayatz = ZayatzUniques(sizes, classSizes.Count, rows, population);
        var slide = SlideUniques(sizes, classSizes.Count, fraction);
        var (chosen, uniques) = Choose(fraction, pitman, zayatz, slide);
        return new PopulationUniqueness(fraction, pitman, zayatz, slide, chosen, Math.Min(uniques ?? alone, population) / population);
    }

    /// <summary>The rule of Dankar et al.; what cannot be solved is passed over.</summary>
    private static (string?, double?) Choose(double fraction, double? pitman, double? zayatz, double? slide)
    {
        if (fraction <= 0.1)
        {
            return pitman is not null ? ("pitman", pitman) : zayatz is not null ? ("zayatz", zayatz) : ("slide negative binomial", slide);
        }

        if (zayatz is null)
        {
            return slide is not null ? ("slide negative binomial", slide) : ("pitman", pitman);
        }

        return slide is null || zayatz < slide ? ("zayatz", zayatz) : ("slide negative binomial", slide);
    }

    /// <summary>θ and α of Pitman's formula by the moments of Hoshino, polished by Newton on the likelihood; expected uniques Γ(θ+1)/Γ(θ+α) · N^α.</summary>
    private static double? PitmanUniques(Dictionary<long, double> sizes, long classes, long rows, long population)
    {
        var (alone, twice) = (sizes[1], sizes.GetValueOrDefault(2));
        if (twice == 0 || classes == rows)
        {
            return null;
        }

        double n = rows, u = classes;
        var c = alone * (alone - 1) / twice;
        var theta = ((n * u * c) - (alone * (n - 1) * ((2 * u) + c))) / ((2 * alone * u) + (alone * c) - (n * c));
        var alpha = ((theta * (alone - n)) + ((n - 1) * alone)) / (n * u);
        double[] Equations(double[] x)
        {
            var (t, a) = (x[0], x[1]);
            // The sums over the classes of 1/(t + ia) and i/(t + ia), in closed form.
            var harmonic = (SpecialFunctions.DiGamma(u + (t / a)) - SpecialFunctions.DiGamma(1 + (t / a))) / a;
            var byTheta = harmonic - (SpecialFunctions.DiGamma(t + n) - SpecialFunctions.DiGamma(t + 1));
            var byAlpha = (u - 1 - (t * harmonic)) / a;
            foreach (var (size, count) in sizes.Where(entry => entry.Key > 1))
            {
                byAlpha -= count * (SpecialFunctions.DiGamma(size - a) - SpecialFunctions.DiGamma(1 - a));
            }

            return [byTheta, byAlpha];
        }

        if (alpha is <= 0 or >= 1 || theta <= 0)
        {
            (theta, alpha) = (Math.Max(1, classes / 2.0), 0.5);
        }

        if (Broyden.TryFindRootWithJacobianStep(Equations, [theta, alpha], 1e-6, 200, 1e-5, out var root) && root[1] is > 0 and < 1 && root[0] > -root[1])
        {
            (theta, alpha) = (root[0], root[1]);
        }

        if (alpha is <= 0 or >= 1 || theta <= -alpha)
        {
            return null;
        }

        var uniques = Math.Exp(SpecialFunctions.GammaLn(theta + 1) - SpecialFunctions.GammaLn(theta + alpha) + (alpha * Math.Log(population)));
        return double.IsFinite(uniques) ? uniques : null;
    }

    /// <summary>Population classes are distributed as the sample's: the share of size 1 among those that give a sample unique, hypergeometrically.</summary>
    private static double? ZayatzUniques(Dictionary<long, double> sizes, long classes, long rows, long population)
    {
        double Unique(long size) => Math.Exp(
            Math.Log(size) + LogChoose(population - size, rows - 1) - LogChoose(population, rows));
        var all = sizes.Where(entry => population - entry.Key >= rows - 1).Sum(entry => entry.Value / classes * Unique(entry.Key));
        var own = sizes[1] / classes * Unique(1);
        var uniques = all == 0 ? double.NaN : sizes[1] * own / all * population / rows;
        return double.IsFinite(uniques) ? uniques : null;
    }

    /// <summary>Class sizes less one are negative binomial in the population, and rows are sampled one by one with the fraction; two equations, for the sample's classes and its uniques.</summary>
    private static double? SlideUniques(Dictionary<long, double> sizes, long classes, double fraction)
    {
        var alone = sizes[1];
        double[] Equations(double[] x)
        {
            // K classes of mean size 1 + a(1 − p)/p: those unseen, and those seen once.
            var (a, p) = (x[0], x[1]);
            var q = 1 - p;
            var g = 1 - fraction;
            var generating = Math.Pow(p / (1 - (q * g)), a);
            var unseen = g * generating;
            var once = fraction * generating * (1 + (g * a * q / (1 - (q * g))));
            var rows = sizes.Sum(entry => entry.Key * entry.Value);
            var total = rows / fraction / (1 + (a * q / p));
            return [(total * (1 - unseen)) - classes, (total * once) - alone];
        }

        foreach (var start in new[] { new[] { 1, 0.5 }, [0.1, 0.1], [0.5, 0.01], [5, 0.5] })
        {
            if (Broyden.TryFindRootWithJacobianStep(Equations, start, 1e-4, 200, 1e-5, out var root) && root[0] > 0 && root[1] is > 0 and < 1)
            {
                var rows = sizes.Sum(entry => entry.Key * entry.Value);
                return rows / fraction / (1 + (root[0] * (1 - root[1]) / root[1])) * Math.Pow(root[1], root[0]);
            }
        }

        return null;
    }

    private static double LogChoose(long n, long k) => n < k
        ? double.NegativeInfinity
        : SpecialFunctions.GammaLn(n + 1.0) - SpecialFunctions.GammaLn(k + 1.0) - SpecialFunctions.GammaLn(n - k + 1.0);
}
