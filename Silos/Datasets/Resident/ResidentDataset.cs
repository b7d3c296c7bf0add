using System.Collections;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.LatticeSearch;
using Anonymizer.Tables;
using Npgsql;

namespace Silos.Datasets.Resident;

/// <summary>An opened dataset's rows where they lie. A cohort is a flag a patient, in the order of the dataset's patients.</summary>
/// <param name="VerifiedAt">When its table's digests were last found to be those that were anchored.</param>
public sealed record ResidentDataset(NpgsqlDataSource Database, ResidentTable Table, DateTimeOffset VerifiedAt, TimeSpan Stale)
{
    /// <summary>How long ago that was.</summary>
    public TimeSpan AgeAt(DateTimeOffset now) => now > VerifiedAt ? now - VerifiedAt : TimeSpan.Zero;

    /// <summary>Whether it is too long ago for an answer.</summary>
    public bool IsStale(DateTimeOffset now) => AgeAt(now) > Stale;

    public Task<Answer> AnswerAsync(Query query, bool[] cohort, IRandomSource source, int smallCellFloor, CancellationToken cancel) =>
        new CountResident(Database, Table).AnswerAsync(query, Bits(cohort), source, smallCellFloor, cancel);

    public Task<CountedCombinations> CombinationsAsync(IReadOnlyList<string> quasi, IReadOnlyList<string> asked, bool[] cohort, CancellationToken cancel) =>
        new CombineResident(Database, Table).CombinationsAsync(quasi, asked, Bits(cohort), cancel);

    public Task<(Table Table, IReadOnlyList<string> Patients)> RowsAsync(IReadOnlyList<string> attributes, bool[] cohort, CancellationToken cancel) =>
        new CombineResident(Database, Table).RowsAsync(attributes, Bits(cohort), cancel);

    private static byte[] Bits(bool[] cohort)
    {
        var bits = new byte[(cohort.Length + 7) / 8];
        new BitArray(cohort).CopyTo(bits, 0);
        return bits;
    }
}
