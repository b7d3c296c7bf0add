using Silos.Ingestion.Definitions;

namespace Silos.Ingestion.Folders;

/// <summary>Folds facts into one row a patient, in the order of files and lines: the same files give the same rows.</summary>
internal sealed class PatientFolds(DatasetDefinition definition)
{
    private const int ProblemsKept = 1000;

    private readonly Dictionary<string, Held[]> patients = new(StringComparer.Ordinal);
    private readonly Take[] takes = [.. definition.Attributes.Select(attribute => attribute.From.Take)];
    private readonly long[,] problems = new long[definition.Attributes.Count, 4];

    /// <summary>The first values that were left out, by place.</summary>
    public List<ValueProblem> Problems { get; } = [];

    public bool Knows(string patient) => patients.ContainsKey(patient);

    /// <summary>Adds a patient; a second time changes nothing.</summary>
    public void Enrol(string patient) => patients.TryAdd(patient, new Held[takes.Length + definition.Events.Count]);

    /// <summary>Folds the facts of one record into its patient, who is known.</summary>
    public void Fold(string file, long line, string patient, ReadOnlySpan<Fact> facts)
    {
        var held = patients[patient];
        foreach (var fact in facts)
        {
            if (fact.Problem != Problem.None)
            {
                Note(file, line, fact);
                continue;
            }

            if (fact.Attribute >= takes.Length)
            {
                (held[fact.Attribute].Events ??= []).Add(((int)fact.When, fact.Value.Text));
            }
            else
            {
                Fold(ref held[fact.Attribute], takes[fact.Attribute], fact);
            }
        }
    }

    /// <summary>The rows in ordinal order of the patients' ids, and how each attribute came out.</summary>
    public (IReadOnlyList<PatientRow> Rows, IReadOnlyList<AttributeQuality> Quality) Finish()
    {
        var rows = new List<PatientRow>(patients.Count);
        foreach (var (patient, held) in patients.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var cells = new Cell[takes.Length];
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = Cell(held[i], i);
            }

            rows.Add(new PatientRow(patient, cells)
            {
                Events = definition.Events.Count == 0 ? [] : Events(held),
                Collected = definition.KeepsCollected ? [.. takes.Select((take, i) => Collected(held[i], take))] : [],
            });
        }

        return (rows, [.. definition.Attributes.Select((attribute, i) => Quality(attribute, i, rows))]);
    }

    private void Note(string file, long line, in Fact fact)
    {
        problems[fact.Attribute, (int)fact.Problem]++;
        if (Problems.Count < ProblemsKept)
        {
            Problems.Add(new ValueProblem(file, line, definition.Attributes[fact.Attribute].Name, fact.Problem switch
            {
                Problem.OutOfBounds => "outside the declared bounds or values",
                Problem.Unmapped => "a code that the hierarchy does not know",
                _ => "not of the attribute's type",
            }));
        }
    }

    private static void Fold(ref Held held, Take take, in Fact fact)
    {
        held.Count++;
        held.Collected = held.Count == 1 ? SpanOf(fact) : held.Collected.With(SpanOf(fact));
        var better = held.Count == 1 || take switch
        {
            Take.Latest => fact.When >= held.When,
            Take.Earliest => fact.When < held.When,
            Take.Minimum => fact.Value.Ticks < held.Value.Ticks,
            Take.Maximum => fact.Value.Ticks > held.Value.Ticks,
            _ => false,
        };
        if (take == Take.All)
        {
            (held.Codes ??= new SortedSet<string>(StringComparer.Ordinal)).Add(fact.Value.Text!);
        }
        else if (better)
        {
            held.When = fact.When;
            held.Value = fact.Value;
            held.Chosen = SpanOf(fact);
        }
    }

    /// <summary>Of a latest or earliest value, its own record's day; else those of all records.</summary>
    private static RecordSpan Collected(in Held held, Take take) =>
        held.Count == 0 ? RecordSpan.None : take is Take.Latest or Take.Earliest ? held.Chosen : held.Collected;

    private static RecordSpan SpanOf(in Fact fact) =>
        fact.When == long.MinValue || fact.Vague ? RecordSpan.Unknown : RecordSpan.Of(DateOnly.FromDateTime(new DateTime(fact.When)));

    /// <summary>The latest of each kind up to its bound, in order of day, kind and code.</summary>
    private PatientEvent[] Events(Held[] held) =>
    [
        .. definition.Events.SelectMany((kind, i) => (held[takes.Length + i].Events ?? [])
                .OrderByDescending(one => one.Day).ThenBy(one => one.Code, StringComparer.Ordinal).Take(kind.Most)
                .Select(one => new PatientEvent(kind.Name, one.Code, DateOnly.FromDayNumber(one.Day))))
            .OrderBy(one => one.Day).ThenBy(one => one.Kind, StringComparer.Ordinal).ThenBy(one => one.Code, StringComparer.Ordinal),
    ];

    private Cell Cell(in Held held, int attribute) => takes[attribute] switch
    {
        Take.Count => Counted(held.Count, definition.Attributes[attribute]),
        Take.Any => Ingestion.Cell.Category(held.Count > 0 ? "yes" : "no"),
        Take.All when held.Codes is { } codes => Ingestion.Cell.Set(codes),
        _ => held.Value,
    };

    /// <summary>A count past its bound is the bound: the contribution of one patient is bounded so.</summary>
    private static Cell Counted(long count, AttributeDefinition attribute) =>
        Ingestion.Cell.Number((long)Math.Clamp(count, attribute.Lower ?? 0, attribute.Upper ?? long.MaxValue));

    private AttributeQuality Quality(AttributeDefinition attribute, int column, List<PatientRow> rows)
    {
        var (filled, least, most) = (0L, long.MaxValue, long.MinValue);
        var distinct = new HashSet<object>();
        foreach (var cell in rows.Select(row => row.Cells[column]).Where(cell => cell.Kind != CellKind.Null))
        {
            filled++;
            if (cell.Kind == CellKind.Number)
            {
                (least, most) = (Math.Min(least, cell.Ticks), Math.Max(most, cell.Ticks));
                distinct.Add(cell.Ticks);
            }
            else
            {
                distinct.UnionWith(cell.Codes ?? [cell.Text!]);
            }
        }

        var numbers = least <= most;
        return new AttributeQuality(
            attribute.Name, filled, rows.Count - filled, problems[column, (int)Problem.OutOfBounds], problems[column, (int)Problem.Unreadable], problems[column, (int)Problem.Unmapped],
            numbers ? PatientRow.Shortest(least * attribute.Step) : null, numbers ? PatientRow.Shortest(most * attribute.Step) : null, distinct.Count);
    }

    private struct Held
    {
        public long Count;
        public long When;
        public RecordSpan Collected;
        public RecordSpan Chosen;
        public Cell Value;
        public SortedSet<string>? Codes;
        public List<(int Day, string? Code)>? Events;
    }
}
