using System.Buffers.Binary;
using System.Globalization;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>
/// Writes the contract ABI (Solidity ABI specification, "Formal Specification of the Encoding"): static words in place,
/// dynamic values behind an offset. Only the types that the contracts use.
/// </summary>
internal sealed class AbiWriter
{
    private readonly List<byte[]> head = [];
    private readonly List<(int Index, byte[] Tail)> tails = [];

    public AbiWriter Word(Hash32 value) => Add(value.ToArray());

    public AbiWriter Number(ulong value)
    {
        var word = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(word.AsSpan(24), value);
        return Add(word);
    }

    public AbiWriter Flag(bool value) => Number(value ? 1UL : 0);

    public AbiWriter Address(string address)
    {
        var word = new byte[32];
        var bytes = Convert.FromHexString(address.AsSpan(2));
        bytes.CopyTo(word, 32 - bytes.Length);
        return Add(word);
    }

    /// <summary>ASCII text as a bytes32 literal: left-aligned, at most 32 characters.</summary>
    public AbiWriter Literal(string text)
    {
        var word = new byte[32];
        System.Text.Encoding.ASCII.GetBytes(text, word);
        return Add(word);
    }

    public AbiWriter Amount(Amount value) => Number(value.Rho).Number(value.Delta).Number(value.Files);

    /// <summary>bytes or string.</summary>
    public AbiWriter Bytes(ReadOnlySpan<byte> value)
    {
        var tail = new byte[32 + ((value.Length + 31) / 32 * 32)];
        BinaryPrimitives.WriteUInt64BigEndian(tail.AsSpan(24), (ulong)value.Length);
        value.CopyTo(tail.AsSpan(32));
        return Behind(tail);
    }

    /// <summary>A tuple that holds something dynamic.</summary>
    public AbiWriter Tuple(Action<AbiWriter> write)
    {
        var inner = new AbiWriter();
        write(inner);
        return Behind(inner.ToArray());
    }

    /// <summary>An array of values of fixed size.</summary>
    public AbiWriter Array<T>(IReadOnlyCollection<T> items, Action<AbiWriter, T> write)
    {
        var inner = new AbiWriter().Number((ulong)items.Count);
        foreach (var item in items)
        {
            write(inner, item);
        }

        return Behind(inner.ToArray());
    }

    public byte[] ToArray()
    {
        var offset = head.Count * 32;
        foreach (var (index, tail) in tails)
        {
            BinaryPrimitives.WriteUInt64BigEndian(head[index].AsSpan(24), (ulong)offset);
            offset += tail.Length;
        }

        return [.. head.SelectMany(word => word), .. tails.SelectMany(tail => tail.Tail)];
    }

    private AbiWriter Add(byte[] word)
    {
        head.Add(word);
        return this;
    }

    private AbiWriter Behind(byte[] tail)
    {
        tails.Add((head.Count, tail));
        return Add(new byte[32]);
    }
}

/// <summary>Reads what <see cref="AbiWriter"/> describes, word by word from the start of a tuple. What is cut short or too large is no answer: <see cref="LedgerUnavailableException"/>.</summary>
internal sealed class AbiReader(ReadOnlyMemory<byte> data)
{
    private int position;

    public Hash32 Word() => new(Next());

    public ulong Number()
    {
        var word = Next();
        if (word[..24].IndexOfAnyExcept((byte)0) >= 0)
        {
            throw new LedgerUnavailableException($"the chain answered a number of more than 64 bits: 0x{Convert.ToHexStringLower(word)}");
        }

        return BinaryPrimitives.ReadUInt64BigEndian(word[24..]);
    }

    public bool Flag() => Number() != 0;

    public string Address() => "0x" + Convert.ToHexStringLower(Next()[12..]);

    public Amount Amount() => new(Number(), Number(), checked((uint)Number()));

    /// <summary>The tuple behind the offset that stands here.</summary>
    public AbiReader Behind()
    {
        var offset = Number();
        return offset <= (ulong)data.Length
            ? new AbiReader(data[(int)offset..])
            : throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the chain answered an offset of {offset} in {data.Length} bytes"));
    }

    /// <summary>The array of values of fixed size behind the offset that stands here.</summary>
    public List<T> Array<T>(Func<AbiReader, T> read)
    {
        var inner = Behind();
        var count = inner.Number();
        if (count > (ulong)inner.Left / 32)
        {
            throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the chain answered an array of {count} in {inner.Left} bytes"));
        }

        var items = new List<T>((int)count);
        for (var i = 0UL; i < count; i++)
        {
            items.Add(read(inner));
        }

        return items;
    }

    private int Left => data.Length - position;

    private ReadOnlySpan<byte> Next()
    {
        if (Left < 32)
        {
            throw new LedgerUnavailableException($"the chain answered {data.Length} bytes where more were due: are these the contracts of this deployment?");
        }

        var word = data.Span.Slice(position, 32);
        position += 32;
        return word;
    }
}
