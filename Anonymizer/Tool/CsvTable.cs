using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.Tables;
using CsvHelper;

namespace Anonymizer.Tool;

/// <summary>Reads a CSV file into the table that a schema declares. What a cell holds never stops it: see <see cref="Cells"/>.</summary>
internal static class CsvTable
{
    /// <exception cref="InputException">The header does not fit the schema.</exception>
    public static Table Read(FileInfo file, Schema schema, string delimiter)
    {
        if (delimiter.Length != 1 || !char.IsAscii(delimiter[0]) || delimiter[0] is '"' or '\r' or '\n')
        {
            throw new InputException("--delimiter", delimiter, "one ASCII character that is no quote or line break is needed");
        }

        using var csv = CsvReader.FromFile(file.FullName, CsvReaderOptions.Default with { Separator = delimiter[0], PoolStrings = true });
        csv.ReadHeader();
        var header = csv.Headers.ToArray();
        if (header.Length == 0)
        {
            throw new InputException("--input", file.Name, "a header line is needed");
        }

        var builder = new TableBuilder(schema, header);
        var cells = new string?[header.Length];
        while (csv.Read())
        {
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = csv.GetString(i);
            }

            builder.Add(cells);
        }

        return builder.Build();
    }
}
