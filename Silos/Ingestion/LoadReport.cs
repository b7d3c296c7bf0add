namespace Silos.Ingestion;

/// <summary>Lines of one resource type, or rows of one table: <c>Read = Loaded + Rejected</c>, always.</summary>
/// <param name="Ignored">Whether no view asks for the type: its lines are counted as read and loaded into nothing.</param>
public sealed record TypeCount(string Type, long Read, long Loaded, long Rejected, bool Ignored);

/// <summary>A line that was kept out.</summary>
/// <param name="File">Path below the folder.</param>
/// <param name="Line">From 1.</param>
/// <param name="Type">Resource type, or the file's where the line does not say.</param>
/// <param name="Reason">What is wrong, without values of the record.</param>
public sealed record Rejection(string File, long Line, string Type, string Reason);

/// <summary>A value that was left out of a record that was loaded.</summary>
/// <param name="Reason">What is wrong, without the value.</param>
public sealed record ValueProblem(string File, long Line, string Attribute, string Reason);

/// <summary>A file whose rest could not be read: the load is not complete, and what was read before stands.</summary>
public sealed record FileFault(string File, long Line, string Reason);

/// <summary>How one attribute came out.</summary>
/// <param name="Filled">Rows with a value.</param>
/// <param name="Empty">Rows without.</param>
/// <param name="OutOfBounds">Values outside the declared bounds or values; they were left out.</param>
/// <param name="Unreadable">Values that are not of the attribute's type; left out.</param>
/// <param name="Unmapped">Codes that the attribute's hierarchy does not know; left out.</param>
/// <param name="Minimum">Smallest value in the table as written, for numbers.</param>
/// <param name="Distinct">Distinct values or codes in the table.</param>
public sealed record AttributeQuality(
    string Name, long Filled, long Empty, long OutOfBounds, long Unreadable, long Unmapped, string? Minimum, string? Maximum, int Distinct);

/// <summary>What a load did: for the hospital's eyes, as it holds exact counts.</summary>
/// <param name="Rejections">The first 1,000 in order of file and line; <see cref="Types"/> counts all.</param>
/// <param name="Problems">The first 1,000 values that were left out; <see cref="Attributes"/> counts all.</param>
/// <param name="Faults">Files that could not be read to their end. Empty in a complete load.</param>
/// <param name="Bytes">Unpacked bytes read.</param>
public sealed record LoadReport(
    int Patients,
    IReadOnlyList<TypeCount> Types,
    IReadOnlyList<Rejection> Rejections,
    IReadOnlyList<FileFault> Faults,
    IReadOnlyList<AttributeQuality> Attributes,
    IReadOnlyList<ValueProblem> Problems,
    long Bytes,
    TimeSpan Elapsed)
{
    public long Read => Types.Sum(type => type.Read);

    public long Loaded => Types.Sum(type => type.Loaded);

    public long Rejected => Types.Sum(type => type.Rejected);

    /// <summary>Whether every file was read to its end.</summary>
    public bool Complete => Faults.Count == 0;

    /// <summary>The report in lines for a terminal.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var type in Types)
        {
            yield return $"{type.Type}: {type.Read} read, {type.Loaded} loaded, {type.Rejected} rejected{(type.Ignored ? " (no view asks for it)" : "")}";
        }

        foreach (var fault in Faults)
        {
            yield return $"{fault.File}:{fault.Line}: {fault.Reason}; the rest of the file was not read";
        }

        foreach (var rejection in Rejections.Take(10))
        {
            yield return $"{rejection.File}:{rejection.Line}: {rejection.Type} rejected: {rejection.Reason}";
        }

        yield return $"{Patients} patients; {Read} read = {Loaded} loaded + {Rejected} rejected, {Bytes / 1_000_000.0:F1} MB in {Elapsed.TotalSeconds:F2} s";
    }
}
