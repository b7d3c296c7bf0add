using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>Tests that measure what the whole process allocates, and so run while no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
