using System.IO.Compression;
using System.Text;

namespace Silos.Samples;

/// <summary>What a sample is made of; equal options give equal bytes.</summary>
/// <param name="Patients">How many; 0 or more.</param>
/// <param name="Seed">Which sample: every seed is another population.</param>
/// <param name="ReferenceDate">The day at which histories end and ages are drawn.</param>
/// <param name="IdPrefix">Begins every local patient id: letters, digits and dashes.</param>
/// <param name="FirstIndex">Number of the first patient, so that two hospitals may share a seed without sharing patients.</param>
/// <param name="Gzip">Write <c>.ndjson.gz</c>.</param>
public sealed record SampleOptions(int Patients, ulong Seed, DateOnly ReferenceDate, string IdPrefix = "p-", int FirstIndex = 1, bool Gzip = false);

/// <summary>Counts of what was written, by resource type.</summary>
public sealed record SampleCounts(int Patient, int Condition, int Encounter, int Observation);

/// <summary>Makes synthetic patients of Minas Gerais, so that the sample takes the same road as a real FHIR export.
/// Deterministic by seed, one patient at a time in memory. Nobody in it exists, and CPF check digits are wrong on purpose.</summary>
public static class SampleGenerator
{
    /// <summary>The patients themselves, in order: what the files are written from, and what a test compares a load with.</summary>
    public static IEnumerable<SamplePatient> Patients(SampleOptions options)
    {
        for (var i = 0; i < options.Patients; i++)
        {
            yield return DrawPatient.Number(options.FirstIndex + i, options);
        }
    }

    /// <summary>Writes Patient, Condition, Encounter and Observation as FHIR R4 NDJSON into <paramref name="folder"/>, which is made.</summary>
    public static SampleCounts Write(SampleOptions options, string folder)
    {
        Directory.CreateDirectory(folder);
        using var patients = Open("Patient");
        using var conditions = Open("Condition");
        using var encounters = Open("Encounter");
        using var observations = Open("Observation");
        var counts = new int[4];
        foreach (var patient in Patients(options))
        {
            Line(patients, 0, FhirLines.Patient(patient));
            for (var c = 0; c < patient.Conditions.Count; c++)
            {
                Line(conditions, 1, FhirLines.Condition(patient, c));
            }

            for (var v = 0; v < patient.Visits.Count; v++)
            {
                Line(encounters, 2, FhirLines.Encounter(patient, v));
                foreach (var observation in FhirLines.Observations(patient, v))
                {
                    Line(observations, 3, observation);
                }
            }
        }

        return new SampleCounts(counts[0], counts[1], counts[2], counts[3]);

        StreamWriter Open(string type)
        {
            Stream file = File.Create(Path.Combine(folder, $"{type}.000.ndjson{(options.Gzip ? ".gz" : "")}"));
            return new StreamWriter(options.Gzip ? new GZipStream(file, CompressionLevel.Fastest) : file, new UTF8Encoding(false), 1 << 16);
        }

        void Line(StreamWriter writer, int type, string line)
        {
            writer.Write(line);
            writer.Write('\n');
            counts[type]++;
        }
    }
}
