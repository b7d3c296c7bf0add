namespace Anonymizer.Releases;

/// <summary>
/// Which cells of a table of counts that is released without noise are not shown: every small one, and so many others that no small one follows from the
/// totals. A table has rows, columns, and a total of each and of all; what follows from them is found exactly, by the bounds that an attacker would solve for.
/// </summary>
/// <remarks>Cox, JASA 75(370), 1980 (complementary suppression); Fischetti and Salazar, Mathematical Programming 84, 1999 (attacker's bounds as network flows).
/// Claim: whoever has all shown cells, and knows that counts are whole and not negative, has for each small cell an interval that holds all from 0 to the floor,
/// and for no hidden cell one value. Limits: of one table; two tables that share cells, and tables of three ways, may tell together what neither tells alone.
/// Cells are hidden greedily, the smallest sums first: not the fewest possible. 0 is small: it looks like every other hidden cell.</remarks>
public static class SuppressTable
{
    /// <summary>Decides each cell.</summary>
    /// <param name="counts">By row and column, without totals; at least one of each, and none below 0.</param>
    /// <param name="floor">Counts below this are small; from 1 to 1,000,000; 11 by default in ResearchHub.</param>
    /// <returns>Whether each cell is hidden; a row and a column more than <paramref name="counts"/>, for the totals.</returns>
    public static bool[,] Hidden(long[,] counts, int floor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(floor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(floor, 1_000_000);
        var network = new CellNetwork(counts);
        var found = network.Cells.Where(cell => cell.Count < floor).ToList();
        found.ForEach(cell => cell.IsHidden = true);

        // What is hidden later only adds to what is possible, so a cell that is safe stays so. Each step hides at least one cell more, so it ends.
        for (var next = 0; next < found.Count; next++)
        {
            while (Open(network, found[next], floor) is { } up && network.Cells.Any(cell => !cell.IsHidden))
            {
                var more = More(network, found[next], up, floor);
                more.ForEach(cell => cell.IsHidden = true);
                found.AddRange(more);
            }
        }

        var hidden = new bool[counts.GetLength(0) + 1, counts.GetLength(1) + 1];
        foreach (var cell in network.Cells)
        {
            hidden[cell.Row, cell.Column] = cell.IsHidden;
        }

        // A total that says what one row or column says already is hidden with it.
        if (counts.GetLength(0) == 1)
        {
            for (var column = 0; column <= counts.GetLength(1); column++)
            {
                hidden[1, column] = hidden[0, column];
            }
        }

        if (counts.GetLength(1) == 1)
        {
            for (var row = 0; row <= counts.GetLength(0); row++)
            {
                hidden[row, 1] = hidden[row, 0];
            }
        }

        return hidden;
    }

    // In which direction too little is possible for a hidden cell, up being true; null when it is safe.
    private static bool? Open(CellNetwork network, TableCell cell, int floor)
    {
        var up = network.Slack(cell, up: true);
        if (cell.Count < floor)
        {
            return up < floor - cell.Count ? true : network.Slack(cell, up: false) < cell.Count ? false : null;
        }

        return up == 0 && network.Slack(cell, up: false) == 0 ? true : null;
    }

    // The cells to hide besides: a cheapest cycle in which it can move as far as it must, or at all, or else the smallest that is shown.
    private static List<TableCell> More(CellNetwork network, TableCell cell, bool up, int floor)
    {
        var far = cell.Count >= floor ? 1 : up ? floor - cell.Count : cell.Count;
        foreach (var amount in new[] { far, 1 })
        {
            if (network.CheapestWay(cell, up, amount)?.Where(step => !step.IsHidden).ToList() is { Count: > 0 } way)
            {
                return way;
            }
        }

        return [network.Cells.Where(other => !other.IsHidden).MinBy(other => other.Count)!];
    }
}
