namespace Anonymizer.LatticeSearch;

/// <summary>One class: its parts, the levels at which they agree, and what that costs; <c>Floor</c> is the cost at level 0.</summary>
internal sealed class LocalClass(List<int> parts, long rows, int[] levels, double cost, double floor)
{
    public List<int> Parts { get; private set; } = parts;

    public long Rows { get; private set; } = rows;

    public int[] Levels { get; private set; } = levels;

    /// <summary>The first part's level-0 codes, by column.</summary>
    public int[] Codes { get; set; } = [];

    public double Cost { get; private set; } = cost;

    public double Floor { get; private set; } = floor;

    /// <summary>Takes over what another class is.</summary>
    public void Become(LocalClass other) =>
        (Parts, Rows, Levels, Codes, Cost, Floor) = (other.Parts, other.Rows, other.Levels, other.Codes, other.Cost, other.Floor);
}
