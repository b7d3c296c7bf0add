using Silos.Ingestion.Definitions;

namespace Silos.Samples;

/// <summary>The definitions that ship with the node, for its sample and for an export that brings none of its own.</summary>
public static class SampleDefinitions
{
    /// <summary>For the patients of <see cref="SampleGenerator"/>: IBGE municipalities and ICD-10.</summary>
    public static byte[] Minas => Bytes("minas.dataset.json");

    /// <summary>For any FHIR R4 bulk export: the city as written, condition codes of any system.</summary>
    public static byte[] FhirExport => Bytes("fhir.dataset.json");

    /// <summary>Reads one of them.</summary>
    /// <exception cref="InvalidOperationException">The shipped definition is wrong: a defect of this build.</exception>
    public static DatasetDefinition Read(byte[] definition) => ReadDefinition.FromBytes(definition) switch
    {
        DefinitionOutcome.Accepted accepted => accepted.Definition,
        DefinitionOutcome.Refused refused => throw new InvalidOperationException(string.Join("; ", refused.Faults)),
        _ => throw new InvalidOperationException("no such outcome"),
    };

    private static byte[] Bytes(string name)
    {
        using var stream = typeof(SampleDefinitions).Assembly.GetManifestResourceStream($"Silos.Samples.Definitions.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
