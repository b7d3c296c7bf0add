using System.Buffers;
using System.Text;
using Anonymizer.Generalization;
using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>The input: read once to encode the columns that the search needs, and once more, as a stream, to be written.</summary>
internal sealed class TableFile
{
    private readonly string path;
    private readonly char delimiter;
    private readonly SearchValues<char> needQuotes;

    /// <exception cref="UsageException">There is no header, or it names a column twice.</exception>
    public TableFile(string path, char delimiter)
    {
        (this.path, this.delimiter) = (path, delimiter);
        needQuotes = SearchValues.Create([delimiter, '"', '\r', '\n']);
        using var rows = new CsvRows(path, delimiter);
        Header = rows.Read() ? rows.Cells() : throw new UsageException($"input '{path}' is empty but must have a header");
        if (Header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException($"input '{path}' names the column '{twice.Key}' twice");
        }
    }

    public IReadOnlyList<string> Header { get; }

    /// <summary>The named columns, encoded.</summary>
    public Table Read(HashSet<string> names)
    {
        var wanted = Enumerable.Range(0, Header.Count).Where(column => names.Contains(Header[column])).ToArray();
        var builders = wanted.Select(column => new ColumnBuilder(Header[column])).ToArray();
        using var rows = Rows();
        while (Next(rows))
        {
            for (var i = 0; i < wanted.Length; i++)
            {
                builders[i].Add(rows[wanted[i]]);
            }
        }

        return new Table([.. builders.Select(builder => builder.Build())]);
    }

    /// <summary>Writes every row in its place: quasi-identifiers recoded, identifying columns left out, the others as they are.</summary>
    public void Write(string output, IReadOnlyDictionary<string, AttributeRole> roles, RecodedTable release)
    {
        var quasi = release.Recoding.QuasiIdentifiers.Select((attribute, index) => (attribute.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index);
        var columns = Enumerable.Range(0, Header.Count).Where(column => roles[Header[column]] != AttributeRole.Identifying).ToArray();
        var sources = columns.Select(column => roles[Header[column]] == AttributeRole.QuasiIdentifying ? quasi[Header[column]] : -1).ToArray();
        using var rows = Rows();
        using var writer = new StreamWriter(output, false, new UTF8Encoding(false), 1 << 16);
        WriteRow(writer, columns.Length, i => Header[columns[i]]);
        for (var row = 0; Next(rows); row++)
        {
            for (var i = 0; i < columns.Length; i++)
            {
                if (i > 0)
                {
                    writer.Write(delimiter);
                }

                WriteCell(writer, sources[i] < 0 ? rows[columns[i]] : release.Value(row, sources[i]));
            }

            writer.Write('\n');
        }
    }

    private void WriteRow(StreamWriter writer, int cells, Func<int, string> cell)
    {
        for (var i = 0; i < cells; i++)
        {
            if (i > 0)
            {
                writer.Write(delimiter);
            }

            WriteCell(writer, cell(i));
        }

        writer.Write('\n');
    }

    private void WriteCell(StreamWriter writer, ReadOnlySpan<char> cell)
    {
        if (cell.IndexOfAny(needQuotes) < 0)
        {
            writer.Write(cell);
            return;
        }

        writer.Write('"');
        writer.Write(cell.ToString().Replace("\"", "\"\"", StringComparison.Ordinal));
        writer.Write('"');
    }

    private CsvRows Rows()
    {
        var rows = new CsvRows(path, delimiter);
        rows.Read();
        return rows;
    }

    private bool Next(CsvRows rows)
    {
        if (!rows.Read())
        {
            return false;
        }

        return rows.Count == Header.Count
            ? true
            : throw new UsageException($"input '{path}', row {rows.Row}: has {rows.Count} cells where the header has {Header.Count}");
    }
}
