using System.Numerics;
using Anonymizer.DifferentialPrivacy.Queries.Tallies;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>A question made ready on a table: all that needs no randomness is done once, so that each further answer only draws.</summary>
/// <remarks>Claim: <see cref="Draw"/> is <see cref="Answering.Run"/>, and each answer costs the question's whole charge again.
/// Limit: one thread at a time. It holds exact counts: it stays where the table is.</remarks>
public sealed class PreparedQuery
{
    private readonly Plan plan;
    private readonly Table table;
    private readonly Contributions contributions;
    private readonly Dictionary<int, (KeyValuePair<string, string>[] Key, string Label)> keys = [];
    private Func<int, long>? knownPatients;
    private Counted? known;

    /// <inheritdoc cref="Answering.Run" path="//param|//exception"/>
    public PreparedQuery(Query query, Schema schema, Table table, ReadOnlySpan<bool> inCohort, int smallCellFloor = 0)
    {
        if (!ReferenceEquals(query.Schema, schema))
        {
            throw new ArgumentException("the question was read with another schema", nameof(schema));
        }

        this.table = table;
        plan = Plan.Of(query, smallCellFloor);
        contributions = new Contributions(query, table, inCohort);
    }

    /// <summary>One answer.</summary>
    /// <param name="source">The randomness of this one answer; it must never serve another.</param>
    public Answer Draw(IRandomSource source)
    {
        var chosen = contributions.Choose(contributions.IsRandom ? source.For("contributions") : source);
        var answers = source.For("answers");
        var shown = plan.Query.HasPrivateKeys ? SelectKeys(chosen, answers) : [.. Enumerable.Range(0, contributions.Grouping.Slots).Select(slot => new Shown(slot, null))];
        var groups = new List<AnswerGroup>(shown.Count);
        if (!contributions.IsRandom && contributions.Grouping.Slots <= ReleaseGroup.AtOnce)
        {
            known ??= Count([.. Enumerable.Range(0, contributions.Grouping.Slots)], chosen);
            groups.AddRange(shown.Select(group => Release(known, group.Slot, group, answers)));
        }
        else
        {
            foreach (var some in shown.Chunk(ReleaseGroup.AtOnce))
            {
                var counted = Count(Array.ConvertAll(some, group => group.Slot), chosen);
                groups.AddRange(some.Select((group, i) => Release(counted, i, group, answers)));
            }
        }

        return new Answer(groups, plan.Charge, plan.Query.Loss.Epsilon);
    }

    // The keys that occur, each shown if its noisy number of patients passes; in the order of the keys, which says nothing about the data's.
    private List<Shown> SelectKeys(ChosenRows? chosen, IRandomSource source)
    {
        var selection = plan.KeySelection();
        var patients = contributions.IsRandom ? CountPatients(chosen) : knownPatients ??= CountPatients(chosen);
        var shown = new List<Shown>();
        for (var slot = 0; slot < contributions.Grouping.Slots; slot++)
        {
            if (patients(slot) is var exact and > 0 && selection.Keeps(exact, source.For(KeyOf(slot).Label + "/key"), out var noisy))
            {
                shown.Add(new Shown(slot, noisy));
            }
        }

        shown.Sort((a, b) => string.CompareOrdinal(KeyOf(a.Slot).Label, KeyOf(b.Slot).Label));
        return shown;
    }

    private Func<int, long> CountPatients(ChosenRows? chosen)
    {
        var slots = contributions.Grouping.Slots;
        if (contributions.OneRowPerUnit && !contributions.Grouping.ManyKeys)
        {
            var rows = new CountTally(slots, plan.UnitNoise());
            contributions.Show([rows], chosen, null);
            return rows.Exact;
        }

        var units = new DistinctTally(slots, contributions.Units, plan.UnitNoise());
        contributions.Show([units], chosen, null);
        return units.Exact;
    }

    private Counted Count(int[] slots, ChosenRows? chosen)
    {
        var counted = Counted.Empty(plan, table, contributions.Units, slots.Length);
        var everySlotInPlace = slots.Length == contributions.Grouping.Slots && slots.Select((slot, i) => slot == i).All(same => same);
        int[]? place = null;
        if (!everySlotInPlace)
        {
            place = new int[contributions.Grouping.Slots];
            Array.Fill(place, RowFilter.None);
            for (var i = 0; i < slots.Length; i++)
            {
                place[slots[i]] = i;
            }
        }

        contributions.Show(counted.Extra is null ? counted.Tallies : [.. counted.Tallies, counted.Extra], chosen, place);
        return counted;
    }

    private AnswerGroup Release(Counted counted, int group, Shown shown, IRandomSource source)
    {
        var (key, label) = KeyOf(shown.Slot);
        return ReleaseGroup.Of(plan, counted, group, key, label, shown.NoisyCount, source);
    }

    // The key of a slot and the label of its draws, made once.
    private (KeyValuePair<string, string>[] Key, string Label) KeyOf(int slot)
    {
        if (!keys.TryGetValue(slot, out var made))
        {
            var key = contributions.Grouping.KeyOf(slot);
            keys.Add(slot, made = (key, ReleaseGroup.Label(key.Select(part => part.Value))));
        }

        return made;
    }

    private sealed record Shown(int Slot, BigInteger? NoisyCount);
}
