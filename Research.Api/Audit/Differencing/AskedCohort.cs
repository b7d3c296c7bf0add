using System.Text.Json;
using Research.Api.Queries;
using Research.Api.Silos;

namespace Research.Api.Audit.Differencing;

/// <summary>A question as the watch sees it: who asked, about whom, and what came back. Of the answer only the interval in which its count was released.</summary>
/// <param name="From">The least count by the released interval; with <paramref name="To"/> null where no count was asked.</param>
/// <param name="Charged">Whether it was answered anew: a redelivery tells nothing more.</param>
/// <param name="Refused">Whether the silo refused it.</param>
internal sealed record AskedCohort(string Application, string Permit, string Silo, string Dataset, IReadOnlyList<CohortRule> Rules, long? From, long? To, bool Charged, bool Refused)
{
    /// <summary>A cell that is not shown holds at most so many, as far as the hub can know.</summary>
    private const int MostNotShown = 10;

    public IReadOnlyList<CohortRule> Rules { get; } = Rules;

    /// <summary>The canonical writing of whom it is about; written once, since each question is held against hundreds.</summary>
    public string Cohort { get; } = CohortRule.Cohort(Rules);

    /// <summary>Reads what the hub relays; believes neither side, and changes nothing.</summary>
    public static AskedCohort Of(Gate.Passed passed, JsonElement query, SiloAnswer answer)
    {
        var (named, rules) = (passed.Named, CohortRule.Of(query));
        var asked = new AskedCohort(passed.Application.Id, named.Permit.ToString(), named.Silo.ToString(), named.Dataset, rules, null, null, Charged: false, Refused: answer.Status == 403);
        if (answer.Status != 200)
        {
            return asked;
        }

        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            var (from, to) = Count(body.RootElement);
            return asked with { From = from, To = to, Charged = !body.RootElement.TryGetProperty("first", out _) };
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return asked;
        }
    }

    private static (long? From, long? To) Count(JsonElement answer)
    {
        long from = 0, to = 0;
        foreach (var group in answer.GetProperty("groups").EnumerateArray())
        {
            if (group.TryGetProperty("suppressed", out _))
            {
                to += MostNotShown;
            }
            else if (group.TryGetProperty("count", out var count))
            {
                var interval = count.GetProperty("interval95");
                from += (long)Math.Floor(interval[0].GetDouble());
                to += (long)Math.Ceiling(interval[1].GetDouble());
            }
            else
            {
                return (null, null);
            }
        }

        return (from, to);
    }
}
