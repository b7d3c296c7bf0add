using System.Globalization;
using System.Text;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Writes a question in RFC 8785 form. Whole numbers up to 2^53 − 1 are numbers; all others are their shortest plain decimal as text.</summary>
internal static class CanonicalQuery
{
    private const long LargestInteger = (1L << 53) - 1;

    public static byte[] BytesOf(Query query) => Encoding.UTF8.GetBytes(Members(
        ("groupBy", Items(query.GroupBy.Select(Text))),
        ("loss", Members(("delta", Number(query.Loss.Delta)), ("epsilon", Number(query.Loss.Epsilon)))),
        ("measures", Items(query.Measures.Select(TextOf))),
        ("where", Items(query.Where.Select(condition => TextOf(condition, query.Schema))))));

    public static string TextOf(Condition condition, Schema schema) => condition switch
    {
        Condition.Within within when schema.Attributes[within.Attribute] is NumberType type => Members(
            ("atLeast", Number(type.Value(within.AtLeast))), ("attribute", Text(within.Attribute)), ("below", Number(type.Value(within.Below)))),
        Condition.AnyOf any => Members(("attribute", Text(any.Attribute)), ("in", Items(any.Values.Select(Text)))),
        Condition.Not not => Members(("not", TextOf(not.Of, schema))),
        _ => throw new InvalidOperationException($"a condition of unknown kind {condition.GetType().Name}"),
    };

    private static string TextOf(Measure measure) => measure switch
    {
        Measure.Count => Members(("kind", Text("count"))),
        Measure.DistinctCount distinct => Members(("attribute", Text(distinct.Attribute)), ("kind", Text("distinct"))),
        Measure.Sum sum => Bounded("sum", sum.Attribute, sum.Type, sum.Lower, sum.Upper),
        Measure.Mean mean => Bounded("mean", mean.Attribute, mean.Type, mean.Lower, mean.Upper),
        Measure.Variance variance => Bounded("variance", variance.Attribute, variance.Type, variance.Lower, variance.Upper),
        Measure.Quantile quantile => Bounded("quantile", quantile.Attribute, quantile.Type, quantile.Lower, quantile.Upper, ("q", Number(quantile.Q))),
        Measure.Histogram { Edges: { } edges, Type: NumberType type } histogram => Members(
            ("attribute", Text(histogram.Attribute)), ("edges", Items(edges.Select(edge => Number(type.Value(edge))))), ("kind", Text("histogram"))),
        Measure.Histogram histogram => Members(("attribute", Text(histogram.Attribute)), ("kind", Text("histogram"))),
        _ => throw new InvalidOperationException($"a measure of unknown kind {measure.GetType().Name}"),
    };

    private static string Bounded(string kind, string attribute, NumberType type, long lower, long upper, params (string, string)[] more) => Members(
        [("attribute", Text(attribute)), ("kind", Text(kind)), ("lower", Number(type.Value(lower))), .. more, ("upper", Number(type.Value(upper)))]);

    // Names are given in the order of their UTF-16 code units, as RFC 8785 sorts them.
    private static string Members(params IEnumerable<(string Name, string Value)> members) =>
        "{" + string.Join(',', members.Select(member => Text(member.Name) + ":" + member.Value)) + "}";

    private static string Items(IEnumerable<string> items) => "[" + string.Join(',', items) + "]";

    private static string Number(Rational value) =>
        value.IsInteger && System.Numerics.BigInteger.Abs(value.Numerator) <= LargestInteger ? value.ToString() : Text(value.ToString());

    private static string Text(string value)
    {
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (var character in value)
        {
            text.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => character.ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
