namespace Anonymizer.PrivacyModels;

/// <summary>k-anonymity: every equivalence class holds at least k records, or records of at least k patients.</summary>
/// <param name="K">Records, or patients, from 2 up; 11 by default in ResearchHub.</param>
/// <param name="Patient">The column that names the patient when a patient may have several rows; null when a row is a patient.</param>
/// <remarks>Sweeney, IJUFKS 10(5), 2002. Bounds re-identification only, not attribute disclosure: a class whose rows all share a
/// diagnosis tells it. Gives no protection against two releases of one table laid side by side (see Releases).</remarks>
public sealed record KAnonymity(int K, string? Patient = null) : PrivacyModel
{
    public override string? Attribute => Patient;

    public override string? Fault() => K < 2 ? $"k is {K} but must be at least 2" : null;

    internal override bool SurvivesAnyMerge => true;

    internal override ClassTest Prepare(TableProfile profile) => Patient is null
        ? (rows, _, _) => rows >= K
        : (_, patients, _) => patients.Length >= K;
}
