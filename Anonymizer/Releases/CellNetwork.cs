namespace Anonymizer.Releases;

/// <summary>A cell of a table with totals.</summary>
internal sealed class TableCell(int row, int column, long count, int from, int to)
{
    public int Row => row;

    public int Column => column;

    public long Count => count;

    /// <summary>The equation that the cell leaves in the circulation.</summary>
    public int From => from;

    /// <summary>The equation that it enters.</summary>
    public int To => to;

    public bool IsHidden { get; set; }
}

/// <summary>
/// A table with its totals as a circulation: each row and each column is an equation, a node; each cell flows from its row to its column, and each total
/// back. What an attacker may believe of the hidden cells is every circulation that keeps the shown ones, so his bounds are largest flows, and whole.
/// </summary>
internal sealed class CellNetwork
{
    private const long Unbounded = long.MaxValue / 4;

    private readonly int nodes;
    private readonly List<TableCell>[] touching;

    public CellNetwork(long[,] counts)
    {
        var (rows, columns) = (counts.GetLength(0), counts.GetLength(1));
        if (rows == 0 || columns == 0)
        {
            throw new ArgumentException($"the table has {rows} rows and {columns} columns; at least one of each is needed", nameof(counts));
        }

        // One row alone has no column totals beside its cells, and one column alone no row totals: they would be the cells again.
        var cells = new List<TableCell>();
        int Row(int row) => row;
        int Column(int column) => rows + 1 + column;
        var (byRow, byColumn, all) = (new long[rows], new long[columns], 0L);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var count = counts[row, column];
                ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
                cells.Add(new TableCell(row, column, count, Row(row), Column(column)));
                byRow[row] += count;
                byColumn[column] += count;
                all = checked(all + count);
            }
        }

        if (rows == 1 || columns == 1)
        {
            // A line of cells and its total: each cell from one equation to the other, the total back.
            cells = [.. cells.Select(cell => new TableCell(cell.Row, cell.Column, cell.Count, 0, 1)), new TableCell(rows == 1 ? 0 : rows, columns == 1 ? 0 : columns, all, 1, 0)];
            nodes = 2;
        }
        else
        {
            cells.AddRange(byRow.Select((count, row) => new TableCell(row, columns, count, Column(columns), Row(row))));
            cells.AddRange(byColumn.Select((count, column) => new TableCell(rows, column, count, Column(column), Row(rows))));
            cells.Add(new TableCell(rows, columns, all, Row(rows), Column(columns)));
            nodes = rows + columns + 2;
        }

        Cells = cells;
        touching = [.. Enumerable.Range(0, nodes).Select(node => cells.Where(cell => cell.From == node || cell.To == node).ToList())];
    }

    public IReadOnlyList<TableCell> Cells { get; }

    /// <summary>By how much an attacker must allow the cell to be more, or less, than it is; from the hidden cells alone. At most the cell's count downwards.</summary>
    public long Slack(TableCell cell, bool up)
    {
        // More of the cell is a flow back from its head to its tail through the others; less is one from tail to head.
        var (start, end) = up ? (cell.To, cell.From) : (cell.From, cell.To);
        var change = Cells.Where(other => other.IsHidden && other != cell).ToDictionary(other => other, _ => 0L);
        var most = up ? Unbounded : cell.Count;
        var total = 0L;
        while (total < most && Widest(start, end, most - total, change) is { } path)
        {
            var amount = path.Select(step => step.Forward ? Unbounded : step.Cell.Count + change[step.Cell]).Append(most - total).Min();
            if (amount >= Unbounded / 2)
            {
                return Unbounded;
            }

            path.ForEach(step => change[step.Cell] += step.Forward ? amount : -amount);
            total += amount;
        }

        return total;
    }

    /// <summary>The other cells of a cycle through the cell in which it can change by so much, hiding as little as possible; null when there is none.</summary>
    public IReadOnlyList<TableCell>? CheapestWay(TableCell cell, bool up, long amount)
    {
        var (start, end) = up ? (cell.To, cell.From) : (cell.From, cell.To);
        var (cost, came) = (new long[nodes], new TableCell?[nodes]);
        Array.Fill(cost, long.MaxValue);
        cost[start] = 0;
        var open = new PriorityQueue<int, long>([(start, 0)]);
        while (open.TryDequeue(out var node, out var sofar))
        {
            if (sofar > cost[node])
            {
                continue;
            }

            foreach (var step in touching[node].Where(step => step != cell && (step.From == node || step.Count >= amount)))
            {
                var next = step.From == node ? step.To : step.From;
                var price = sofar + (step.IsHidden ? 0 : step.Count + 1);
                if (price < cost[next])
                {
                    (cost[next], came[next]) = (price, step);
                    open.Enqueue(next, price);
                }
            }
        }

        if (cost[end] == long.MaxValue)
        {
            return null;
        }

        var path = new List<TableCell>();
        for (var node = end; node != start; node = came[node]!.From == node ? came[node]!.To : came[node]!.From)
        {
            path.Add(came[node]!);
        }

        return path;
    }

    // A shortest way on which something can still be moved (Edmonds and Karp).
    private List<(TableCell Cell, bool Forward)>? Widest(int start, int end, long wanted, Dictionary<TableCell, long> change)
    {
        var came = new (TableCell Cell, bool Forward)?[nodes];
        var seen = new bool[nodes];
        seen[start] = true;
        var open = new Queue<int>([start]);
        while (wanted > 0 && open.TryDequeue(out var node) && !seen[end])
        {
            foreach (var step in touching[node].Where(change.ContainsKey))
            {
                var forward = step.From == node;
                var next = forward ? step.To : step.From;
                if (!seen[next] && (forward || step.Count + change[step] > 0))
                {
                    (seen[next], came[next]) = (true, (step, forward));
                    open.Enqueue(next);
                }
            }
        }

        if (!seen[end])
        {
            return null;
        }

        var path = new List<(TableCell, bool)>();
        for (var node = end; node != start; node = came[node]!.Value.Forward ? came[node]!.Value.Cell.From : came[node]!.Value.Cell.To)
        {
            path.Add(came[node]!.Value);
        }

        return path;
    }
}
