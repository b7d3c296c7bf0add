using System.Text;

namespace Anonymizer.Tool;

/// <summary>
/// Reads a delimited file row by row without making a string a cell (RFC 4180: quotes, doubled quotes, line breaks within
/// quotes). Blank lines are passed over. The cells are valid until the next <see cref="Read"/>.
/// </summary>
internal sealed class CsvRows(string path, char delimiter) : IDisposable
{
    private readonly StreamReader reader = new(path, new UTF8Encoding(false), true, new FileStreamOptions { BufferSize = 1 << 16 });
    private readonly char[] stops = [delimiter, '"', '\r', '\n'];
    private char[] buffer = new char[1 << 16];
    private int start;
    private int filled;
    private char[] text = new char[1024];
    private int used;
    private int[] ends = new int[32];

    /// <summary>Cells in the row.</summary>
    public int Count { get; private set; }

    /// <summary>The row's number, the first being 1; rows, not lines.</summary>
    public long Row { get; private set; }

    /// <summary>Characters read so far; compare with the length of the file for progress.</summary>
    public long Position { get; private set; }

    public ReadOnlySpan<char> this[int cell]
    {
        get
        {
            var from = cell == 0 ? 0 : ends[cell - 1];
            return text.AsSpan(from, ends[cell] - from);
        }
    }

    /// <summary>The cells as strings.</summary>
    public string[] Cells()
    {
        var cells = new string[Count];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = this[i].ToString();
        }

        return cells;
    }

    /// <summary>Goes to the next row; false at the end of the file.</summary>
    /// <exception cref="UsageException">A quoted cell is not closed, or something follows its closing quote.</exception>
    public bool Read()
    {
        do
        {
            (Count, used) = (0, 0);
            if (!Fill())
            {
                return false;
            }

            ReadRow();
        }
        while (Count == 1 && used == 0);
        Row++;
        return true;
    }

    public void Dispose() => reader.Dispose();

    private void ReadRow()
    {
        while (Fill())
        {
            var rest = buffer.AsSpan(start, filled - start);
            var stop = rest.IndexOfAny(stops);
            if (stop < 0)
            {
                Keep(rest);
                Skip(rest.Length);
                continue;
            }

            Keep(rest[..stop]);
            var met = rest[stop];
            Skip(stop + 1);
            if (met == delimiter)
            {
                EndCell();
            }
            else if (met == '"')
            {
                ReadQuoted();
            }
            else
            {
                if (met == '\r' && Fill() && buffer[start] == '\n')
                {
                    Skip(1);
                }

                EndCell();
                return;
            }
        }

        EndCell();
    }

    private void ReadQuoted()
    {
        if (used > (Count == 0 ? 0 : ends[Count - 1]))
        {
            // A quote inside an unquoted cell is a character like any other.
            Keep("\"");
            return;
        }

        while (Fill())
        {
            var rest = buffer.AsSpan(start, filled - start);
            var quote = rest.IndexOf('"');
            Keep(quote < 0 ? rest : rest[..quote]);
            Skip(quote < 0 ? rest.Length : quote + 1);
            if (quote < 0)
            {
                continue;
            }

            if (!Fill() || buffer[start] != '"')
            {
                return;
            }

            Keep("\"");
            Skip(1);
        }

        throw new UsageException($"'{path}', row {Row + 1}: a quoted cell is not closed");
    }

    private void EndCell()
    {
        if (Count == ends.Length)
        {
            Array.Resize(ref ends, ends.Length * 2);
        }

        ends[Count++] = used;
    }

    private void Keep(ReadOnlySpan<char> characters)
    {
        while (used + characters.Length > text.Length)
        {
            Array.Resize(ref text, text.Length * 2);
        }

        characters.CopyTo(text.AsSpan(used));
        used += characters.Length;
    }

    private void Skip(int characters)
    {
        start += characters;
        Position += characters;
    }

    private bool Fill()
    {
        if (start < filled)
        {
            return true;
        }

        (start, filled) = (0, reader.Read(buffer));
        return filled > 0;
    }
}
