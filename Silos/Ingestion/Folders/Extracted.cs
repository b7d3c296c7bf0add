using Silos.Ingestion.Json;

namespace Silos.Ingestion.Folders;

/// <summary>What went wrong with one value; the record stands, the value is left out.</summary>
internal enum Problem : byte
{
    None,
    OutOfBounds,
    Unreadable,
    Unmapped,
}

/// <summary>One value of one attribute, as one record gives it.</summary>
/// <param name="When">UTC ticks of the date that decides latest and earliest; the least value where there is none.</param>
internal readonly record struct Fact(int Attribute, Cell Value, long When, Problem Problem, bool Vague = false);

/// <summary>A record that parsed: of whom it is, and its facts <c>[From, To)</c> in the chunk's list.</summary>
/// <param name="Patient">The patient's local id; null for a record of a type that no view asks for.</param>
/// <param name="IdHash">Of type and id; 0 where it has none to check.</param>
internal readonly record struct ExtractedRecord(string Type, long Line, int Offset, int Length, UInt128 IdHash, string? Patient, bool IsPatient, int From, int To);

/// <summary>All of one chunk, in the order of its lines.</summary>
internal sealed class ExtractedChunk(LineChunk chunk)
{
    public LineChunk Chunk => chunk;

    public List<ExtractedRecord> Records { get; } = [];

    public List<Fact> Facts { get; } = [];

    public List<(string Type, long Line, int Offset, int Length, string Reason)> Rejected { get; } = [];

    /// <summary>Records of types that no view asks for, by type.</summary>
    public Dictionary<string, long> Ignored { get; } = new(StringComparer.Ordinal);
}

/// <summary>128 bits of a record's type and id, to find ids that come twice without keeping them.</summary>
/// <remarks>Not for adversaries: two ids of one hospital collide by chance with probability under 1e-25 at ten million records.</remarks>
internal static class IdHash
{
    public static UInt128 Of(string type, ReadOnlySpan<byte> id)
    {
        var (a, b) = (0x9E3779B97F4A7C15UL, 0xC2B2AE3D27D4EB4FUL);
        foreach (var c in type)
        {
            (a, b) = Step(a, b, c);
        }

        while (id.Length >= 8)
        {
            (a, b) = Step(a, b, BitConverter.ToUInt64(id));
            id = id[8..];
        }

        var tail = (ulong)id.Length << 56;
        for (var i = 0; i < id.Length; i++)
        {
            tail |= (ulong)id[i] << (8 * i);
        }

        (a, b) = Step(a, b, tail);
        (a, b) = Step(a, b, 0x165667B19E3779F9);
        return new UInt128(a, b);
    }

    private static (ulong A, ulong B) Step(ulong a, ulong b, ulong word)
    {
        var high = Math.BigMul(a ^ word, 0xA0761D6478BD642FUL, out var low);
        var other = Math.BigMul(b + word, 0xE7037ED1A0B428DBUL, out var less);
        return ((high ^ low) + other, (other ^ less) + low);
    }
}
