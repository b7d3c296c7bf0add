namespace Silos.Ingestion.Views.Paths;

/// <summary>Parses a FHIRPath expression by precedence climbing (FHIRPath N1, section 12; the operators of SQL-on-FHIR's shareable
/// profile and a few more).</summary>
internal sealed class ParsePath
{
    private static readonly string[][] Levels =
    [
        ["implies"], ["or", "xor"], ["and"], ["in", "contains"], ["=", "!=", "~", "!~"], ["<", ">", "<=", ">="], ["|"], ["is", "as"], ["+", "-", "&"], ["*", "/", "div", "mod"],
    ];

    private readonly string path;
    private readonly List<PathToken> tokens;
    private int at;

    private ParsePath(string path)
    {
        this.path = path;
        tokens = PathTokens.Of(path);
    }

    /// <exception cref="PathException">The expression is not FHIRPath.</exception>
    public static PathSyntax Of(string path)
    {
        var parser = new ParsePath(path);
        var syntax = parser.Level(0);
        return parser.Here.Kind == PathTokenKind.End ? syntax : throw parser.Unexpected();
    }

    private PathToken Here => tokens[at];

    private PathSyntax Level(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        var left = Level(level + 1);
        while (Here.Kind is PathTokenKind.Symbol or PathTokenKind.Name && Levels[level].Contains(Here.Text))
        {
            var name = tokens[at++].Text;
            left = new PathSyntax.Binary(name, left, name is "is" or "as" ? TypeName() : Level(level + 1));
        }

        return left;
    }

    private PathSyntax Unary()
    {
        if (Takes("-"))
        {
            return new PathSyntax.Negative(Unary());
        }

        return Takes("+") ? Unary() : Postfix();
    }

    private PathSyntax Postfix()
    {
        var of = Term();
        while (true)
        {
            if (Takes("."))
            {
                of = Invocation(of);
            }
            else if (Takes("["))
            {
                of = new PathSyntax.Index(of, Level(0));
                Require("]");
            }
            else
            {
                return of;
            }
        }
    }

    private PathSyntax Term()
    {
        var token = Here;
        switch (token.Kind)
        {
            case PathTokenKind.Text:
                at++;
                return new PathSyntax.Literal(token.Text, "string");
            case PathTokenKind.Number:
                at++;
                return new PathSyntax.Literal(token.Text, token.Text.Contains('.', StringComparison.Ordinal) ? "decimal" : "integer");
            case PathTokenKind.Moment:
                at++;
                return Moment(token);
            case PathTokenKind.Constant:
                at++;
                return new PathSyntax.Constant(token.Text);
            case PathTokenKind.Special when token.Text is "this" or "index":
                at++;
                return new PathSyntax.Special(token.Text);
            case PathTokenKind.Name when token.Text is "true" or "false":
                at++;
                return new PathSyntax.Literal(token.Text, "boolean");
            case PathTokenKind.Name:
                return Invocation(null);
        }

        if (Takes("("))
        {
            var inner = Level(0);
            Require(")");
            return inner;
        }

        if (Takes("{"))
        {
            Require("}");
            return new PathSyntax.Literal(null, "empty");
        }

        throw Unexpected();
    }

    private PathSyntax.Literal Moment(PathToken token)
    {
        var text = token.Text;
        if (text.StartsWith('T') && text.Length >= 3)
        {
            return new PathSyntax.Literal(text[1..], "time");
        }

        return FhirDate.TryParse(text.Length == 13 ? text + ":00" : text.TrimEnd('T'), out _)
            ? new PathSyntax.Literal(text.TrimEnd('T'), text.Contains('T', StringComparison.Ordinal) ? "dateTime" : "date")
            : throw new PathException($"'@{text}' at {token.At} is no date or time, in: {path}");
    }

    private PathSyntax Invocation(PathSyntax? of)
    {
        if (Here.Kind != PathTokenKind.Name)
        {
            throw Unexpected();
        }

        var name = tokens[at++].Text;
        if (!Takes("("))
        {
            return new PathSyntax.Member(of, name);
        }

        var arguments = new List<PathSyntax>();
        while (!Takes(")"))
        {
            if (arguments.Count > 0)
            {
                Require(",");
            }

            arguments.Add(Level(0));
        }

        return new PathSyntax.Call(of, name, arguments);
    }

    /// <summary>A type's name, perhaps with its namespace, as a text literal.</summary>
    private PathSyntax.Literal TypeName()
    {
        var name = Here.Kind == PathTokenKind.Name ? tokens[at++].Text : throw Unexpected();
        if (Takes("."))
        {
            name = Here.Kind == PathTokenKind.Name ? tokens[at++].Text : throw Unexpected();
        }

        return new PathSyntax.Literal(name, "string");
    }

    private bool Takes(string symbol)
    {
        if (Here.Kind != PathTokenKind.Symbol || Here.Text != symbol)
        {
            return false;
        }

        at++;
        return true;
    }

    private void Require(string symbol)
    {
        if (!Takes(symbol))
        {
            throw new PathException($"'{symbol}' is missing at {Here.At}, in: {path}");
        }
    }

    private PathException Unexpected() =>
        new(Here.Kind == PathTokenKind.End ? $"the path ends too early: '{path}'" : $"'{Here.Text}' at {Here.At} is not expected there, in: {path}");
}
