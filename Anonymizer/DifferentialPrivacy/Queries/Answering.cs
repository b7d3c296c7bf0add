using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Answers a question on a table: choose each patient's rows, count exactly, select keys, add noise.</summary>
/// <remarks>
/// Claim: adding or removing all rows of one patient changes the law of the answer by no more than <see cref="Plan.Charge"/>, for whatever data;
/// data can neither raise an error nor change the shape of the answer beyond private keys. The same source gives the same answer on every machine.
/// Limit: the time taken depends on the data; a host answers at fixed times.
/// </remarks>
public static class Answering
{
    /// <summary>Answers.</summary>
    /// <param name="query">The question.</param>
    /// <param name="schema">The schema that it was read with, and the table built with.</param>
    /// <param name="table">The data.</param>
    /// <param name="inCohort">One flag a row: whether it may be used. Empty for all rows.</param>
    /// <param name="source">The randomness of this one answer; it must never serve another question.</param>
    /// <param name="smallCellFloor">Groups and bins whose noisy count is below this are not shown; 0 for none.</param>
    /// <exception cref="ArgumentException">Table, cohort and schema do not fit one another.</exception>
    public static Answer Run(Query query, Schema schema, Table table, ReadOnlySpan<bool> inCohort, IRandomSource source, int smallCellFloor = 0) =>
        new PreparedQuery(query, schema, table, inCohort, smallCellFloor).Draw(source);
}
