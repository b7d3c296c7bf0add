namespace Silos.Ingestion.Views.Paths;

/// <summary>A path that cannot be read, compiled or, on some resource, evaluated.</summary>
public sealed class PathException : Exception
{
    public PathException(string message)
        : base(message)
    {
    }

    public PathException()
    {
    }

    public PathException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The syntax tree of a FHIRPath expression.</summary>
internal abstract record PathSyntax
{
    /// <summary>A constant value; a null text is the empty collection <c>{}</c>.</summary>
    public sealed record Literal(string? Text, string Type) : PathSyntax;

    /// <summary><c>$this</c>, <c>$index</c>.</summary>
    public sealed record Special(string Name) : PathSyntax;

    /// <summary><c>%name</c>.</summary>
    public sealed record Constant(string Name) : PathSyntax;

    /// <summary>A member of <paramref name="Of"/>, or of the focus where that is null.</summary>
    public sealed record Member(PathSyntax? Of, string Name) : PathSyntax;

    public sealed record Call(PathSyntax? Of, string Name, IReadOnlyList<PathSyntax> Arguments) : PathSyntax;

    public sealed record Index(PathSyntax Of, PathSyntax At) : PathSyntax;

    public sealed record Binary(string Operator, PathSyntax Left, PathSyntax Right) : PathSyntax;

    public sealed record Negative(PathSyntax Of) : PathSyntax;
}
