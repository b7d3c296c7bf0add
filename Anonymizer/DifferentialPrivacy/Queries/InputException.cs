namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>A question, schema or setting that cannot be taken. It depends on the request alone, never on data.</summary>
public sealed class InputException : Exception
{
    /// <param name="field">Where, as a path: <c>measures[1].lower</c>.</param>
    /// <param name="value">What was given, as given.</param>
    /// <param name="allowed">What would be taken.</param>
    public InputException(string field, string value, string allowed)
        : base($"{field}: {Shorten(value)} is not allowed; {allowed}")
    {
        Field = field;
        Value = Shorten(value);
        Allowed = allowed;
    }

    public string Field { get; }

    public string Value { get; }

    public string Allowed { get; }

    private static string Shorten(string value) => value.Length <= 80 ? value : value[..77] + "...";
}
