namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>Where random bytes come from. Every draw of the engine takes its own source, named by what it is drawn for.</summary>
public interface IRandomSource
{
    /// <summary>Fills the span with independent, uniform bytes, and moves on.</summary>
    void Fill(Span<byte> bytes);

    /// <summary>An independent source, the same for the same label however much was drawn from this one before.</summary>
    IRandomSource For(string label);
}
