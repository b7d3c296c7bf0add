using System.Numerics;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Answers from exact numbers that were made elsewhere, such as in a database: the same bytes as <see cref="Answering.Run"/> for the same rows, cohort and source.</summary>
/// <remarks>Claim: that of <see cref="Answering"/>, if the numbers are of rows chosen by <see cref="ContributionOrder"/> up to the question's bound.</remarks>
public static class ReleaseExact
{
    /// <summary>The order by which rows and groups are chosen where a patient has too many (<see cref="ContributionNames"/>).</summary>
    /// <param name="source">The randomness of this one answer.</param>
    public static PrfOrder ContributionOrder(IRandomSource source) => PrfOrder.From(source.For("contributions"));

    /// <summary>Selects keys and adds noise.</summary>
    /// <param name="exact">Every group that holds a row, in any order; those of undeclared values where they are declared are passed over.</param>
    /// <param name="source">The randomness of this one answer; it must never serve another question.</param>
    /// <param name="smallCellFloor">As <see cref="Answering.Run"/> takes it.</param>
    public static Answer Of(Query query, IReadOnlyCollection<ExactGroup> exact, IRandomSource source, int smallCellFloor = 0)
    {
        var plan = Plan.Of(query, smallCellFloor);
        var answers = source.For("answers");
        var empty = new TableBuilder(query.Schema, [query.Schema.Unit.Attribute]).Build();
        var units = Columns.Units(empty, query.Schema.Unit);
        var groups = new List<AnswerGroup>();
        foreach (var some in (query.HasPrivateKeys ? Selected(plan, exact, answers) : Declared(query, exact)).Chunk(ReleaseGroup.AtOnce))
        {
            var counted = Counted.Empty(plan, empty, units, some.Length);
            for (var i = 0; i < some.Length; i++)
            {
                if (some[i].Exact is { } group)
                {
                    Put(counted, i, group);
                }

                var key = query.GroupBy.Zip(some[i].Key, KeyValuePair.Create).ToArray();
                groups.Add(ReleaseGroup.Of(plan, counted, i, key, ReleaseGroup.Label(some[i].Key), some[i].NoisyPatients, answers));
            }
        }

        return new Answer(groups, plan.Charge, query.Loss.Epsilon);
    }

    private static void Put(Counted counted, int place, ExactGroup group)
    {
        for (var measure = 0; measure < counted.Tallies.Length; measure++)
        {
            counted.Tallies[measure].Put(place, group.Numbers[measure]);
        }

        counted.Extra?.Put(place, [group.Rows]);
    }

    // Declared values are all answered, in the declared order, whether they hold a row or not.
    private static IEnumerable<Shown> Declared(Query query, IReadOnlyCollection<ExactGroup> exact)
    {
        var found = exact.ToDictionary(group => ReleaseGroup.Label(group.Key), StringComparer.Ordinal);
        IEnumerable<string[]> keys = [[]];
        foreach (var attribute in query.GroupBy)
        {
            var values = ((CategoryType)query.Schema.Attributes[attribute]).Values!;
            keys = [.. keys.SelectMany(prefix => values.Select(value => (string[])[.. prefix, value]))];
        }

        return keys.Select(key => new Shown(key, found.GetValueOrDefault(ReleaseGroup.Label(key)), null));
    }

    // The keys that occur, each shown if its noisy number of patients passes; in the order of the keys.
    private static IEnumerable<Shown> Selected(Plan plan, IReadOnlyCollection<ExactGroup> exact, IRandomSource source)
    {
        var declared = plan.Query.GroupBy.Select(attribute => (plan.Query.Schema.Attributes[attribute] as CategoryType)?.Values?.ToHashSet(StringComparer.Ordinal)).ToList();
        var selection = plan.KeySelection();
        var shown = new List<(string Label, Shown Group)>();
        foreach (var group in exact.Where(group => group.Patients > 0 && group.Key.Zip(declared).All(part => part.Second?.Contains(part.First) != false)))
        {
            var label = ReleaseGroup.Label(group.Key);
            if (selection.Keeps(group.Patients, source.For(label + "/key"), out var noisy))
            {
                shown.Add((label, new Shown(group.Key, group, noisy)));
            }
        }

        return shown.OrderBy(one => one.Label, StringComparer.Ordinal).Select(one => one.Group);
    }

    private sealed record Shown(IReadOnlyList<string> Key, ExactGroup? Exact, BigInteger? NoisyPatients);
}
