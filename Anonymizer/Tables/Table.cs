namespace Anonymizer.Tables;

/// <summary>Columns of one length, found by name. Immutable: a changed dataset is a new table.</summary>
public sealed class Table
{
    private readonly Dictionary<string, Column> byName;

    /// <exception cref="ArgumentException">Two columns have one name, or their lengths differ.</exception>
    public Table(IReadOnlyList<Column> columns)
    {
        Columns = columns;
        Count = columns.Count == 0 ? 0 : columns[0].Count;
        byName = columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        if (columns.FirstOrDefault(column => column.Count != Count) is { } odd)
        {
            throw new ArgumentException($"column '{odd.Name}' has {odd.Count} rows where the first has {Count}", nameof(columns));
        }
    }

    /// <summary>The columns in the order of the file.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>The column of that name, or null.</summary>
    public Column? Find(string name) => byName.GetValueOrDefault(name);
}
