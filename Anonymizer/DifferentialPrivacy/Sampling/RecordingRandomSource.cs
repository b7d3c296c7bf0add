using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>One draw as the recorder saw it.</summary>
/// <param name="Label">What it was drawn for.</param>
/// <param name="Kind">The distribution.</param>
/// <param name="Scale">Its parameter, exactly.</param>
/// <param name="Branch">Which way the engine went; data must not move it.</param>
/// <param name="Exact">The value before noise, in grid units; null where a draw chooses rather than adds.</param>
public sealed record Draw(string Label, string Kind, string Scale, string Branch, BigInteger? Exact);

/// <summary>A source that also notes every draw, to compare two neighbouring tables draw by draw (arXiv 2602.17454).</summary>
/// <remarks>The notes hold exact values: for tests only, never for a host.</remarks>
public sealed class RecordingRandomSource : IRandomSource
{
    private readonly IRandomSource inner;
    private readonly string label;
    private readonly List<Draw> draws;

    public RecordingRandomSource(IRandomSource inner)
        : this(inner, "", [])
    {
    }

    private RecordingRandomSource(IRandomSource inner, string label, List<Draw> draws)
    {
        this.inner = inner;
        this.label = label;
        this.draws = draws;
    }

    /// <summary>The draws so far, of this source and all made from it, in order.</summary>
    public IReadOnlyList<Draw> Draws => draws;

    public void Fill(Span<byte> bytes) => inner.Fill(bytes);

    public IRandomSource For(string label) => new RecordingRandomSource(inner.For(label), this.label + "/" + label, draws);

    internal void Note(string kind, string scale, string branch, BigInteger? exact) => draws.Add(new Draw(label, kind, scale, branch, exact));
}
