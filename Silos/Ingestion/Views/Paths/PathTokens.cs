using System.Text;

namespace Silos.Ingestion.Views.Paths;

/// <summary>What a token is.</summary>
internal enum PathTokenKind
{
    Name,
    Text,
    Number,
    Moment,
    Constant,
    Special,
    Symbol,
    End,
}

/// <param name="At">Offset in the expression, from 0.</param>
internal readonly record struct PathToken(PathTokenKind Kind, string Text, int At);

/// <summary>Cuts a FHIRPath expression into tokens (FHIRPath N1, section 12).</summary>
internal static class PathTokens
{
    private static readonly string[] Symbols = ["<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "=", "~", "<", ">", "|", "&"];

    /// <exception cref="PathException">A character that begins no token, or a text without end.</exception>
    public static List<PathToken> Of(string path)
    {
        var tokens = new List<PathToken>();
        var at = 0;
        while (at < path.Length)
        {
            if (char.IsWhiteSpace(path[at]))
            {
                at++;
            }
            else if (path.AsSpan(at).StartsWith("//"))
            {
                at = path.IndexOf('\n', at) is >= 0 and var line ? line : path.Length;
            }
            else
            {
                tokens.Add(Next(path, ref at));
            }
        }

        tokens.Add(new PathToken(PathTokenKind.End, "", path.Length));
        return tokens;
    }

    private static PathToken Next(string path, ref int at)
    {
        var start = at;
        var c = path[at];
        switch (c)
        {
            case '\'':
                return new PathToken(PathTokenKind.Text, Quoted(path, ref at), start);
            case '`':
                return new PathToken(PathTokenKind.Name, Quoted(path, ref at), start);
            case '%':
                at++;
                var name = at < path.Length && path[at] is '\'' or '`' or '"' ? Quoted(path, ref at) : Word(path, ref at);
                return new PathToken(PathTokenKind.Constant, name, start);
            case '$':
                at++;
                return new PathToken(PathTokenKind.Special, Word(path, ref at), start);
            case '@':
                at++;
                return new PathToken(PathTokenKind.Moment, Moment(path, ref at), start);
        }

        if (char.IsAsciiDigit(c))
        {
            return new PathToken(PathTokenKind.Number, Digits(path, ref at), start);
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            return new PathToken(PathTokenKind.Name, Word(path, ref at), start);
        }

        foreach (var symbol in Symbols)
        {
            if (path.AsSpan(at).StartsWith(symbol))
            {
                at += symbol.Length;
                return new PathToken(PathTokenKind.Symbol, symbol, start);
            }
        }

        throw new PathException($"'{c}' at {at} begins nothing that FHIRPath knows, in: {path}");
    }

    private static string Word(string path, ref int at)
    {
        var start = at;
        var word = While(path, ref at, c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return word.Length > 0 && !char.IsAsciiDigit(word[0]) ? word : throw new PathException($"a name is missing at {start}, in: {path}");
    }

    private static string Digits(string path, ref int at)
    {
        var whole = While(path, ref at, char.IsAsciiDigit);
        if (at + 1 < path.Length && path[at] == '.' && char.IsAsciiDigit(path[at + 1]))
        {
            at++;
            return $"{whole}.{While(path, ref at, char.IsAsciiDigit)}";
        }

        return whole;
    }

    /// <summary>Digits and what stands between them; a point belongs to it between digits only, so that a function may follow.</summary>
    private static string Moment(string path, ref int at)
    {
        var start = at;
        while (at < path.Length && (char.IsAsciiDigit(path[at]) || path[at] is '-' or ':' or 'T' or 'Z' or '+'
            || (path[at] == '.' && at > start && char.IsAsciiDigit(path[at - 1]) && at + 1 < path.Length && char.IsAsciiDigit(path[at + 1]))))
        {
            at++;
        }

        return path[start..at];
    }

    private static string While(string path, ref int at, Func<char, bool> holds)
    {
        var start = at;
        while (at < path.Length && holds(path[at]))
        {
            at++;
        }

        return path[start..at];
    }

    private static string Quoted(string path, ref int at)
    {
        var (start, quote) = (at, path[at]);
        var text = new StringBuilder();
        for (at++; at < path.Length && path[at] != quote; at++)
        {
            if (path[at] != '\\')
            {
                text.Append(path[at]);
                continue;
            }

            at++;
            text.Append(at >= path.Length ? throw new PathException($"the text begun at {start} has no end, in: {path}") : path[at] switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'f' => '\f',
                'u' when at + 4 < path.Length && ushort.TryParse(path.AsSpan(at + 1, 4), System.Globalization.NumberStyles.HexNumber, null, out var code) => Escaped(code, ref at),
                var other => other,
            });
        }

        if (at++ >= path.Length)
        {
            throw new PathException($"the text begun at {start} has no end, in: {path}");
        }

        return text.ToString();
    }

    private static char Escaped(ushort code, ref int at)
    {
        at += 4;
        return (char)code;
    }
}
