namespace Anonymizer.Generalization;

/// <summary>Why rows make no hierarchy: the value and the row (counted from 1, as an editor shows it) at fault.</summary>
public sealed record HierarchyFault(int Row, string Value, string Reason)
{
    public override string ToString() => $"row {Row}, value '{Value}': {Reason}";
}
