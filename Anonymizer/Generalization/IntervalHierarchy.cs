using System.Globalization;

namespace Anonymizer.Generalization;

/// <summary>
/// Numbers in intervals that widen with the level: each level's width is a multiple of the one below, and intervals begin at
/// multiples of their width from an origin. The bounds are declared, never read off the data, and values outside them fall
/// into <c>&lt;lower</c> and <c>&gt;=upper</c> from level 1 on, so that an age of 93 under an upper bound of 90 is written <c>90+</c>.
/// </summary>
/// <param name="Lower">The smallest value with an interval of its own.</param>
/// <param name="Upper">The first value without one; greater than <paramref name="Lower"/>.</param>
/// <param name="Widths">The widths of level 1, 2, …; each a multiple of the one before.</param>
public sealed record IntervalHierarchy(long Lower, long Upper, IReadOnlyList<long> Widths)
{
    /// <summary>What is wrong with these numbers, or null.</summary>
    public string? Fault()
    {
        if (Upper <= Lower)
        {
            return $"upper is {Upper} but must be above lower, which is {Lower}";
        }

        for (var level = 0; level < Widths.Count; level++)
        {
            if (Widths[level] < 1 || (level > 0 && Widths[level] % Widths[level - 1] != 0))
            {
                return $"width {Widths[level]} at level {level + 1} must be at least 1 and a multiple of the width below it";
            }
        }

        return null;
    }

    /// <summary>The hierarchy of every integer of [lower, upper) and of the other integers among the values; what is no integer is left out.</summary>
    /// <exception cref="ArgumentException"><see cref="Fault"/> is not null.</exception>
    public Hierarchy Of(IEnumerable<string> values)
    {
        if (Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(values));
        }

        var inside = new HashSet<string>(StringComparer.Ordinal);
        var rows = new List<IReadOnlyList<string>>();
        for (var number = Lower; number < Upper; number++)
        {
            var text = number.ToString(CultureInfo.InvariantCulture);
            inside.Add(text);
            rows.Add(RowOf(text, number));
        }

        foreach (var text in values)
        {
            if (inside.Add(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                rows.Add(RowOf(text, number));
            }
        }

        return Hierarchy.Built(rows);
    }

    private string[] RowOf(string text, long number)
    {
        var row = new string[Widths.Count + 2];
        row[0] = text;
        row[^1] = Hierarchy.Any;
        for (var level = 0; level < Widths.Count; level++)
        {
            row[level + 1] = LabelOf(number, Widths[level]);
        }

        return row;
    }

    private string LabelOf(long number, long width)
    {
        if (number < Lower)
        {
            return string.Create(CultureInfo.InvariantCulture, $"<{Lower}");
        }

        if (number >= Upper)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Upper}+");
        }

        var from = Lower + ((number - Lower) / width * width);
        var to = Math.Min(from + width, Upper) - 1;
        return from == to ? number.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{from}-{to}");
    }
}
