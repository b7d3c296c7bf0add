using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Numbers the groups of a question: a slot for each combination of key values, in the declared order.</summary>
internal sealed class Grouping
{
    private const long MostDenseSlots = 1 << 18;

    private readonly Key[] keys;
    private readonly Dictionary<long, int>? interned;
    private readonly List<long> combinations = [];

    public Grouping(Query query, Table table)
    {
        keys = [.. query.GroupBy.Select(attribute => Key.Of(attribute, query.Schema.Attributes[attribute], Columns.Find(table, attribute)))];
        var size = keys.Aggregate(1.0, (product, key) => product * key.Values.Count);
        if (size > MostDenseSlots && query.HasPrivateKeys)
        {
            interned = [];
        }

        ManyKeys = query.Bound.ManyKeys;
        Slots = interned is null ? (int)size : 0;
    }

    /// <summary>Whether a row may be in several groups.</summary>
    public bool ManyKeys { get; }

    /// <summary>Whether all slots are known before any row is read.</summary>
    public bool IsDense => interned is null;

    /// <summary>Slots so far; all of them if <see cref="IsDense"/>.</summary>
    public int Slots { get; private set; }

    /// <summary>The groups of rows from <paramref name="start"/> on. Only where a row has one.</summary>
    public void Fill(int start, Span<int> groups)
    {
        groups.Clear();
        foreach (var key in keys)
        {
            var codes = ((CategoryColumn)key.Column).Codes.Slice(start, groups.Length);
            if (keys.Length == 1 && key.IsIdentity)
            {
                codes.CopyTo(groups);
                return;
            }

            for (var i = 0; i < groups.Length; i++)
            {
                var place = codes[i] < 0 ? -1 : key.Places[codes[i]];
                groups[i] = place < 0 || groups[i] < 0 ? RowFilter.None : (groups[i] * key.Values.Count) + place;
            }
        }
    }

    /// <summary>All groups of one row, each once.</summary>
    public void Each(int row, List<int> groups)
    {
        List<long> partial = [0];
        foreach (var key in keys)
        {
            ReadOnlySpan<int> codes = key.Column is CodesColumn many ? many.CodesOf(row) : ((CategoryColumn)key.Column).Codes.Slice(row, 1);
            var next = new List<long>();
            foreach (var code in codes)
            {
                if (code >= 0 && key.Places[code] is var place and >= 0)
                {
                    next.AddRange(partial.Select(prefix => checked((prefix * key.Values.Count) + place)));
                }
            }

            partial = next;
        }

        groups.AddRange(partial.Distinct().Select(Slot));
    }

    /// <summary>The key of a slot.</summary>
    public KeyValuePair<string, string>[] KeyOf(int slot)
    {
        var combination = interned is null ? slot : combinations[slot];
        var key = new KeyValuePair<string, string>[keys.Length];
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            key[i] = KeyValuePair.Create(keys[i].Column.Name, keys[i].Values[(int)(combination % keys[i].Values.Count)]);
            combination /= keys[i].Values.Count;
        }

        return key;
    }

    private int Slot(long combination)
    {
        if (interned is null)
        {
            return (int)combination;
        }

        if (!interned.TryGetValue(combination, out var slot))
        {
            slot = Slots++;
            interned.Add(combination, slot);
            combinations.Add(combination);
        }

        return slot;
    }

    // One attribute of groupBy: where each of the column's codes stands among the key values, -1 for those that are none.
    private sealed record Key(Column Column, IReadOnlyList<string> Values, int[] Places, bool IsIdentity)
    {
        public static Key Of(string attribute, AttributeType type, Column column)
        {
            var present = column switch
            {
                CategoryColumn category => category.Values,
                CodesColumn codes => codes.Values,
                _ => throw new ArgumentException($"column '{attribute}' is not of the type that the schema declares"),
            };
            var values = type is CategoryType { Values: { } declared } ? declared : present;
            var places = values.Select((value, place) => (value, place)).ToDictionary(item => item.value, item => item.place, StringComparer.Ordinal);
            var map = present.Select(value => places.GetValueOrDefault(value, -1)).ToArray();
            return new Key(column, values, map, map.Select((place, code) => place == code).All(same => same));
        }
    }
}
