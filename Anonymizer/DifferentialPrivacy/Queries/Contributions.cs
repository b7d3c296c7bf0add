using Anonymizer.DifferentialPrivacy.Queries.Tallies;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>The rows that count and the groups they count in, after filter, cohort and contribution bound.</summary>
/// <remarks>
/// A patient's rows, then her groups, are kept by a pseudo-random order of their names where there are too many (<see cref="ContributionNames"/>):
/// another patient, or the order of the file, changes nothing about the choice.
/// What needs no draw is found once, so that further answers choose for those patients only who exceed the bound.
/// Where no patient can exceed the bound, rows are streamed and none is copied.
/// </remarks>
internal sealed class Contributions
{
    private const int Block = 512;

    private readonly Query query;
    private readonly Table table;
    private readonly RowFilter filter;
    private readonly CategoryColumn units;
    private readonly ContributionChoice? choice;
    private readonly bool[] cohort;

    public Contributions(Query query, Table table, ReadOnlySpan<bool> inCohort)
    {
        if (inCohort.Length != 0 && inCohort.Length != table.Count)
        {
            throw new ArgumentException($"the cohort speaks of {inCohort.Length} rows where the table has {table.Count}", nameof(inCohort));
        }

        this.query = query;
        this.table = table;
        cohort = inCohort.ToArray();
        units = Columns.Units(table, query.Schema.Unit);
        filter = new RowFilter(query, table, units);
        Grouping = new Grouping(query, table);
        var bound = query.Bound;
        var mayExceed = units.LargestClass > bound.Rows || (query.GroupBy.Count > 0 && units.LargestClass > bound.Groups);
        if (mayExceed || Grouping.ManyKeys || !Grouping.IsDense)
        {
            choice = Gather();
        }
    }

    /// <summary>Whether some patient exceeds the bound, so that each answer makes a choice of its own.</summary>
    public bool IsRandom => choice is { AnyExceeds: true };

    public Grouping Grouping { get; }

    /// <summary>Whether each patient has one row at most, so that rows and patients are one count.</summary>
    public bool OneRowPerUnit => units.LargestClass <= 1;

    /// <summary>The patients' column: what a count of patients counts.</summary>
    public CategoryColumn Units => units;

    /// <summary>The rows that count in one answer, each with its group; null where rows are streamed.</summary>
    /// <param name="source">The source of the choice.</param>
    public ChosenRows? Choose(IRandomSource source) => choice?.Choose(source);

    /// <summary>Shows every row that counts to every tally.</summary>
    /// <param name="tallies">Who counts.</param>
    /// <param name="chosen">What <see cref="Choose"/> gave.</param>
    /// <param name="place">The number that the tallies know a group by, or <see cref="RowFilter.None"/>; null where it is the slot.</param>
    public void Show(IReadOnlyList<Tally> tallies, ChosenRows? chosen, int[]? place)
    {
        var total = chosen?.Rows.Length ?? table.Count;
        var groups = new int[Math.Min(Block, total)];
        for (var start = 0; start < total; start += Block)
        {
            var length = Math.Min(Block, total - start);
            var block = groups.AsMemory(0, length);
            if (chosen is not null)
            {
                chosen.Groups.AsSpan(start, length).CopyTo(block.Span);
            }
            else
            {
                Read(start, block);
            }

            if (place is not null)
            {
                foreach (ref var group in block.Span)
                {
                    group = group < 0 ? group : place[group];
                }
            }

            foreach (var tally in tallies)
            {
                tally.Add(block.Span, start, chosen is null ? default : chosen.Rows.AsSpan(start, length));
            }
        }
    }

    private void Read(int start, Memory<int> groups)
    {
        Grouping.Fill(start, groups.Span);
        filter.Apply(start, groups);
        if (cohort.Length > 0)
        {
            var span = groups.Span;
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = cohort[start + i] ? span[i] : RowFilter.None;
            }
        }
    }

    private ContributionChoice Gather()
    {
        // Which rows pass at all, by patient.
        var passing = new List<int>();
        var block = new int[Block];
        for (var start = 0; start < table.Count; start += Block)
        {
            var groups = block.AsMemory(0, Math.Min(Block, table.Count - start));
            groups.Span.Clear();
            filter.Apply(start, groups);
            for (var i = 0; i < groups.Length; i++)
            {
                if (groups.Span[i] >= 0 && (cohort.Length == 0 || cohort[start + i]))
                {
                    passing.Add(start + i);
                }
            }
        }

        var rows = passing.ToArray();
        var keys = Array.ConvertAll(rows, row => units.Codes[row]);
        Array.Sort(keys, rows);
        var gathered = new ContributionChoice(query, table, Grouping);
        for (var first = 0; first < rows.Length;)
        {
            var next = first;
            while (next < rows.Length && keys[next] == keys[first])
            {
                next++;
            }

            gathered.Add(units.Values[keys[first]], rows.AsSpan(first, next - first));
            first = next;
        }

        return gathered;
    }
}
