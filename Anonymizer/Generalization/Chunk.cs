namespace Anonymizer.Generalization;

/// <summary>
/// A few columns whose codes are written as one number, so that generalizing all of them is one lookup. The tables are made
/// when a combination of levels is first asked for; there are few, since a chunk has few columns.
/// </summary>
internal sealed class Chunk
{
    private const int LargestDomain = 4096;

    private readonly EncodedColumn[] columns;
    private readonly int[] places;
    private readonly int[] strides;
    private readonly ChunkMap?[] maps;
    private bool[] occurring;

    private Chunk(EncodedColumn[] all, List<int> members)
    {
        places = [.. members];
        columns = [.. members.Select(place => all[place])];
        strides = new int[places.Length];
        (Domain, var combinations) = (1, 1);
        for (var i = 0; i < places.Length; i++)
        {
            strides[i] = Domain;
            Domain *= columns[i].Labels[0].Length;
            combinations *= columns[i].Levels;
        }

        maps = new ChunkMap[combinations];
        occurring = new bool[Domain];
    }

    /// <summary>Codes are from 0 to below this.</summary>
    public int Domain { get; }

    /// <summary>Puts every column in a chunk: the widest first, each with as many others as fit.</summary>
    public static Chunk[] Of(EncodedColumn[] columns)
    {
        var rest = Enumerable.Range(0, columns.Length).OrderByDescending(place => columns[place].Labels[0].Length).ThenBy(place => place).ToList();
        var chunks = new List<Chunk>();
        while (rest.Count > 0)
        {
            var members = new List<int>();
            var domain = 1L;
            foreach (var place in rest)
            {
                if (members.Count == 0 || domain * columns[place].Labels[0].Length <= LargestDomain)
                {
                    members.Add(place);
                    domain *= columns[place].Labels[0].Length;
                }
            }

            rest.RemoveAll(members.Contains);
            chunks.Add(new Chunk(columns, members));
        }

        return [.. chunks];
    }

    /// <summary>What a code of the column, by its place in the table, adds to the chunk's code; 0 when the column is in another chunk.</summary>
    public int StrideOf(int place)
    {
        var at = Array.IndexOf(places, place);
        return at < 0 ? 0 : strides[at];
    }

    /// <summary>The level-0 code of the column in a code of the chunk.</summary>
    public int CodeOf(int place, int code)
    {
        var at = Array.IndexOf(places, place);
        return code / strides[at] % columns[at].Labels[0].Length;
    }

    /// <summary>Limits the maps to codes that occur; call before any map is asked for.</summary>
    public void Occur(ReadOnlySpan<int> codes)
    {
        occurring = new bool[Domain];
        foreach (var code in codes)
        {
            occurring[code] = true;
        }
    }

    /// <summary>The generalized codes, 0, 1, …, at the table's levels for each code of the chunk.</summary>
    public ChunkMap At(ReadOnlySpan<int> levels)
    {
        var name = 0;
        for (var i = places.Length - 1; i >= 0; i--)
        {
            name = (name * columns[i].Levels) + levels[places[i]];
        }

        return maps[name] ??= Made(levels);
    }

    private ChunkMap Made(ReadOnlySpan<int> levels)
    {
        var codes = new int[Domain];
        var numberOf = new int[Domain];
        var size = 0;
        for (var code = 0; code < Domain; code++)
        {
            if (!occurring[code])
            {
                continue;
            }

            var (generalized, stride, rest) = (0, 1, code);
            for (var i = 0; i < places.Length; i++)
            {
                var column = columns[i];
                var level = levels[places[i]];
                (rest, var own) = Math.DivRem(rest, column.Labels[0].Length);
                generalized += column.FromBase[level][own] * stride;
                stride *= column.Labels[level].Length;
            }

            if (numberOf[generalized] == 0)
            {
                numberOf[generalized] = ++size;
            }

            codes[code] = numberOf[generalized] - 1;
        }

        return new ChunkMap(codes, Math.Max(1, size));
    }
}

/// <summary>For each code of a chunk its generalized code, and how many of those there are.</summary>
internal sealed record ChunkMap(int[] Codes, int Size);
