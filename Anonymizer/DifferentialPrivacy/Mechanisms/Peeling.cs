using System.Globalization;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>The best k of several candidates, by choosing one, taking it away, and choosing again. k choices are charged.</summary>
/// <remarks>Durfee and Rogers, NeurIPS 2019: with the exponential mechanism this is the one-shot Gumbel top-k.</remarks>
public static class Peeling
{
    /// <summary>The probability of each ordered outcome, keyed as <c>2,0</c>.</summary>
    /// <param name="scores">At least k.</param>
    /// <param name="k">At least 1.</param>
    /// <param name="law">The probabilities of one choice among scores.</param>
    public static IReadOnlyDictionary<string, double> Law(IReadOnlyList<double> scores, int k, Func<double[], double[]> law)
    {
        var outcomes = new Dictionary<string, double>(StringComparer.Ordinal);
        Peel([], [.. Enumerable.Range(0, scores.Count)], 1);
        return outcomes;

        void Peel(int[] chosen, int[] left, double probability)
        {
            if (chosen.Length == k)
            {
                outcomes.Add(string.Join(',', chosen.Select(index => index.ToString(CultureInfo.InvariantCulture))), probability);
                return;
            }

            var next = law([.. left.Select(index => scores[index])]);
            for (var i = 0; i < left.Length; i++)
            {
                Peel([.. chosen, left[i]], [.. left.Where(index => index != left[i])], probability * next[i]);
            }
        }
    }
}
