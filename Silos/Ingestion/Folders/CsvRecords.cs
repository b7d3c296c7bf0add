using System.Text;

namespace Silos.Ingestion.Folders;

/// <summary>Reads delimited records (RFC 4180: quotes, doubled quotes, line ends inside quotes) one at a time.</summary>
/// <param name="longest">Characters of one record; a longer one is given as a fault and reading goes on at the next line.</param>
internal sealed class CsvRecords(TextReader reader, char delimiter, int longest)
{
    private readonly char[] buffer = new char[1 << 16];
    private readonly StringBuilder field = new();
    private int at;
    private int filled;

    /// <summary>Line on which the last record began, from 1.</summary>
    public long Line { get; private set; }

    private long next = 1;

    /// <summary>Reads the next record that is not an empty line. False at the end.</summary>
    /// <param name="fault">What is wrong with the record; its fields do not count then.</param>
    public bool Read(List<string> fields, out string? fault)
    {
        fault = null;
        while (true)
        {
            fields.Clear();
            Line = next;
            if (Peek() < 0)
            {
                return false;
            }

            fault = Record(fields);
            if (fault is not null || fields.Count > 1 || fields[0].Length > 0)
            {
                return true;
            }
        }
    }

    private string? Record(List<string> fields)
    {
        var length = 0;
        field.Clear();
        while (true)
        {
            var c = Next();
            if (c == '"' && field.Length == 0)
            {
                if (Quoted(ref length) is { } fault)
                {
                    return fault;
                }
            }
            else if (c == delimiter || c is '\n' or -1)
            {
                if (c != delimiter && field.Length > 0 && field[^1] == '\r')
                {
                    field.Length--;
                }

                fields.Add(field.ToString());
                field.Clear();
                if (c != delimiter)
                {
                    next += c == '\n' ? 1 : 0;
                    return null;
                }
            }
            else
            {
                field.Append((char)c);
            }

            if (++length > longest)
            {
                SkipLine();
                return $"record longer than {longest} characters";
            }
        }
    }

    /// <summary>The rest of a quoted field, its closing quote taken.</summary>
    private string? Quoted(ref int length)
    {
        while (true)
        {
            var c = Next();
            switch (c)
            {
                case -1:
                    return "a quote is never closed";
                case '"' when Peek() == '"':
                    Next();
                    field.Append('"');
                    break;
                case '"':
                    return null;
                default:
                    next += c == '\n' ? 1 : 0;
                    field.Append((char)c);
                    break;
            }

            if (++length > longest)
            {
                SkipLine();
                return $"a quote is not closed within {longest} characters";
            }
        }
    }

    private void SkipLine()
    {
        int c;
        do
        {
            c = Next();
        }
        while (c is not ('\n' or -1));
        next++;
    }

    private int Peek() => at < filled || Fill() ? buffer[at] : -1;

    private int Next() => at < filled || Fill() ? buffer[at++] : -1;

    private bool Fill()
    {
        (at, filled) = (0, reader.Read(buffer, 0, buffer.Length));
        return filled > 0;
    }
}
