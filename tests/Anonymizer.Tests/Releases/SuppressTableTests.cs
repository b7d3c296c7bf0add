using Anonymizer.Releases;
using Xunit;

namespace Anonymizer.Tests.Releases;

/// <summary>O5, tables without noise: what is hidden does not follow from what is shown.</summary>
public class SuppressTableTests
{
    /// <summary>Goal: the one small cell of a grid cannot be computed from its totals. Method: solve for it by trying every table that agrees with what is shown:
    /// with only the small cell hidden there is one; with what is hidden besides, its values reach from 0 to the floor.</summary>
    [Fact]
    public void The_one_small_cell_of_a_grid_cannot_be_recovered()
    {
        long[,] counts = { { 20, 3, 15 }, { 18, 22, 30 }, { 40, 25, 19 } };
        var alone = new bool[4, 4];
        alone[0, 1] = true;
        Assert.Equal([3L], Enumerable.Range(0, 60).Select(value => (long)value).Where(value => Exists(counts, alone, 0, 1, value, value, 60)));

        var hidden = SuppressTable.Hidden(counts, 11);
        Assert.True(hidden[0, 1]);
        Assert.All(Enumerable.Range(0, 12), value => Assert.True(Exists(counts, hidden, 0, 1, value, value, 60), $"{value}"));
        Assert.True(hidden.Cast<bool>().Count(cell => cell) <= 6);
    }

    /// <summary>Goal: no small cell is narrowed down and no hidden one is known, in any table. Method: 300 drawn tables of 1 to 3 rows and columns, with zeros and
    /// empty rows; among the tables that agree with what is shown each small cell is 0 in one and the floor or more in one, and each other hidden cell has another value in one.</summary>
    [Fact]
    public void What_is_hidden_follows_in_no_table_from_what_is_shown()
    {
        const int Floor = 3;
        for (var seed = 0; seed < 300; seed++)
        {
            var draw = new Random(seed);
            var counts = new long[1 + draw.Next(3), 1 + draw.Next(3)];
            for (var row = 0; row < counts.GetLength(0); row++)
            {
                for (var column = 0; column < counts.GetLength(1); column++)
                {
                    counts[row, column] = draw.Next(3) == 0 ? draw.Next(3) : 3 + draw.Next(5);
                }
            }

            var all = WithTotals(counts);
            var hidden = SuppressTable.Hidden(counts, Floor);
            for (var row = 0; row < all.GetLength(0); row++)
            {
                for (var column = 0; column < all.GetLength(1); column++)
                {
                    var (count, what) = (all[row, column], $"seed {seed}, cell {row},{column} = {all[row, column]}");
                    Assert.True(hidden[row, column] || count >= Floor, what);
                    bool Can(long from, long to) => Exists(counts, hidden, row, column, from, to, 15);
                    Assert.True(!hidden[row, column] || (count < Floor ? Can(0, 0) && Can(Floor, 1_000) : (count > 0 && Can(0, count - 1)) || Can(count + 1, 1_000)), what);
                }
            }
        }
    }

    /// <summary>Goal: nothing is hidden that need not be. Method: a table without a small cell; and one of 40 by 40, of which a twentieth is small, in which less than a third is hidden.</summary>
    [Fact]
    public void A_table_without_small_cells_is_shown_whole()
    {
        Assert.DoesNotContain(true, SuppressTable.Hidden(new long[,] { { 11, 12 }, { 13, 14 } }, 11).Cast<bool>());
        var draw = new Random(5);
        var counts = new long[40, 40];
        for (var cell = 0; cell < 1600; cell++)
        {
            counts[cell / 40, cell % 40] = draw.Next(20) == 0 ? draw.Next(11) : 11 + draw.Next(100);
        }

        var hidden = SuppressTable.Hidden(counts, 11).Cast<bool>().Count(cell => cell);
        Assert.InRange(hidden, 1, 41 * 41 / 3);
    }

    private static long[,] WithTotals(long[,] counts)
    {
        var (rows, columns) = (counts.GetLength(0), counts.GetLength(1));
        var all = new long[rows + 1, columns + 1];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                all[row, column] = counts[row, column];
                all[row, columns] += counts[row, column];
                all[rows, column] += counts[row, column];
                all[rows, columns] += counts[row, column];
            }
        }

        return all;
    }

    // Whether some table agrees with what is shown and has a value within these at one cell, by trying cell after cell.
    private static bool Exists(long[,] counts, bool[,] hidden, int atRow, int atColumn, long from, long to, long largest)
    {
        var (rows, columns) = (counts.GetLength(0), counts.GetLength(1));
        var (low, high) = (WithTotals(counts), WithTotals(counts));
        for (var cell = 0; cell < low.Length; cell++)
        {
            var (row, column) = (cell / (columns + 1), cell % (columns + 1));
            if (hidden[row, column])
            {
                (low[row, column], high[row, column]) = (0, row < rows && column < columns ? largest : largest * rows * columns);
            }
        }

        (low[atRow, atColumn], high[atRow, atColumn]) = (Math.Max(from, low[atRow, atColumn]), Math.Min(to, high[atRow, atColumn]));
        var (byRow, byColumn, all) = (new long[rows], new long[columns], 0L);
        return Try(0);

        bool Try(int place)
        {
            if (place == rows * columns)
            {
                return true;
            }

            var (row, column) = (place / columns, place % columns);
            var least = low[row, column];
            var most = Math.Min(high[row, column], Math.Min(high[row, columns] - byRow[row], Math.Min(high[rows, column] - byColumn[column], high[rows, columns] - all)));
            least = column == columns - 1 ? Math.Max(least, low[row, columns] - byRow[row]) : least;
            least = row == rows - 1 ? Math.Max(least, low[rows, column] - byColumn[column]) : least;
            least = place == (rows * columns) - 1 ? Math.Max(least, low[rows, columns] - all) : least;
            for (var value = least; value <= most; value++)
            {
                (byRow[row], byColumn[column], all) = (byRow[row] + value, byColumn[column] + value, all + value);
                var found = Try(place + 1);
                (byRow[row], byColumn[column], all) = (byRow[row] - value, byColumn[column] - value, all - value);
                if (found)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
