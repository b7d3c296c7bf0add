using System.Collections;
using System.Text;

namespace Silos.Datasets.Resident;

/// <summary>Many short texts in one piece of memory: 12 bytes and its UTF-8 each, where a string takes more than 50.</summary>
internal sealed class PackedTexts : IReadOnlyList<string>
{
    private readonly List<byte[]> blocks = [];
    private readonly List<(int Block, int Start, int Length)> places = [];
    private int used;

    public int Count => places.Count;

    public string this[int index] => Encoding.UTF8.GetString(blocks[places[index].Block], places[index].Start, places[index].Length);

    public void Add(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (blocks.Count == 0 || used + length > blocks[^1].Length)
        {
            blocks.Add(new byte[Math.Max(1 << 20, length)]);
            used = 0;
        }

        Encoding.UTF8.GetBytes(text, blocks[^1].AsSpan(used));
        places.Add((blocks.Count - 1, used, length));
        used += length;
    }

    public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One thing so many times.</summary>
internal sealed class Repeated<T>(T thing, int count) : IReadOnlyList<T>
{
    public int Count => count;

    public T this[int index] => index >= 0 && index < count ? thing : throw new ArgumentOutOfRangeException(nameof(index), index, $"from 0 to {count - 1}");

    public IEnumerator<T> GetEnumerator() => Enumerable.Repeat(thing, count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
