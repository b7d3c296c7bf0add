using System.Data.Common;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Budgets;

/// <summary>
/// Leaves those patients out of a cohort whom the question's charge would take past the cap that they signed. Nobody else sees it: not the
/// researcher, whose answer has the same form, charge and time; not the hub; no entry and no count.
/// </summary>
/// <remarks>Feldman and Zrnic, NeurIPS 2021 (<see cref="IndividualAccounting"/>): who is left out of one question may be in a smaller one after it.
/// What was spent is held in memory and caught up from the kept cohorts, so that any number of processes agree.</remarks>
public sealed class PersonalCaps(Database database, KeptCohorts cohorts) : IDisposable
{
    private readonly SemaphoreSlim memory = new(1, 1);
    private Dictionary<string, PrivacyLoss> spent = new(StringComparer.Ordinal);
    private long seen;
    private long givenBack;

    /// <summary>The cohort of a question without those whom its charge would take past their caps.</summary>
    /// <returns>The flags, and the capped patients who are in, for <see cref="StillHoldAsync"/>.</returns>
    public async Task<CappedCohort> LeaveOutAsync(OpenedDataset dataset, ConsentState state, bool[] cohort, PrivacyLoss charge, CancellationToken cancel)
    {
        var consents = RowConsents.Of(state, dataset.Patients).Patients;
        var capped = Enumerable.Range(0, cohort.Length).Where(row => cohort[row] && consents[row]?.Newest?.Cap is not null)
            .Select(row => (Row: row, Patient: dataset.Patients[row], consents[row]!.Newest!.Cap)).ToList();
        if (capped.Count == 0)
        {
            return new CappedCohort(cohort, new Dictionary<string, PrivacyLoss>());
        }

        var known = await database.ReadAsync(connection => SpentAsync(connection, null, [.. capped.Select(item => item.Patient)], cancel), cancel);
        var rows = (bool[])cohort.Clone();
        var taking = new Dictionary<string, PrivacyLoss>(StringComparer.Ordinal);
        foreach (var (row, patient, cap) in capped)
        {
            rows[row] = IndividualAccounting.TakesPart(Loss(cap!), known[patient], charge);
            if (rows[row])
            {
                taking[patient] = Loss(cap!);
            }
        }

        return new CappedCohort(rows, taking);
    }

    /// <summary>Whether it is still so, inside the step of <see cref="BudgetStore.Writer"/> that keeps the answer: another question may have been
    /// kept since. Where it is not, the cohort is made anew.</summary>
    public async Task<bool> StillHoldAsync(DbTransaction transaction, CappedCohort cohort, PrivacyLoss charge, CancellationToken cancel)
    {
        if (cohort.Taking.Count == 0)
        {
            return true;
        }

        var known = await SpentAsync(transaction.Connection!, transaction, [.. cohort.Taking.Keys], cancel);
        return cohort.Taking.All(pair => IndividualAccounting.TakesPart(pair.Value, known[pair.Key], charge));
    }

    public void Dispose() => memory.Dispose();

    private async Task<IReadOnlyDictionary<string, PrivacyLoss>> SpentAsync(DbConnection connection, DbTransaction? transaction, IReadOnlyCollection<string> patients, CancellationToken cancel)
    {
        await memory.WaitAsync(cancel);
        try
        {
            // Somebody whose cap is new here, or a charge given back: from the beginning.
            var refused = await KeptCohorts.GivenBackAsync(connection, transaction);
            if (refused != givenBack || patients.Any(patient => !spent.ContainsKey(patient)))
            {
                spent = spent.Keys.Union(patients, StringComparer.Ordinal).ToDictionary(patient => patient, _ => PrivacyLoss.Zero, StringComparer.Ordinal);
                (seen, givenBack) = (0, refused);
            }

            await foreach (var (seq, charge, counted) in cohorts.AfterAsync(connection, transaction, seen, spent.Keys))
            {
                foreach (var patient in counted)
                {
                    spent[patient] = spent[patient].Then(charge);
                }

                seen = seq;
            }

            return patients.ToDictionary(patient => patient, patient => spent[patient], StringComparer.Ordinal);
        }
        finally
        {
            memory.Release();
        }
    }

    private static PrivacyLoss Loss(PersonalCap cap) => new(cap.RhoNano, cap.DeltaAtto);
}

/// <summary>A question's cohort after personal caps.</summary>
/// <param name="Rows">A flag a row of the dataset.</param>
/// <param name="Taking">Patients with a cap who are in, each with it.</param>
public sealed record CappedCohort(bool[] Rows, IReadOnlyDictionary<string, PrivacyLoss> Taking);
