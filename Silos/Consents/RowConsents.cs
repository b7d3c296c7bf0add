using System.Runtime.CompilerServices;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>What the register holds of a dataset's patients, looked up once for a state of the register and not by every question. Goes with the state.</summary>
public sealed class RowConsents
{
    private static readonly ConditionalWeakTable<object, ConditionalWeakTable<IReadOnlyList<string>, RowConsents>> Known = [];

    private RowConsents(ConsentState state, IReadOnlyList<string> patients)
    {
        var numbers = new Dictionary<Directive, int>(SameTerms.Instance);
        Patients = [.. patients.Select(state.Find)];
        Terms = new int[Patients.Length];
        for (var row = 0; row < Terms.Length; row++)
        {
            if (Patients[row]?.Newest is { } newest && !numbers.TryGetValue(newest, out Terms[row]))
            {
                numbers[newest] = Terms[row] = numbers.Count;
            }
        }

        DistinctTerms = numbers.Count;
    }

    /// <summary>A place for each row; null for a patient who is unknown to the register.</summary>
    internal PatientConsent?[] Patients { get; }

    /// <summary>For each row with a directive, the number of its terms: who permitted the same, apart from when and which days of collection, has the same one.</summary>
    internal int[] Terms { get; }

    /// <summary>How many different terms there are: a few, for most patients choose among a hospital's forms.</summary>
    internal int DistinctTerms { get; }

    /// <param name="patients">A dataset's own list of local ids: it is known again as the same object.</param>
    public static RowConsents Of(ConsentState state, IReadOnlyList<string> patients) =>
        Known.GetOrCreateValue(state.Patients).GetValue(patients, ids => new RowConsents(state, ids));
}
