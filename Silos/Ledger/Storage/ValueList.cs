using System.Globalization;
using Dapper;

namespace Silos.Ledger.Storage;

/// <summary>A list of values in a condition, each a parameter of its own, which both engines take: SQLite knows no arrays, and PostgreSQL no <c>IN @list</c>.</summary>
public static class ValueList
{
    /// <summary>Adds the values to the statement's parameters.</summary>
    /// <returns>What stands behind IN: <c>(@name0,@name1)</c>; an empty list is in nothing.</returns>
    public static string Spread(DynamicParameters into, string name, IEnumerable<string> values)
    {
        var names = values.Select((value, i) =>
        {
            var one = string.Create(CultureInfo.InvariantCulture, $"{name}{i}");
            into.Add(one, value);
            return "@" + one;
        }).ToList();
        return names.Count == 0 ? "(NULL)" : $"({string.Join(',', names)})";
    }
}
