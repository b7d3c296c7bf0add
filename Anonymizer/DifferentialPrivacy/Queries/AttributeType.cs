using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What a column holds: <see cref="NumberType"/>, <see cref="CategoryType"/> or <see cref="CodesType"/>.</summary>
public abstract record AttributeType
{
    private protected AttributeType()
    {
    }
}

/// <summary>Numbers on a declared grid, each cell brought to the nearest tick and into [Lower, Upper].</summary>
/// <param name="Step">Width of a tick: 1 for integers, the declared step for decimals. Above 0.</param>
/// <param name="Lower">In ticks; within ±2^52.</param>
/// <param name="Upper">In ticks; at least Lower, within ±2^52.</param>
/// <param name="Kind"><c>integer</c> or <c>decimal</c>.</param>
public sealed record NumberType(Rational Step, long Lower, long Upper, string Kind) : AttributeType
{
    /// <summary>Ticks lie within plus or minus this.</summary>
    public const long LargestTick = 1L << 52;

    /// <summary>The value of a tick count.</summary>
    public Rational Value(BigInteger ticks) => Step * ticks;
}

/// <summary>One of a set of values.</summary>
/// <param name="Values">Declared values in their order: public group keys. Null where the values are private.</param>
public sealed record CategoryType(IReadOnlyList<string>? Values) : AttributeType;

/// <summary>A set of codes a row, with the prefix of a code standing for all under it.</summary>
public sealed record CodesType : AttributeType;
