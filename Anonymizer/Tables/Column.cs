namespace Anonymizer.Tables;

/// <summary>One column of a <see cref="Table"/>: a name and one cell a row, any of which may be null.</summary>
public abstract class Column(string name)
{
    /// <summary>The attribute's name; unique in its table.</summary>
    public string Name { get; } = name;

    /// <summary>Number of rows.</summary>
    public abstract int Count { get; }

    /// <summary>Whether the cell holds no value.</summary>
    public abstract bool IsNull(int row);

    /// <summary>The cell as it is written to a file, or null.</summary>
    public abstract string? Text(int row);

    /// <summary>The same cells, dictionary-encoded by their text: what grouping and generalization work on.</summary>
    public virtual CategoryColumn ToCategories()
    {
        var values = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new int[Count];
        for (var row = 0; row < codes.Length; row++)
        {
            var text = Text(row);
            if (text is null)
            {
                codes[row] = CategoryColumn.Null;
                continue;
            }

            if (!index.TryGetValue(text, out var code))
            {
                code = values.Count;
                index.Add(text, code);
                values.Add(text);
            }

            codes[row] = code;
        }

        return new CategoryColumn(Name, values, codes);
    }
}
