using Anonymizer.Generalization;

namespace Anonymizer.LatticeSearch;

/// <summary>Looks at one transformation after another, each rolled up from the nearest finer one. One instance a worker.</summary>
internal sealed class Evaluator(SearchProblem problem, Snapshots snapshots)
{
    private readonly RollUp rollUp = new(problem.Encoded);
    private bool[] marks = new bool[64];

    /// <summary>Counts the classes of the transformation, judges and, if it is within the suppression limit, scores it.</summary>
    public Evaluation Evaluate(ReadOnlySpan<int> levels)
    {
        var (source, from) = snapshots.Finest(levels);
        var classes = rollUp.To(source, from, levels);
        snapshots.Offer(classes, levels, source.Count);
        if (marks.Length < classes.Count)
        {
            marks = new bool[classes.Count * 2];
        }

        var suppressed = marks.AsSpan(0, classes.Count);
        var verdict = problem.Judge(classes, suppressed);
        var bound = problem.Scorer.ClassBound(classes);
        return verdict.Rows > problem.LimitRows
            ? new Evaluation(verdict, null, bound)
            : new Evaluation(verdict, problem.Scorer.Score(classes, levels, suppressed, verdict.Rows, verdict.Classes), bound);
    }
}

/// <summary>One transformation looked at.</summary>
/// <param name="Score">Its score, or null when it suppresses more than the limit.</param>
/// <param name="Bound">No coarser transformation scores below it.</param>
internal readonly record struct Evaluation(Verdict Verdict, double? Score, double Bound);
