using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Silos.Ingestion.Cohorts;

/// <summary>A cohort in words, a rule a line, that read back to the same cohort.</summary>
/// <remarks><code>
/// Patients who
/// - must have age from 40 and below 80
/// - must not have sex among "male"
/// - must have at least 2 diagnosis events among "E11" within 365 days from 2020-01-01 before 2025-01-01
/// - must have diagnosis events among "E11" followed by encounter events within 90 days
/// </code></remarks>
public static class CohortText
{
    private const string Head = "Patients who";

    public static string Of(Cohort cohort) => Head + string.Concat(cohort.Rules.Select(rule => $"\n- must {(rule.Must ? "" : "not ")}have {Words(rule)}"));

    /// <summary>Reads the words back.</summary>
    /// <exception cref="FormatException">A line is not of this language; the message names it.</exception>
    public static Cohort Read(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 0 && lines[0] == Head
            ? CohortJson.Of(lines[1..].Select((line, i) => new Reading(line, i + 2).Rule()))
            : throw new FormatException($"line 1: a cohort begins with '{Head}'");
    }

    private static string Words(CohortRule rule) => rule switch
    {
        CohortRule.OnAttribute { AtLeast: null, Below: null } on => $"{on.Attribute} among {List(on.In)}",
        CohortRule.OnAttribute on => on.Attribute + (on.AtLeast is { } least ? $" from {PatientRow.Shortest(least)}" : "") + (on is { AtLeast: not null, Below: not null } ? " and" : "") + (on.Below is { } below ? $" below {PatientRow.Shortest(below)}" : ""),
        CohortRule.OnEvents on => $"at least {on.AtLeast} {Words(on.Events)}{Days(on.WithinDays)}" + (on.From is { } from ? $" from {Day(from)}" : "") + (on.Before is { } before ? $" before {Day(before)}" : ""),
        CohortRule.InOrder order => $"{Words(order.First)} followed by {Words(order.Then)}{Days(order.WithinDays)}",
        _ => throw new InvalidOperationException($"a rule of unknown kind {rule.GetType().Name}"),
    };

    private static string Words(EventPattern pattern) => $"{pattern.Event} events{(pattern.In.Count == 0 ? "" : $" among {List(pattern.In)}")}";

    private static string List(IReadOnlyList<string> items) => string.Join(", ", items.Select(CohortJson.Quote));

    private static string Days(int? days) => days is { } known ? $" within {known} days" : "";

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>One line, word by word.</summary>
    private sealed class Reading(string line, int number)
    {
        private readonly List<string> words = Split(line, number);
        private int at;

        public CohortRule Rule()
        {
            Require("-");
            Require("must");
            var must = !Takes("not");
            Require("have");
            CohortRule rule = Takes("at") ? Events(must) : Word(1) == "events" ? Order(must) : Attribute(must);
            return at == words.Count ? rule : throw Wrong();
        }

        private CohortRule.OnEvents Events(bool must)
        {
            Require("least");
            var least = Whole();
            var pattern = Pattern();
            var days = Days();
            return new CohortRule.OnEvents(must, pattern, least, days, Takes("from") ? Day() : null, Takes("before") ? Day() : null);
        }

        private CohortRule.InOrder Order(bool must)
        {
            var first = Pattern();
            Require("followed");
            Require("by");
            return new CohortRule.InOrder(must, first, Pattern(), Days());
        }

        private CohortRule.OnAttribute Attribute(bool must)
        {
            var name = Next();
            if (Takes("among"))
            {
                return new CohortRule.OnAttribute(must, name, null, null, [.. Codes()]);
            }

            var least = Takes("from") ? Number() : (decimal?)null;
            var below = (least is not null && Takes("and")) || least is null ? Below() : (decimal?)null;
            return new CohortRule.OnAttribute(must, name, least, below, []);
        }

        private decimal Below()
        {
            Require("below");
            return Number();
        }

        private EventPattern Pattern()
        {
            var name = Next();
            Require("events");
            return new EventPattern(name, Takes("among") ? CohortJson.Shortest(Codes()) : []);
        }

        private List<string> Codes()
        {
            var codes = new List<string>();
            do
            {
                var text = Next();
                codes.Add(text.StartsWith('"') ? JsonSerializer.Deserialize<string>(text)! : throw Wrong());
            }
            while (Takes(","));
            return codes;
        }

        private int? Days()
        {
            if (!Takes("within"))
            {
                return null;
            }

            var days = Whole();
            Require("days");
            return days;
        }

        private int Whole() => int.TryParse(Next(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong();

        private decimal Number() => decimal.TryParse(Next(), NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong();

        private DateOnly Day() => DateOnly.TryParseExact(Next(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw Wrong();

        private string? Word(int ahead) => at + ahead < words.Count ? words[at + ahead] : null;

        private string Next() => at < words.Count ? words[at++] : throw Wrong();

        private bool Takes(string word)
        {
            if (Word(0) != word)
            {
                return false;
            }

            at++;
            return true;
        }

        private void Require(string word)
        {
            if (!Takes(word))
            {
                throw new FormatException($"line {number}: '{word}' is wanted {(Word(0) is { } found ? $"where '{found}' stands" : "at its end")}");
            }
        }

        private FormatException Wrong() => new($"line {number}: {(at == 0 ? "is empty" : $"is not understood at '{words[Math.Min(at, words.Count) - 1]}'")}");

        private static List<string> Split(string line, int number)
        {
            var words = new List<string>();
            for (var i = 0; i < line.Length;)
            {
                if (line[i] is ' ')
                {
                    i++;
                    continue;
                }

                var word = new StringBuilder();
                if (line[i] == ',')
                {
                    word.Append(line[i++]);
                }
                else if (line[i] == '"')
                {
                    do
                    {
                        word.Append(line[i]);
                        if (line[i] == '\\' && i + 1 < line.Length)
                        {
                            word.Append(line[++i]);
                        }

                        i++;
                    }
                    while (i < line.Length && line[i] != '"');
                    word.Append(i < line.Length ? line[i++] : throw new FormatException($"line {number}: a quote is not closed"));
                }
                else
                {
                    while (i < line.Length && line[i] is not (' ' or ',' or '"'))
                    {
                        word.Append(line[i++]);
                    }
                }

                words.Add(word.ToString());
            }

            return words;
        }
    }
}
