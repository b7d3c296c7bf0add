using Anonymizer.Tables;

namespace Anonymizer.LatticeSearch;

/// <summary>Rows that were grouped elsewhere, such as in a database: all that a lattice search needs of them.</summary>
/// <param name="Table">The quasi-identifiers, and the attributes that models ask about. A combination may be there several times.</param>
/// <param name="Times">How many rows each row of the table stands for; 0 where it only tells of a value. 2,147,483,647 in all.</param>
/// <param name="OfValue">By attribute of a model: how many rows of this combination have this row's value; 0 where it does not tell of that attribute.</param>
public sealed record CountedCombinations(Table Table, int[] Times, IReadOnlyDictionary<string, int[]> OfValue);
