using System.Collections.Immutable;
using Silos.Ingestion;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>A patient as the hospital enrolled her: the random subject name, the local id, the name of the first keys that sign for her, and her salt.</summary>
public sealed record EnrolledPatient(string Subject, string Patient, Hash32 KeyId, Hash32 Salt);

/// <summary>What the register holds of one patient now.</summary>
/// <remarks>No record: a copy with another directive would keep the moments of the first.</remarks>
/// <param name="sequence">Number of her newest directive; 0 when there is none.</param>
/// <param name="newest">It; null when there is none, or when it cannot be read, which is a no.</param>
/// <param name="lapses">The day from which a permit counts no more, because a guardian who signed it falls away.</param>
public sealed class PatientConsent(EnrolledPatient enrolled, int sequence, Directive? newest, DateOnly? lapses)
{
    public EnrolledPatient Enrolled { get; } = enrolled;

    public int Sequence { get; } = sequence;

    public Directive? Newest { get; } = newest;

    public DateOnly? Lapses { get; } = lapses;

    /// <summary>When <see cref="Newest"/> counts, read once.</summary>
    public Validity Validity { get; } = newest is null ? Validity.Never : Validity.Of(newest);

    /// <summary>Whether she was told and can say no, and has never decided anything. Who was erased, or never enrolled, is not silent: nobody knows what she said.</summary>
    public bool IsSilent => Sequence == 0 && Newest is null;
}

/// <summary>One thing that happened to the register, in the order of <paramref name="Recorded"/>.</summary>
public abstract record RegisterEvent(long Recorded, string Subject)
{
    /// <summary>A directive was recorded. <paramref name="Directive"/> is null when it cannot be read.</summary>
    /// <param name="Content">Hash of what was signed, to which the snapshot commits.</param>
    public sealed record Decided(long Recorded, string Subject, int Sequence, Hash32 Content, Directive? Directive, DateOnly? Lapses) : RegisterEvent(Recorded, Subject);

    /// <summary>Who signs for the patient changed. <paramref name="ByOfficers"/>: because her own keys were lost; then her permit counts no more until she signs again.</summary>
    public sealed record KeysChanged(long Recorded, string Subject, bool ByOfficers) : RegisterEvent(Recorded, Subject);

    /// <summary>Her salt and keys were destroyed.</summary>
    public sealed record Erased(long Recorded, string Subject) : RegisterEvent(Recorded, Subject);
}

/// <summary>The register at one moment. Immutable: a query keeps the one it was decided on.</summary>
/// <param name="Patients">By subject.</param>
/// <param name="SubjectOf">By the hospital's local id.</param>
/// <param name="Tree">Under each subject's salted name, the salted commitment to its newest signed directive. A change costs the logarithm.</param>
/// <param name="Texts">The consent texts that the hospital published; none, and any text may be signed.</param>
/// <param name="Enrolled">Number of the last enrolment in it.</param>
/// <param name="Recorded">Number of the last event in it.</param>
public sealed record ConsentState(
    ImmutableDictionary<string, PatientConsent> Patients,
    ImmutableDictionary<string, string> SubjectOf,
    SnapshotTree Tree,
    PublishedTexts Texts,
    long Enrolled,
    long Recorded)
{
    public static ConsentState Empty { get; } = new(
        ImmutableDictionary<string, PatientConsent>.Empty, ImmutableDictionary<string, string>.Empty, SnapshotTree.Empty, PublishedTexts.None, 0, 0);

    /// <summary>The register after these enrolments and events. Events of a subject that is not enrolled (any more) change nothing.</summary>
    public ConsentState With(IEnumerable<(EnrolledPatient Patient, long Enrolled)> patients, IEnumerable<RegisterEvent> events)
    {
        var (enrolled, recorded, tree) = (Enrolled, Recorded, Tree);
        var (bySubject, byPatient) = (Patients.ToBuilder(), SubjectOf.ToBuilder());
        foreach (var (patient, number) in patients)
        {
            bySubject[patient.Subject] = new PatientConsent(patient, 0, null, null);
            byPatient[patient.Patient] = patient.Subject;
            enrolled = number;
        }

        foreach (var happened in events)
        {
            recorded = happened.Recorded;
            if (!bySubject.TryGetValue(happened.Subject, out var before))
            {
                continue;
            }

            switch (happened)
            {
                case RegisterEvent.Decided decided:
                    bySubject[happened.Subject] = new PatientConsent(before.Enrolled, decided.Sequence, decided.Directive, decided.Lapses);
                    tree = tree.With(NameOf(before.Enrolled), Commitment.Of(decided.Content, before.Enrolled.Salt));
                    break;
                case RegisterEvent.KeysChanged { ByOfficers: true }:
                    bySubject[happened.Subject] = new PatientConsent(before.Enrolled, before.Sequence, before.Newest, DateOnly.MinValue);
                    break;
                case RegisterEvent.Erased:
                    bySubject.Remove(happened.Subject);
                    byPatient.Remove(before.Enrolled.Patient);
                    tree = tree.Without(NameOf(before.Enrolled));
                    break;
                default:
                    break;
            }
        }

        return this with { Patients = bySubject.ToImmutable(), SubjectOf = byPatient.ToImmutable(), Tree = tree, Enrolled = enrolled, Recorded = recorded };
    }

    /// <summary>The patient's name in the tree: it says nothing without her salt.</summary>
    public static Hash32 NameOf(EnrolledPatient patient) => Commitment.Of(Hash32.Of(patient.Subject), patient.Salt);

    /// <summary>What the register holds of the hospital's patient; null for one who is unknown here.</summary>
    public PatientConsent? Find(string patient) => SubjectOf.TryGetValue(patient, out var subject) ? Patients.GetValueOrDefault(subject) : null;

    /// <summary>
    /// Whether the patient's records may be put to this use. A patient who is unknown here, or silent, is a no; so is a permit whose guardian fell
    /// away, and one that was signed under a text that has since changed materially.
    /// </summary>
    public bool Permits(PatientConsent? consent, ProposedUse use, RecordSpan collected, DateTimeOffset now) =>
        consent is { Newest: { } newest } && Covers(newest, use) && Counts(consent, now) && ConsentMatch.IsWithin(newest, consent.Validity, collected);

    /// <summary>The part of <see cref="Permits"/> that is the same for all directives of the same terms.</summary>
    internal bool Covers(Directive newest, ProposedUse use) => Texts.IsCurrent(newest.Text) && ConsentMatch.Covers(newest, use);

    /// <summary>Whether the patient's newest directive is in force, and who signed it may still do so.</summary>
    internal static bool Counts(PatientConsent consent, DateTimeOffset now) => consent.Validity.Holds(now) && !(DateOnly.FromDateTime(now.UtcDateTime) >= consent.Lapses);

    /// <summary>Why a permit that was signed does not count at present, for the patient's page: <c>majority</c>, <c>text</c>, or null.</summary>
    public string? AsksAnew(PatientConsent consent, DateTimeOffset now) =>
        consent.Newest is not { Decision: Directive.Permit } newest ? null
        : DateOnly.FromDateTime(now.UtcDateTime) >= consent.Lapses ? (consent.Lapses == DateOnly.MinValue ? "keys" : "majority")
        : Texts.IsCurrent(newest.Text) ? null : "text";
}
