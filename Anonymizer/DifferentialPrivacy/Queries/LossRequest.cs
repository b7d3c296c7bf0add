namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>The privacy loss that a question asks for, whole: (ε, δ), or pure ε where δ is 0.</summary>
/// <param name="Epsilon">From 0.000001 to 1,000.</param>
/// <param name="Delta">0, or from 1e-15 to 0.5.</param>
public sealed record LossRequest(Rational Epsilon, Rational Delta)
{
    private static readonly Rational SmallestEpsilon = new(1, 1_000_000);
    private static readonly Rational SmallestDelta = new(1, 1_000_000_000_000_000);
    private static readonly Rational LargestDelta = new(1, 2);

    public bool IsPure => Delta.Sign == 0;

    internal static LossRequest Read(Fields query)
    {
        var fields = new Fields(query.Element("loss"), "loss", "epsilon", "delta");
        var epsilon = fields.Number("epsilon");
        if (epsilon < SmallestEpsilon || epsilon > 1_000)
        {
            throw new InputException("loss.epsilon", epsilon.ToString(), "ε is from 0.000001 to 1000");
        }

        var delta = fields.Has("delta") ? fields.Number("delta") : 0;
        return delta.Sign == 0 || (delta >= SmallestDelta && delta <= LargestDelta)
            ? new LossRequest(epsilon, delta)
            : throw new InputException("loss.delta", delta.ToString(), "δ is 0, or from 1e-15 to 0.5");
    }
}
