using Silos.Ingestion;
using Silos.Samples;
using Silos.Tests.Ingestion;
using Xunit;

namespace Silos.Tests.Samples;

public sealed class SampleGeneratorTests
{
    private static readonly SampleOptions Small = new(300, 7, new DateOnly(2025, 12, 31));

    /// <summary>Goal: equal options give equal bytes. Method: write twice, compare every file.</summary>
    [Fact]
    public void The_same_seed_writes_the_same_bytes()
    {
        using var a = new TemporaryFolder();
        using var b = new TemporaryFolder();
        SampleGenerator.Write(Small, a.Path);
        SampleGenerator.Write(Small, b.Path);
        Assert.All(Directory.GetFiles(a.Path), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(b.Path, Path.GetFileName(file)))));
    }

    /// <summary>Goal: what is loaded is what was made. Method: load a written sample, compare each row with its patient, cell by cell.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loaded_sample_equals_the_patients_it_was_made_of(bool gzip)
    {
        using var folder = new TemporaryFolder();
        var options = Small with { Gzip = gzip };
        var written = SampleGenerator.Write(options, folder.Path);
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var result = LoadFolder.Run(folder.Path, definition, new LoadOptions(options.ReferenceDate));
        Assert.Equal(written.Patient, result.Rows.Count);
        Assert.Equal(written.Patient + written.Condition + written.Encounter + written.Observation, result.Report.Loaded);
        Assert.Equal(0, result.Report.Rejected);
        Assert.True(result.Report.Complete);
        var rows = result.Rows.ToDictionary(row => row.Patient);
        Assert.All(SampleGenerator.Patients(options), patient =>
        {
            var cells = rows[patient.Id].Cells.Select((cell, i) => cell.Written(definition.Attributes[i].Step)).ToList();
            var birthday = patient.Born.AddYears(options.ReferenceDate.Year - patient.Born.Year);
            var age = options.ReferenceDate.Year - patient.Born.Year - (birthday > options.ReferenceDate ? 1 : 0);
            Assert.Equal(
                [
                    $"{age}", patient.Female ? "female" : "male", patient.Home.Code,
                    patient.Conditions.Count == 0 ? null : string.Join('|', patient.Conditions.Select(c => c.Code).Order(StringComparer.Ordinal)),
                    patient.Visits.LastOrDefault(v => v.Hba1c is not null)?.Hba1c?.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture),
                    (patient.Visits is [.., var visit] ? visit.Systolic : null)?.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    $"{patient.Visits.Count}", patient.Home.Mesoregion,
                ],
                cells);
        });
    }

    /// <summary>Goal: no number of a living person comes out. Method: recompute the first check digit of every CPF.</summary>
    [Fact]
    public void Every_CPF_has_a_wrong_check_digit_and_every_name_its_marker() =>
        Assert.All(SampleGenerator.Patients(Small), patient =>
        {
            var right = patient.Cpf.Take(9).Select((digit, place) => (digit - '0') * (10 - place)).Sum() * 10 % 11 % 10;
            Assert.NotEqual(right, patient.Cpf[9] - '0');
            Assert.EndsWith(SampleMarkers.FamilyName, patient.Family, StringComparison.Ordinal);
        });

    /// <summary>Goal: the sample is worth asking. Method: over 5,000 patients, diabetics have a higher HbA1c and are older, and the
    /// pressure rises with hypertension. Deterministic: no false alarms.</summary>
    [Fact]
    public void The_sample_has_believable_correlations()
    {
        var patients = SampleGenerator.Patients(Small with { Patients = 5000 }).ToList();
        var diabetic = patients.Where(p => p.Conditions.Any(c => c.Code == "E11.9")).ToList();
        Assert.InRange(diabetic.Count, 250, 900);
        Assert.True(A1c(diabetic) > A1c(patients.Except(diabetic)) + 1.5m);
        Assert.True(diabetic.Average(p => Small.ReferenceDate.Year - p.Born.Year) > patients.Average(p => Small.ReferenceDate.Year - p.Born.Year) + 10);
        var hypertensive = patients.Where(p => p.Conditions.Any(c => c.Code == "I10")).ToList();
        Assert.True(hypertensive.SelectMany(p => p.Visits).Average(v => v.Systolic) > patients.Except(hypertensive).SelectMany(p => p.Visits).Average(v => v.Systolic) + 10);
    }

    /// <summary>Goal: two hospitals may share a seed. Method: patient number n is the same in a sample of any size and start.</summary>
    [Fact]
    public void A_patient_depends_on_seed_and_number_only() =>
        Assert.Equal(
            SampleGenerator.Patients(Small).Skip(100).Take(5).Select(p => (p.Id, p.Born, p.Cpf)),
            SampleGenerator.Patients(Small with { FirstIndex = 101, Patients = 5 }).Select(p => (p.Id, p.Born, p.Cpf)));

    private static decimal A1c(IEnumerable<SamplePatient> patients) => patients.SelectMany(p => p.Visits).Where(v => v.Hba1c is not null).Average(v => v.Hba1c!.Value);
}
