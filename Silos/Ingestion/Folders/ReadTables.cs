using System.IO.Compression;
using System.Text;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Views;

namespace Silos.Ingestion.Folders;

/// <summary>Reads the delimited tables of a definition: plain files, gzip, or entries of a zip in the folder (as OMOP CDM comes).</summary>
internal sealed class ReadTables(LoadPlan plan, LoadState state, LoadOptions options)
{
    private const long BombRatio = 250;

    private readonly bool registry = plan.Definition.Tables.Any(table => table.Registry);
    private readonly List<Fact> facts = [];

    /// <summary>Reads every table, registries first; gives the unpacked bytes.</summary>
    public long From(string folder)
    {
        var bytes = 0L;
        foreach (var table in plan.Definition.Tables.OrderBy(table => !table.Registry))
        {
            try
            {
                using var source = Open(folder, table.File);
                if (source is null)
                {
                    state.Fault(new FileFault(table.File, 1, $"is neither in the folder nor in a zip there; table '{table.Name}' needs it"));
                    continue;
                }

                bytes += One(table, source);
            }
            catch (Exception wrong) when (wrong is IOException or InvalidDataException)
            {
                state.Fault(new FileFault(table.File, 1, wrong.Message));
            }
        }

        return bytes;
    }

    private long One(TableSource table, Stream source)
    {
        using var counting = new CountingReading(source);
        using var reader = new StreamReader(counting, table.Latin1 ? Encoding.Latin1 : new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true);
        var records = new CsvRecords(reader, table.Delimiter, options.LongestLine);
        var fields = new List<string>();
        try
        {
            if (!records.Read(fields, out var broken) || broken is not null)
            {
                state.Fault(new FileFault(table.File, 1, broken ?? "is empty: a header is wanted"));
                return counting.Count;
            }

            if (Header(table, fields) is { } header)
            {
                while (records.Read(fields, out var fault))
                {
                    Record(table, header, records.Line, fields, fault);
                }
            }
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException)
        {
            state.Fault(new FileFault(table.File, records.Line, wrong.Message));
        }

        return counting.Count;
    }

    private sealed record Columns(int Count, int Patient, int Id, IReadOnlyList<Feed> Feeds, (int Column, HashSet<string> Values)[] Where);

    private Columns? Header(TableSource table, List<string> names)
    {
        var wanted = plan.Definition.Attributes.Where(a => a.From.View == table.Name).SelectMany(a => new[] { a.From.Column, a.From.By })
            .Concat(plan.Definition.Events.Where(kind => kind.View == table.Name).SelectMany(kind => new[] { kind.Code, kind.Date }))
            .Concat(table.Where.Keys).Append(table.Patient).Append(table.Id).OfType<string>();
        if (wanted.FirstOrDefault(name => !names.Contains(name)) is { } missing)
        {
            state.Fault(new FileFault(table.File, 1, $"has no column '{missing}', which table '{table.Name}' needs; it has {string.Join(", ", names.Take(60))}"));
            return null;
        }

        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            state.Fault(new FileFault(table.File, 1, $"has the column '{twice.Key}' twice"));
            return null;
        }

        return new Columns(
            names.Count, names.IndexOf(table.Patient), table.Id is null ? -1 : names.IndexOf(table.Id), plan.FeedsOf(table.Name, [.. names]),
            [.. table.Where.Select(pair => (names.IndexOf(pair.Key), pair.Value.ToHashSet(StringComparer.Ordinal)))]);
    }

    private void Record(TableSource table, Columns columns, long line, List<string> fields, string? fault)
    {
        fault ??= fields.Count != columns.Count ? $"has {fields.Count} fields where the header has {columns.Count}"
            : fields.Exists(field => field.Contains('\uFFFD', StringComparison.Ordinal)) ? "not valid UTF-8"
            : IsMissing(table, fields[columns.Patient]) ? $"names no patient in '{table.Patient}'"
            : null;
        if (fault is not null)
        {
            state.Reject(table.File, table.Name, line, fault, Raw(fields, table.Delimiter));
            return;
        }

        if (Array.Exists(columns.Where, where => !where.Values.Contains(fields[where.Column])))
        {
            state.Skip(table.Name);
            return;
        }

        facts.Clear();
        var row = new ViewValue[fields.Count];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = IsMissing(table, fields[i]) ? ViewValue.Null : ViewValue.Of(fields[i]);
        }

        plan.Add(columns.Feeds, row, facts);
        var id = columns.Id < 0 ? 0 : IdHash.Of(table.Name, Encoding.UTF8.GetBytes(fields[columns.Id]));
        state.Merge(table.File, table.Name, line, id, fields[columns.Patient], table.Registry || !registry, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(facts), Raw(fields, table.Delimiter));
    }

    private byte[] Raw(List<string> fields, char delimiter) => options.Aside is null ? [] : Encoding.UTF8.GetBytes(string.Join(delimiter, fields));

    private static bool IsMissing(TableSource table, string text) => text.Length == 0 || table.Missing.Contains(text);

    private static Stream? Open(string folder, string name)
    {
        var plain = Path.Combine(folder, name);
        if (File.Exists(plain))
        {
            var file = File.OpenRead(plain);
            return name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GzipReading(file, Math.Max(1L << 26, file.Length * BombRatio)) : file;
        }

        foreach (var zip in Directory.EnumerateFiles(folder, "*.zip").Order(StringComparer.Ordinal))
        {
            var archive = ZipFile.OpenRead(zip);
            var entry = archive.Entries.FirstOrDefault(entry => entry.Name == name);
            if (entry is not null)
            {
                return new ZipReading(archive, entry, Math.Max(1L << 26, entry.CompressedLength * BombRatio));
            }

            archive.Dispose();
        }

        return null;
    }
}
