using System.Globalization;

namespace Silos.Ingestion;

/// <summary>The days on which the records behind a value were collected: none, a span of days, or not known.</summary>
public readonly record struct RecordSpan
{
    private readonly int first;
    private readonly int last;

    private RecordSpan(int first, int last) => (this.first, this.last) = (first, last);

    /// <summary>There was no record.</summary>
    public static RecordSpan None => default;

    /// <summary>There was a record whose day is not known.</summary>
    public static RecordSpan Unknown { get; } = new(-1, -1);

    /// <summary>Whether there are days.</summary>
    public bool IsKnown => first > 0;

    /// <summary>The first day, of a known span.</summary>
    public DateOnly First => DateOnly.FromDayNumber(first - 1);

    /// <summary>The last day, of a known span.</summary>
    public DateOnly Last => DateOnly.FromDayNumber(last - 1);

    /// <summary>One day.</summary>
    public static RecordSpan Of(DateOnly day) => new(day.DayNumber + 1, day.DayNumber + 1);

    /// <summary>Reads two days (yyyy-MM-dd).</summary>
    /// <exception cref="FormatException">They are no days.</exception>
    public static RecordSpan Read(string first, string last) =>
        Of(DateOnly.ParseExact(first, "yyyy-MM-dd", CultureInfo.InvariantCulture)).With(Of(DateOnly.ParseExact(last, "yyyy-MM-dd", CultureInfo.InvariantCulture)));

    /// <summary>Both spans; not known when either is not.</summary>
    public RecordSpan With(RecordSpan other) =>
        this == None ? other
        : other == None ? this
        : this == Unknown || other == Unknown ? Unknown
        : new RecordSpan(Math.Min(first, other.first), Math.Max(last, other.last));
}
