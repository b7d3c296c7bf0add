namespace Silos.Verifier;

/// <summary>What was checked, one line each, as it is found: <c>ok</c>, <c>WRONG</c>, or <c>note</c> for what is worth knowing and no fault.</summary>
internal sealed class Findings(TextWriter output)
{
    private const int MostReasons = 10;

    /// <summary>What is wrong, in the order it was found.</summary>
    public List<string> Wrong { get; } = [];

    /// <returns>Whether it holds.</returns>
    public bool Check(bool holds, string what, string wrong)
    {
        if (!holds)
        {
            Wrong.Add(wrong);
        }

        output.WriteLine(holds ? $"ok     {what}" : $"WRONG  {wrong}");
        return holds;
    }

    public void Note(string what) => output.WriteLine($"note   {what}");

    /// <summary>The last line, and the program's exit code: 0, or 1 with the reasons.</summary>
    public int Conclude(string subject)
    {
        output.WriteLine(Wrong.Count == 0 ? $"{subject} verified" : $"{subject} NOT verified: {string.Join("; ", Wrong.Distinct().Take(MostReasons))}");
        return Wrong.Count == 0 ? 0 : 1;
    }
}
