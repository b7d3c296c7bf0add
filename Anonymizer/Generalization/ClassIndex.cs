using System.Numerics;
using System.Runtime.CompilerServices;

namespace Anonymizer.Generalization;

/// <summary>Numbers the distinct class keys 0, 1, … in the order in which they are first met. Open addressing; reused between roll-ups.</summary>
internal sealed class ClassIndex(int words)
{
    /// <summary>Keys of one word are below this.</summary>
    public const ulong KeyLimit = 1UL << 63;

    private int[] slots = new int[16];
    private int shift = 60;

    /// <summary>The keys met so far, <c>words</c> numbers each; longer than needed.</summary>
    public ulong[] Keys { get; private set; } = new ulong[8 * words];

    public int Count { get; private set; }

    /// <summary>64-bit words of a key.</summary>
    public int Words => words;

    /// <summary>Forgets all keys and makes room for this many.</summary>
    public void Reset(int expected)
    {
        Count = 0;
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(expected, 1 << 29) * 2L));
        if (size > slots.Length)
        {
            slots = new int[size];
        }
        else
        {
            Array.Clear(slots, 0, size);
        }

        shift = 64 - BitOperations.Log2((uint)size);
        if (Keys.Length < (long)expected * words)
        {
            Keys = new ulong[expected * words];
        }
    }

    /// <summary>The number of a key of one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Of(ulong key)
    {
        var table = slots;
        var keys = Keys;
        var slot = (int)((key * 0x9E3779B97F4A7C15UL) >> shift);
        while (true)
        {
            var held = table[slot];
            if (held == 0)
            {
                return Add(key, slot);
            }

            if (keys[held - 1] == key)
            {
                return held - 1;
            }

            slot = (slot + 1) & ((1 << (64 - shift)) - 1);
        }
    }

    /// <summary>The number of a key of several words.</summary>
    public int Of(ReadOnlySpan<ulong> key)
    {
        var hash = Hash(key);
        var slot = (int)(hash >> shift);
        while (true)
        {
            var held = slots[slot];
            if (held == 0)
            {
                return Add(key, slot);
            }

            if (key.SequenceEqual(Keys.AsSpan((held - 1) * words, words)))
            {
                return held - 1;
            }

            slot = (slot + 1) & ((1 << (64 - shift)) - 1);
        }
    }

    private int Add(ulong key, int slot)
    {
        if (Count == Keys.Length)
        {
            Keys = Grown();
        }

        Keys[Count] = key;
        return Put(slot);
    }

    private int Add(ReadOnlySpan<ulong> key, int slot)
    {
        if ((Count + 1) * words > Keys.Length)
        {
            Keys = Grown();
        }

        key.CopyTo(Keys.AsSpan(Count * words, words));
        return Put(slot);
    }

    private ulong[] Grown()
    {
        var larger = new ulong[Math.Max(Keys.Length * 2, words)];
        Keys.AsSpan(0, Count * words).CopyTo(larger);
        return larger;
    }

    private int Put(int slot)
    {
        slots[slot] = ++Count;
        if (Count * 2L > 1L << (64 - shift))
        {
            Rehash();
        }

        return Count - 1;
    }

    private void Rehash()
    {
        shift--;
        var size = 1 << (64 - shift);
        slots = new int[size];
        for (var number = 0; number < Count; number++)
        {
            var key = Keys.AsSpan(number * words, words);
            var slot = (int)((words == 1 ? key[0] * 0x9E3779B97F4A7C15UL : Hash(key)) >> shift);
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & (size - 1);
            }

            slots[slot] = number + 1;
        }
    }

    private static ulong Hash(ReadOnlySpan<ulong> key)
    {
        var hash = 0UL;
        foreach (var word in key)
        {
            hash = (BitOperations.RotateLeft(hash, 29) ^ word) * 0x9E3779B97F4A7C15UL;
        }

        return hash;
    }
}
