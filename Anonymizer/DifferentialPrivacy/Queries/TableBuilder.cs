using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Makes the table that a schema declares from rows of text, by the policy of <see cref="Cells"/>.</summary>
/// <remarks>Attributes that the schema does not declare are not read. A declared attribute without a column is null throughout.</remarks>
public sealed class TableBuilder
{
    private readonly List<(int Source, ColumnBuilder Column)> columns = [];

    /// <param name="schema">What to read.</param>
    /// <param name="header">The names of the cells of each row, in their order.</param>
    /// <exception cref="InputException">The privacy unit has no column, or a column is there twice.</exception>
    public TableBuilder(Schema schema, IReadOnlyList<string> header)
    {
        if (header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InputException("header", twice.Key, "each column is there once");
        }

        var place = header.Select((name, index) => (name, index)).ToDictionary(column => column.name, column => column.index, StringComparer.Ordinal);
        if (!place.TryGetValue(schema.Unit.Attribute, out var unit))
        {
            throw new InputException("privacyUnit", schema.Unit.Attribute, $"the columns are {string.Join(", ", header)}");
        }

        columns.Add((unit, new CategoryBuilder(schema.Unit.Attribute, new CategoryType(null))));
        foreach (var (name, type) in schema.Attributes)
        {
            ColumnBuilder column = type switch
            {
                NumberType number => new NumberBuilder(name, number),
                CategoryType category => new CategoryBuilder(name, category),
                _ => new CodesBuilder(name),
            };
            columns.Add((place.GetValueOrDefault(name, -1), column));
        }
    }

    /// <summary>Adds a row; cells that are missing at its end are null.</summary>
    public void Add(ReadOnlySpan<string?> cells)
    {
        foreach (var (source, column) in columns)
        {
            column.Add(source >= 0 && source < cells.Length ? cells[source] : null);
        }
    }

    /// <summary>The table of the rows so far.</summary>
    public Table Build() => new([.. columns.Select(column => column.Column.Build())]);

    private abstract class ColumnBuilder
    {
        public abstract void Add(string? cell);

        public abstract Column Build();
    }

    private sealed class NumberBuilder(string name, NumberType type) : ColumnBuilder
    {
        private readonly List<long> ticks = [];

        public override void Add(string? cell) => ticks.Add(Cells.Number(cell, type));

        public override Column Build() => new NumberColumn(name, (decimal)type.Step.Numerator / (decimal)type.Step.Denominator, [.. ticks]);
    }

    private sealed class CategoryBuilder : ColumnBuilder
    {
        private readonly string name;
        private readonly bool declared;
        private readonly List<string> values;
        private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);
        private readonly List<int> codes = [];

        public CategoryBuilder(string name, CategoryType type)
        {
            this.name = name;
            declared = type.Values is not null;
            values = [.. type.Values ?? []];
            for (var code = 0; code < values.Count; code++)
            {
                index.Add(values[code], code);
            }
        }

        public override void Add(string? cell)
        {
            if (string.IsNullOrEmpty(cell))
            {
                codes.Add(CategoryColumn.Null);
            }
            else if (index.TryGetValue(cell, out var code))
            {
                codes.Add(code);
            }
            else if (declared)
            {
                codes.Add(CategoryColumn.Null);
            }
            else
            {
                index.Add(cell, values.Count);
                codes.Add(values.Count);
                values.Add(cell);
            }
        }

        public override Column Build() => new CategoryColumn(name, values, [.. codes]);
    }

    private sealed class CodesBuilder(string name) : ColumnBuilder
    {
        private readonly List<string> values = [];
        private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);
        private readonly List<int> starts = [0];
        private readonly List<int> codes = [];

        public override void Add(string? cell)
        {
            foreach (var code in Cells.Codes(cell))
            {
                if (!index.TryGetValue(code, out var place))
                {
                    place = values.Count;
                    index.Add(code, place);
                    values.Add(code);
                }

                codes.Add(place);
            }

            starts.Add(codes.Count);
        }

        public override Column Build() => new CodesColumn(name, values, [.. starts], [.. codes]);
    }
}
