using System.Globalization;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views.Paths;

/// <summary>Equality and order of FHIRPath items: numbers by value, moments by their precision, objects member by member.</summary>
internal static class CompareItems
{
    /// <summary>Equality of two collections; null is unknown (one is empty, or two moments of different precision).</summary>
    public static bool? AreEqual(Scope scope, Items left, Items right)
    {
        if (left.Count == 0 || right.Count == 0)
        {
            return null;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        bool? all = true;
        for (var i = 0; i < left.Count; i++)
        {
            var equal = AreEqual(scope, left[i], right[i]);
            if (equal == false)
            {
                return false;
            }

            all = equal is null ? null : all;
        }

        return all;
    }

    /// <summary>Equality of two items.</summary>
    public static bool? AreEqual(Scope scope, in Item left, in Item right)
    {
        if (!scope.HasValue(left) || !scope.HasValue(right))
        {
            return null;
        }

        if (scope.IsNumber(left) || scope.IsNumber(right))
        {
            return scope.IsNumber(left) && scope.IsNumber(right) && Number(scope, left) == Number(scope, right);
        }

        if (scope.Truth(left) is { } truth)
        {
            return scope.Truth(right) == truth;
        }

        if (!scope.IsText(left) || !scope.IsText(right))
        {
            return left.Node >= 0 && right.Node >= 0 && Same(scope.Tape, left.Node, right.Node);
        }

        if (!IsMoment(left) && !IsMoment(right) && left.Literal is { } plain && right.Node >= 0)
        {
            return EqualsText(scope.Tape, right.Node, plain);
        }

        if (!IsMoment(left) && !IsMoment(right) && right.Literal is { } text && left.Node >= 0)
        {
            return EqualsText(scope.Tape, left.Node, text);
        }

        var (a, b) = (scope.Text(left), scope.Text(right));
        if (a == b)
        {
            return true;
        }

        return (IsMoment(left) || IsMoment(right)) && Moments.TryCompare(a, b, out var order) ? order is null ? null : order == 0 : false;
    }

    /// <summary>−1, 0 or 1; null where the order is unknown.</summary>
    /// <exception cref="PathException">The two have no order.</exception>
    public static int? Order(Scope scope, in Item left, in Item right)
    {
        if (!scope.HasValue(left) || !scope.HasValue(right))
        {
            return null;
        }

        if (scope.IsNumber(left) && scope.IsNumber(right))
        {
            return Number(scope, left).CompareTo(Number(scope, right));
        }

        if (scope.IsText(left) && scope.IsText(right))
        {
            var (a, b) = (scope.Text(left), scope.Text(right));
            return Moments.TryCompare(a, b, out var order) ? order : Math.Sign(string.CompareOrdinal(a, b));
        }

        throw new PathException("values of different kinds have no order");
    }

    /// <summary>A number by value.</summary>
    /// <exception cref="PathException">It has more digits than 28.</exception>
    public static decimal Number(Scope scope, in Item item) =>
        decimal.TryParse(scope.Text(item), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new PathException("a number is out of range");

    private static bool IsMoment(in Item item) => item.Type is "date" or "dateTime" or "instant" or "time";

    private static bool EqualsText(JsonTape tape, int node, string text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        return System.Text.Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? tape.Equals(node, utf8[..length]) : tape.Text(node) == text;
    }

    private static bool Same(JsonTape tape, int a, int b)
    {
        if (tape[a].Kind != tape[b].Kind)
        {
            return false;
        }

        switch (tape[a].Kind)
        {
            case JsonKind.Object:
                var members = 0;
                for (var i = a + 1; i < tape[a].Next; i = tape[i + 1].Next, members++)
                {
                    var other = tape.Member(b, tape.Raw(i));
                    if (other < 0 || !Same(tape, i + 1, other))
                    {
                        return false;
                    }
                }

                for (var i = b + 1; i < tape[b].Next; i = tape[i + 1].Next)
                {
                    members--;
                }

                return members == 0;
            case JsonKind.Array:
                var j = b + 1;
                for (var i = a + 1; i < tape[a].Next; i = tape[i].Next, j = tape[j].Next)
                {
                    if (j >= tape[b].Next || !Same(tape, i, j))
                    {
                        return false;
                    }
                }

                return j >= tape[b].Next;
            default:
                return tape.Text(a) == tape.Text(b);
        }
    }
}
