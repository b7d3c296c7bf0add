namespace Story;

/// <summary>What a stack is started with.</summary>
/// <param name="State">The folder in which everything lives.</param>
/// <param name="Port">The base port; the others follow from it (README.md).</param>
/// <param name="Data">A FHIR bulk export for the first hospital, instead of the sample.</param>
/// <param name="Patients">Synthetic patients in each hospital's sample.</param>
/// <param name="Settings">Further settings of the silos.</param>
/// <param name="SilosOnly">Leave the hub out: for tests of a silo alone.</param>
/// <param name="Databases">A PostgreSQL on which hub and silos keep their databases; null for SQLite files in the state folder.</param>
/// <param name="HubSettings">Further settings of the hub.</param>
/// <param name="FaultSeed">Puts a <see cref="FaultProxy"/> with this seed between the chain and everybody; null puts none.</param>
/// <param name="ChainInMemory">Keeps no state of the chain: for measurements, which the development node's writing of all its blocks each second would grow into.</param>
public sealed record StackOptions(
    string State, int Port, string? Data = null, int Patients = 2000, IReadOnlyList<(string Key, string? Value)>? Settings = null, bool SilosOnly = false,
    PostgresServer? Databases = null, IReadOnlyList<(string Key, string? Value)>? HubSettings = null, int? FaultSeed = null, bool ChainInMemory = false)
{
    /// <summary>The base port when none is named.</summary>
    public const int DefaultPort = 5080;

    public int Web => Port;

    public int Api => Port + 1;

    /// <summary>A second process of the hub.</summary>
    public int HubBeside => Port + 2;

    public int Silo(int number) => Port + 10 + number;

    /// <summary>Further processes of a silo, from 1.</summary>
    public int SiloBeside(int number, int copy) => Port + 30 + (10 * number) + copy;

    public int Chain => Port + 20;

    public int Witness(int number) => Port + 20 + number;

    public int ChainProxy => Port + 29;

    public int StripeDouble => Port + 30;

    public string In(params string[] path) => Path.Combine([State, .. path]);
}
