using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>
/// A table's rows, grouped once by the distinct combinations of their quasi-identifiers. Everything after this works on the
/// classes; the rows are touched again only to write them. Memory: four bytes a row, and for each distinct combination four
/// bytes for its rows and four a chunk.
/// </summary>
internal sealed class EncodedTable
{
    /// <summary>The class of a row that is suppressed whatever the transformation.</summary>
    public const int Suppressed = -1;

    private readonly int[] chunkOf;

    private EncodedTable(EncodedColumn[] columns, Chunk[] chunks, int words, int[] wordOf)
    {
        Columns = columns;
        Chunks = chunks;
        Words = words;
        WordOf = wordOf;
        chunkOf = [.. columns.Select((_, place) => Array.FindIndex(chunks, chunk => chunk.StrideOf(place) > 0))];
        CodesOfChunk = [.. columns.Select((_, place) => Enumerable.Range(0, chunks[chunkOf[place]].Domain).Select(code => chunks[chunkOf[place]].CodeOf(place, code)).ToArray())];
    }

    public EncodedColumn[] Columns { get; }

    public Chunk[] Chunks { get; }

    /// <summary>By column: its level-0 code in each code of its chunk.</summary>
    public int[][] CodesOfChunk { get; }

    /// <summary>64-bit words that a combination of all chunks' codes needs.</summary>
    public int Words { get; }

    /// <summary>The word of each chunk.</summary>
    public int[] WordOf { get; }

    /// <summary>The classes at level 0 of every column, without the rows that are suppressed anyway.</summary>
    public ClassTable Base { get; private set; } = new([], [], []);

    /// <summary>The class in <see cref="Base"/> of each row, or <see cref="Suppressed"/>.</summary>
    public int[] ClassOfRow { get; private set; } = [];

    /// <summary>Number of values of each detail, null being the last.</summary>
    public int[] DetailSizes { get; private set; } = [];

    /// <summary>The attributes that privacy models ask about.</summary>
    public CategoryColumn[] DetailColumns { get; private set; } = [];

    /// <summary>Cells whose value its hierarchy does not know.</summary>
    public long UnmappedCells { get; private set; }

    /// <summary>Rows that are suppressed whatever the transformation, for an unmapped value.</summary>
    public long SuppressedRows { get; private set; }

    /// <summary>All rows, counted as often as they are there.</summary>
    public int Rows { get; private set; }

    /// <summary>Encodes and groups; the columns exist.</summary>
    /// <param name="times">How many rows each row of the table stands for; null where each stands for itself.</param>
    /// <param name="timesOf">The same for each detail.</param>
    public static EncodedTable Of(Table table, IReadOnlyList<QuasiIdentifier> attributes, IReadOnlyList<string> details, int workers, int[]? times = null, int[]?[]? timesOf = null)
    {
        var columns = new EncodedColumn[attributes.Count];
        var sources = new CategoryColumn[attributes.Count];
        var codes = new int[attributes.Count][];
        var unmapped = new bool[attributes.Count][];
        for (var i = 0; i < columns.Length; i++)
        {
            sources[i] = table.Find(attributes[i].Name)!.ToCategories();
            var values = sources[i].Codes.Contains(CategoryColumn.Null) ? [.. sources[i].Values, ""] : sources[i].Values;
            columns[i] = EncodedColumn.Of(attributes[i], values, out codes[i], out unmapped[i]);
        }

        var chunks = Chunk.Of(columns);
        var (words, wordOf) = LayOut(chunks);
        var encoded = new EncodedTable(columns, chunks, words, wordOf)
        {
            DetailColumns = [.. details.Select(name => table.Find(name)!.ToCategories())],
        };
        var cells = new RowKeys[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            cells[i] = encoded.KeysOf(i, codes[i], unmapped[i], attributes[i].Unmapped == UnmappedValue.Suppress);
        }

        encoded.Group(table.Count, sources, cells, Math.Max(1, workers), times, timesOf ?? new int[]?[details.Count]);
        encoded.UnmappedCells = Unmapped(sources, unmapped, times);
        return encoded;
    }

    /// <summary>The generalized value of a class of <see cref="Base"/> or above.</summary>
    public string Label(ClassTable classes, int index, int place, int level) => Columns[place].Labels[level][Columns[place].FromBase[level][CodeOf(classes, index, place)]];

    /// <summary>The level-0 code of one column that a class is named by.</summary>
    public int CodeOf(ClassTable classes, int index, int place) => CodesOfChunk[place][classes.Codes[ChunkOf(place)][index]];

    /// <summary>The chunk that a column is in.</summary>
    public int ChunkOf(int place) => chunkOf[place];

    private static (int Words, int[] WordOf) LayOut(Chunk[] chunks)
    {
        var wordOf = new int[chunks.Length];
        var word = 0;
        UInt128 combinations = 1;
        for (var i = 0; i < chunks.Length; i++)
        {
            combinations *= (UInt128)chunks[i].Domain;
            if (combinations >= ClassIndex.KeyLimit)
            {
                word++;
                combinations = (UInt128)chunks[i].Domain;
            }

            wordOf[i] = word;
        }

        return (word + 1, wordOf);
    }

    private RowKeys KeysOf(int place, int[] codes, bool[] unmapped, bool suppress)
    {
        var chunk = ChunkOf(place);
        var stride = (ulong)Chunks[chunk].StrideOf(place);
        for (var lower = 0; lower < chunk; lower++)
        {
            stride *= WordOf[lower] == WordOf[chunk] ? (ulong)Chunks[lower].Domain : 1;
        }

        var keys = new ulong[codes.Length];
        for (var value = 0; value < codes.Length; value++)
        {
            keys[value] = unmapped[value] && suppress ? RowKeys.Suppress : (ulong)codes[value] * stride;
        }

        return new RowKeys(keys, WordOf[chunk], suppress && unmapped.Contains(true));
    }

    private void Group(int rows, CategoryColumn[] sources, RowKeys[] cells, int workers, int[]? times, int[]?[] timesOf)
    {
        Rows = times is null ? rows : checked((int)times.Sum(each => (long)each));
        ClassOfRow = new int[rows];
        var parts = new RowGroups[workers];
        var from = new int[workers + 1];
        for (var worker = 0; worker <= workers; worker++)
        {
            from[worker] = (int)((long)rows * worker / workers);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = workers };
        Parallel.For(0, workers, options, worker => parts[worker] = RowGroups.Of(from[worker], from[worker + 1], sources, cells, Words, times, ClassOfRow));

        var all = parts[0];
        for (var worker = 1; worker < workers; worker++)
        {
            var names = all.Join(parts[worker]);
            foreach (ref var target in ClassOfRow.AsSpan(from[worker], from[worker + 1] - from[worker]))
            {
                target = target < 0 ? target : names[target];
            }
        }

        var codes = CodesOf(all.Index);
        for (var chunk = 0; chunk < Chunks.Length; chunk++)
        {
            Chunks[chunk].Occur(codes[chunk]);
        }

        DetailSizes = [.. DetailColumns.Select(column => column.Values.Count + 1)];
        var details = DetailColumns.Select((column, detail) => ClassDetail.Of(column, ClassOfRow, all.Index.Count, timesOf[detail])).ToArray();
        Base = new ClassTable(codes, all.Rows.AsSpan(0, all.Index.Count).ToArray(), details);
        SuppressedRows = Rows - Base.Rows.Sum(each => (long)each);
        CountRows();
    }

    private int[][] CodesOf(ClassIndex classes)
    {
        var codes = Chunks.Select(_ => new int[classes.Count]).ToArray();
        for (var i = 0; i < classes.Count; i++)
        {
            for (var word = 0; word < Words; word++)
            {
                var rest = classes.Keys[(i * Words) + word];
                for (var chunk = 0; chunk < Chunks.Length; chunk++)
                {
                    if (WordOf[chunk] == word)
                    {
                        (rest, var code) = Math.DivRem(rest, (ulong)Chunks[chunk].Domain);
                        codes[chunk][i] = (int)code;
                    }
                }
            }
        }

        return codes;
    }

    private static long Unmapped(CategoryColumn[] sources, bool[][] unmapped, int[]? times)
    {
        var cells = 0L;
        for (var i = 0; i < sources.Length; i++)
        {
            if (!unmapped[i].Contains(true))
            {
                continue;
            }

            var codes = sources[i].Codes;
            for (var row = 0; row < codes.Length; row++)
            {
                cells += unmapped[i][codes[row] < 0 ? unmapped[i].Length - 1 : codes[row]] ? times?[row] ?? 1 : 0;
            }
        }

        return cells;
    }

    private void CountRows()
    {
        for (var place = 0; place < Columns.Length; place++)
        {
            var chunk = ChunkOf(place);
            var rows = new long[Columns[place].Labels[0].Length];
            var rowsOfCode = new long[Chunks[chunk].Domain];
            for (var i = 0; i < Base.Count; i++)
            {
                rowsOfCode[Base.Codes[chunk][i]] += Base.Rows[i];
            }

            for (var code = 0; code < rowsOfCode.Length; code++)
            {
                rows[CodesOfChunk[place][code]] += rowsOfCode[code];
            }

            Columns[place].CountRows(rows);
        }
    }
}

/// <summary>What the codes of a source column, null's being the last, add to a row's key.</summary>
/// <param name="MaySuppress">Whether any of them is <see cref="Suppress"/>.</param>
internal sealed record RowKeys(ulong[] Keys, int Word, bool MaySuppress)
{
    /// <summary>Instead of a key: the row is suppressed.</summary>
    public const ulong Suppress = ulong.MaxValue;
}
