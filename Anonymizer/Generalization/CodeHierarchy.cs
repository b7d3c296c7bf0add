namespace Anonymizer.Generalization;

/// <summary>Codes cut to ever shorter prefixes, as postcodes and IBGE or ICD-10 codes are built: <c>35460</c>, <c>354*</c>, <c>3*</c>, <c>*</c>.</summary>
/// <param name="Lengths">Characters kept at level 1, 2, …; falling, each at least 1.</param>
public sealed record CodeHierarchy(IReadOnlyList<int> Lengths)
{
    /// <summary>What is wrong with these lengths, or null.</summary>
    public string? Fault()
    {
        for (var level = 0; level < Lengths.Count; level++)
        {
            if (Lengths[level] < 1 || (level > 0 && Lengths[level] >= Lengths[level - 1]))
            {
                return $"length {Lengths[level]} at level {level + 1} must be at least 1 and below the length before it";
            }
        }

        return null;
    }

    /// <summary>The hierarchy of the values. A code that is no longer than a prefix stands for itself at that level.</summary>
    /// <exception cref="ArgumentException"><see cref="Fault"/> is not null.</exception>
    public Hierarchy Of(IEnumerable<string> values)
    {
        if (Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(values));
        }

        var rows = new List<IReadOnlyList<string>>();
        foreach (var code in values.Where(code => code != Hierarchy.Any).Distinct(StringComparer.Ordinal))
        {
            rows.Add([code, .. Lengths.Select(length => code.Length > length ? code[..length] + Hierarchy.Any : code), Hierarchy.Any]);
        }

        return rows.Count == 0 ? Hierarchy.Flat(values) : Hierarchy.Built(rows);
    }
}
