using System.Runtime.CompilerServices;

namespace Silos.Consents;

/// <summary>What the register holds of a dataset's patients, looked up once for a state of the register and not by every question. Goes with the state.</summary>
public static class RowConsents
{
    private static readonly ConditionalWeakTable<object, ConditionalWeakTable<IReadOnlyList<string>, PatientConsent?[]>> Known = [];

    /// <param name="patients">A dataset's own list of local ids: it is known again as the same object.</param>
    /// <returns>A place for each; null for a patient who is unknown to the register.</returns>
    public static IReadOnlyList<PatientConsent?> Of(ConsentState state, IReadOnlyList<string> patients) =>
        Known.GetOrCreateValue(state.Patients).GetValue(patients, ids => [.. ids.Select(state.Find)]);
}
