using System.Buffers.Binary;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Generalization;
using Anonymizer.Tables;

namespace Anonymizer.Releases;

/// <summary>
/// A k-anonymous file that is also (ε, δ)-differentially private: each patient's row is drawn with probability β, generalized at
/// levels that do not depend on the data, and classes below k are suppressed. All written attributes are generalized; nothing
/// else of a row leaves. One row a patient.
/// </summary>
/// <param name="Epsilon">ε of the release; above 0.</param>
/// <param name="Delta">δ of the release, an upper bound; below the δ that was asked for.</param>
/// <param name="SamplingProbability">β, a multiple of 2⁻³², at most 1 − e^−ε.</param>
/// <param name="K">The least rows of a class of the sample.</param>
/// <remarks>Bild, Kuhn, Prasser, PoPETs 2018(1); Li, Qardaji, Su, ASIACCS 2012, Theorem 1: δ is the largest, over all n from ⌈k/γ − 1⌉ up, of
/// the chance that more than γn of n rows are drawn, γ = (e^ε − 1 + β)/e^ε. The levels must come from outside the table: levels found by a
/// search on it void the claim. Charged as δ-approximate ε²/2-zCDP (Bun, Steinke, TCC 2016, section 8; Kairouz, Oh, Viswanath 2015).</remarks>
public sealed record SafePub(double Epsilon, double Delta, double SamplingProbability, int K)
{
    /// <summary>The largest k that is tried.</summary>
    public const int LargestK = 2000;

    private const double Grid = 1.0 / (1L << 32);

    /// <summary>The largest β that ε allows, and the smallest k that brings δ to the bound; null when no k up to <see cref="LargestK"/> does.</summary>
    /// <param name="epsilon">From 0.01 to 10.</param>
    /// <param name="delta">From 1e-15 to below 1.</param>
    public static SafePub? For(double epsilon, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(epsilon is >= 0.01 and <= 10, true, nameof(epsilon));
        ArgumentOutOfRangeException.ThrowIfNotEqual(delta is >= 1e-15 and < 1, true, nameof(delta));
        var beta = Math.Floor((1 - Math.Exp(-epsilon)) / Grid) * Grid;
        for (var k = 2; k <= LargestK; k++)
        {
            var reached = DeltaOf(k, beta, epsilon);
            if (reached <= delta)
            {
                return new SafePub(epsilon, reached, beta, k);
            }
        }

        return null;
    }

    /// <summary>What the release is charged to the register.</summary>
    public PrivacyLoss Charge => PrivacyLoss.OfPure(Rational.FromDouble(Epsilon)) with { Delta = (ulong)Math.Ceiling(Delta * 1e18) };

    /// <summary>Draws, generalizes and suppresses. The classes are numbered anew; a row that was not drawn is in none, as a suppressed one is.</summary>
    /// <param name="levels">One level for each quasi-identifier, chosen without looking at the table.</param>
    /// <param name="random">Each row takes four bytes.</param>
    public RecodedTable Release(Table table, IReadOnlyList<QuasiIdentifier> attributes, IReadOnlyList<int> levels, IRandomSource random)
    {
        var encoded = EncodedTable.Of(table, attributes, [], 1);
        var threshold = (uint)(SamplingProbability / Grid);
        var drawn = new bool[table.Count];
        Span<byte> bytes = stackalloc byte[4];
        for (var row = 0; row < drawn.Length; row++)
        {
            random.Fill(bytes);
            drawn[row] = BinaryPrimitives.ReadUInt32LittleEndian(bytes) < threshold;
        }

        var names = Enumerable.Range(0, encoded.Base.Count)
            .Select(part => string.Join('\u001f', levels.Select((level, place) => encoded.Label(encoded.Base, part, place, level)))).ToArray();
        var rows = Enumerable.Range(0, drawn.Length).Where(row => drawn[row] && encoded.ClassOfRow[row] != EncodedTable.Suppressed);
        var classes = rows.GroupBy(row => names[encoded.ClassOfRow[row]], StringComparer.Ordinal).Where(group => group.Count() >= K)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray()).ToList();
        var classOfRow = new int[table.Count];
        classOfRow.AsSpan().Fill(RecodedTable.Suppressed);
        var kept = new List<RecodedClass>();
        foreach (var members in classes)
        {
            foreach (var row in members)
            {
                classOfRow[row] = kept.Count;
            }

            kept.Add(new RecodedClass(names[encoded.ClassOfRow[members[0]]].Split('\u001f'), members.Length));
        }

        var suppressed = table.Count - kept.Sum(each => each.Rows);
        return new RecodedTable(new Recoding(attributes, levels, kept, table.Count, suppressed, encoded.UnmappedCells, 0), classOfRow);
    }

    /// <summary>δ for k, rounded up by a part in 10⁹ for the arithmetic; the tail of each n is summed until Chernoff's bound is below what was found.</summary>
    internal static double DeltaOf(int k, double beta, double epsilon)
    {
        var gamma = (Math.Exp(epsilon) - 1 + beta) / Math.Exp(epsilon);
        var divergence = (gamma * Math.Log(gamma / beta)) + ((1 - gamma) * Math.Log((1 - gamma) / (1 - beta)));
        var largest = 0.0;
        for (var n = Math.Max(1, (int)Math.Ceiling((k / gamma) - 1)); Math.Exp(-n * divergence) > largest; n++)
        {
            largest = Math.Max(largest, TailAbove(n, beta, gamma * n));
        }

        return Math.Min(1, largest * (1 + 1e-9));
    }

    /// <summary>The chance that a binomial number is above the bound.</summary>
    private static double TailAbove(int n, double p, double bound)
    {
        var first = (int)Math.Floor(bound) + 1;
        var sum = 0.0;
        for (var j = n; j >= first; j--)
        {
            sum += Math.Exp(LogChoose(n, j) + (j * Math.Log(p)) + ((n - j) * Math.Log(1 - p)));
        }

        return sum;
    }

    private static double LogChoose(int n, int k) =>
        MathNet.Numerics.SpecialFunctions.FactorialLn(n) - MathNet.Numerics.SpecialFunctions.FactorialLn(k) - MathNet.Numerics.SpecialFunctions.FactorialLn(n - k);
}
