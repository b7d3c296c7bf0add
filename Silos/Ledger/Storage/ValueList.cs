using System.Globalization;
using System.Numerics;
using Dapper;

namespace Silos.Ledger.Storage;

/// <summary>
/// A list of values in a condition, each a parameter of its own, which both engines take: SQLite knows no arrays, and PostgreSQL no <c>IN @list</c>.
/// The last value is repeated up to a power of two: so there are few statements, and the database has each of them prepared.
/// </summary>
public static class ValueList
{
    /// <summary>Adds the values to the statement's parameters.</summary>
    /// <returns>What stands behind IN: <c>(@name0,@name1)</c>; an empty list is in nothing.</returns>
    public static string Spread(DynamicParameters into, string name, IEnumerable<string> values)
    {
        var list = values.ToList();
        var places = list.Count == 0 ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)list.Count);
        var names = Enumerable.Range(0, places).Select(i =>
        {
            var one = string.Create(CultureInfo.InvariantCulture, $"{name}{i}");
            into.Add(one, list[Math.Min(i, list.Count - 1)]);
            return "@" + one;
        }).ToList();
        return names.Count == 0 ? "(NULL)" : $"({string.Join(',', names)})";
    }
}
