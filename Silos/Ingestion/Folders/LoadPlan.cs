using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Ingestion.Views;

namespace Silos.Ingestion.Folders;

/// <summary>Which attributes a view's rows feed, worked out once a load.</summary>
/// <param name="Attribute">Index in the definition; kinds of events are counted on behind the attributes.</param>
/// <param name="Column">Index in the view's row; −1 for count and any.</param>
/// <param name="By">Index of the date column, or −1.</param>
internal readonly record struct Feed(int Attribute, int Column, int By);

/// <summary>Turns a view's row into facts: typed, on the grid, within bounds, within the window.</summary>
internal sealed class LoadPlan(DatasetDefinition definition, DateOnly referenceDate)
{
    private readonly long reference = referenceDate.AddDays(1).ToDateTime(TimeOnly.MinValue).Ticks;
    private readonly ToCell[] cells = [.. definition.Attributes.Select(attribute => new ToCell(attribute, definition.OwnHierarchies.GetValueOrDefault(attribute.Name), referenceDate))];

    private readonly Func<string, string?>?[] forms = [.. definition.Events.Select(kind => CodeForms.Of(kind.Hierarchy))];

    public DatasetDefinition Definition => definition;

    /// <summary>The views by resource type, with runs of their own: one worker's. Views that feed nothing are left out; Patient is
    /// always asked for.</summary>
    public Dictionary<string, List<LoadedView>> Views()
    {
        var byType = definition.Views.Where(view => definition.Attributes.Any(attribute => attribute.From.View == view.Definition.Name) || definition.Events.Any(kind => kind.View == view.Definition.Name))
            .GroupBy(view => view.Definition.Resource, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(view => new LoadedView(new ViewRun(view), FeedsOf(view.Definition.Name, view.Columns))).ToList(), StringComparer.Ordinal);
        byType.TryAdd("Patient", []);
        return byType;
    }

    /// <summary>The feeds of one view, given its columns.</summary>
    /// <exception cref="ArgumentException">The definition names a column that the view has not.</exception>
    public IReadOnlyList<Feed> FeedsOf(string view, IReadOnlyList<string> columns)
    {
        var feeds = new List<Feed>();
        for (var i = 0; i < definition.Attributes.Count; i++)
        {
            var from = definition.Attributes[i].From;
            if (from.View == view)
            {
                feeds.Add(new Feed(i, from.Column is null ? -1 : Index(from.Column), from.By is null ? -1 : Index(from.By)));
            }
        }

        for (var i = 0; i < definition.Events.Count; i++)
        {
            if (definition.Events[i].View == view)
            {
                feeds.Add(new Feed(definition.Attributes.Count + i, definition.Events[i].Code is { } code ? Index(code) : -1, Index(definition.Events[i].Date)));
            }
        }

        return feeds;

        int Index(string column)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                if (columns[i] == column)
                {
                    return i;
                }
            }

            throw new ArgumentException($"view '{view}' has no column '{column}'", nameof(columns));
        }
    }

    /// <summary>Adds the facts of one row.</summary>
    public void Add(IReadOnlyList<Feed> feeds, ReadOnlySpan<ViewValue> row, List<Fact> facts)
    {
        foreach (var feed in feeds)
        {
            if (feed.Attribute >= definition.Attributes.Count)
            {
                AddEvent(feed, row, facts);
                continue;
            }

            var from = definition.Attributes[feed.Attribute].From;
            var (when, vague) = feed.By >= 0 && row[feed.By].Text is { } date && FhirDate.TryParse(date, out var read) ? (read.Moment, read.Digits < 8) : (long.MinValue, false);
            if (from.WithinDays is { } days && (when >= reference || when < reference - ((days + 1L) * TimeSpan.TicksPerDay)))
            {
                continue;
            }

            if (feed.Column < 0)
            {
                facts.Add(new Fact(feed.Attribute, Cell.Null, when, Problem.None, vague));
            }
            else
            {
                AddValue(feed.Attribute, row[feed.Column], when, vague, facts);
            }
        }
    }

    /// <summary>An event with a day, and with its code in the kind's form where the kind has codes; otherwise none.</summary>
    private void AddEvent(Feed feed, ReadOnlySpan<ViewValue> row, List<Fact> facts)
    {
        if (row[feed.By].Text is not { } date || !FhirDate.TryParse(date, out var day))
        {
            return;
        }

        var code = feed.Column < 0 ? null : row[feed.Column].Text;
        if (feed.Column >= 0 && code is not null && forms[feed.Attribute - definition.Attributes.Count] is { } form)
        {
            code = form(code);
        }

        if (feed.Column < 0 || code is not null)
        {
            facts.Add(new Fact(feed.Attribute, new Cell(CellKind.Codes, 0, code, null), day.Day.DayNumber, Problem.None));
        }
    }

    private void AddValue(int attribute, ViewValue value, long when, bool vague, List<Fact> facts)
    {
        if (value.Kind == ViewValueKind.Collection)
        {
            foreach (var item in value.Items!)
            {
                AddValue(attribute, item, when, vague, facts);
            }
        }
        else if (value.Text is { } text)
        {
            text = definition.Attributes[attribute].From.Map?.GetValueOrDefault(text) ?? text;
            var cell = cells[attribute].Convert(text, out var problem);
            facts.Add(new Fact(attribute, cell, when, problem, vague));
        }
    }
}
