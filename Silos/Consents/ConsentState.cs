using System.Collections.Immutable;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>The register at one moment. Immutable: a query keeps the one it was decided on.</summary>
/// <param name="Patients">By subject.</param>
/// <param name="SubjectOf">By the hospital's local id.</param>
/// <param name="Newest">The newest directive, by subject.</param>
/// <param name="Tree">Under each subject's salted name, the salted commitment to its newest signed directive. A change costs the logarithm.</param>
/// <param name="Enrolled">Number of the last enrolment in it.</param>
/// <param name="Recorded">Number of the last directive in it.</param>
public sealed record ConsentState(
    ImmutableDictionary<string, EnrolledPatient> Patients,
    ImmutableDictionary<string, string> SubjectOf,
    ImmutableDictionary<string, Directive> Newest,
    SnapshotTree Tree,
    long Enrolled,
    long Recorded)
{
    public static ConsentState Empty { get; } = new(
        ImmutableDictionary<string, EnrolledPatient>.Empty,
        ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, Directive>.Empty,
        SnapshotTree.Empty,
        0,
        0);

    /// <summary>The register after these enrolments and directives.</summary>
    public ConsentState With(
        IEnumerable<(EnrolledPatient Patient, long Enrolled)> patients,
        IEnumerable<(SignedRecord Record, Directive Directive, long Recorded)> directives)
    {
        var (enrolled, recorded, tree) = (Enrolled, Recorded, Tree);
        var (bySubject, byPatient, newest) = (Patients.ToBuilder(), SubjectOf.ToBuilder(), Newest.ToBuilder());
        foreach (var (patient, number) in patients)
        {
            bySubject[patient.Subject] = patient;
            byPatient[patient.Patient] = patient.Subject;
            enrolled = number;
        }

        foreach (var (record, directive, number) in directives)
        {
            var patient = bySubject[directive.Subject];
            newest[directive.Subject] = directive;
            tree = tree.With(NameOf(patient), Commitment.Of(record.Hash(), patient.Salt));
            recorded = number;
        }

        return new ConsentState(bySubject.ToImmutable(), byPatient.ToImmutable(), newest.ToImmutable(), tree, enrolled, recorded);
    }

    /// <summary>The patient's name in the tree: it says nothing without her salt.</summary>
    public static Hash32 NameOf(EnrolledPatient patient) => Commitment.Of(Hash32.Of(patient.Subject), patient.Salt);

    /// <summary>Whether the patient's records may be put to this use. A patient who is unknown here, or silent, is a no.</summary>
    public bool Permits(string patient, ProposedUse use, DateTimeOffset now) =>
        SubjectOf.TryGetValue(patient, out var subject) && ConsentMatch.Permits(Newest.GetValueOrDefault(subject), use, now);
}
