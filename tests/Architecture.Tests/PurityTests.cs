using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Architecture.Tests;

/// <summary>Anonymizer computes from its arguments alone.</summary>
public class PurityTests
{
    private static readonly string[] Forbidden =
    [
        "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.StreamReader", "System.IO.StreamWriter",
        "System.Console", "System.Environment", "System.TimeProvider", "System.Diagnostics.Stopwatch", "System.Diagnostics.Process", "System.Random",
        "System.Security.Cryptography.RandomNumberGenerator", "System.Threading.Timer",
    ];

    private static readonly string[] ForbiddenNamespaces = ["System.Net", "System.Data", "Microsoft.Extensions", "Microsoft.AspNetCore"];

    /// <summary>Goal: no I/O, clock, logger, container or randomness of its own. Method: read the type references of the built assembly; assembly references would miss File, which hides in System.Runtime.</summary>
    [Fact]
    public void Anonymizer_refers_to_no_type_that_does_input_or_output_or_reads_a_clock()
    {
        var offending = TypeReferences("Anonymizer").Where(type =>
            Forbidden.Contains(type) || ForbiddenNamespaces.Any(space => type.StartsWith(space + ".", StringComparison.Ordinal)));
        Assert.Empty(offending);
    }

    /// <summary>Goal: the check above can fail. Method: the same reader finds File in an assembly that is known to use it.</summary>
    [Fact]
    public void The_reader_of_type_references_sees_a_file_where_there_is_one() => Assert.Contains("System.IO.File", TypeReferences("Silos.Ledger"));

    private static List<string> TypeReferences(string project)
    {
        var path = Path.Combine(Tree.Root, "artifacts", "bin", project, "release", project + ".dll");
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Where(type => !OnlyForIterators(metadata, type)).Select(metadata.GetTypeReference)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}")];
    }

    /// <summary>The compiler itself asks Environment.CurrentManagedThreadId in every iterator; no other member of Environment is forgiven.</summary>
    private static bool OnlyForIterators(MetadataReader metadata, TypeReferenceHandle type) =>
        metadata.GetString(metadata.GetTypeReference(type).Name) == "Environment"
        && metadata.MemberReferences.Select(metadata.GetMemberReference).Where(member => member.Parent == type)
            .All(member => metadata.GetString(member.Name) == "get_CurrentManagedThreadId");
}
