using System.Text.Json;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>A question: whom it is about, what is asked of each group, and the privacy loss it may cost.</summary>
public sealed class Query
{
    private const int MostKeys = 8;

    private Query(Schema schema, IReadOnlyList<Condition> where, IReadOnlyList<string> groupBy, IReadOnlyList<Measure> measures, LossRequest loss, bool fresh)
    {
        Schema = schema;
        Where = where;
        GroupBy = groupBy;
        Measures = measures;
        Loss = loss;
        Fresh = fresh;
    }

    public Schema Schema { get; }

    /// <summary>All must hold; in canonical order.</summary>
    public IReadOnlyList<Condition> Where { get; }

    /// <summary>Attributes whose values make the groups; none for one group.</summary>
    public IReadOnlyList<string> GroupBy { get; }

    /// <summary>At least one, each of another name; in the order of their names.</summary>
    public IReadOnlyList<Measure> Measures { get; }

    public LossRequest Loss { get; }

    /// <summary>Whether a stored answer to the same question shall not do. Not part of <see cref="Canonical"/>.</summary>
    public bool Fresh { get; }

    /// <summary>Whether group keys come from the data and must be selected privately.</summary>
    public bool HasPrivateKeys => GroupBy.Any(attribute => Schema.Attributes[attribute] is CategoryType { Values: null } or CodesType);

    /// <summary>How much of an answer one patient makes up.</summary>
    public ContributionBound Bound =>
        new(Schema.MaxRowsPerUnit, Schema.MaxGroupsPerUnit, GroupBy.Any(attribute => Schema.Attributes[attribute] is CodesType));

    /// <summary>Reads a question as FORMATS describes it.</summary>
    /// <exception cref="InputException">Something in it cannot be taken; depends on question and schema alone.</exception>
    public static Query Parse(JsonElement json, Schema schema)
    {
        var fields = new Fields(json, "", "where", "groupBy", "measures", "loss", "fresh");
        var groupBy = fields.Texts("groupBy");
        for (var i = 0; i < groupBy.Count; i++)
        {
            if (schema.Find(groupBy[i], $"groupBy[{i}]") is NumberType)
            {
                throw new InputException($"groupBy[{i}]", groupBy[i], "groups are made by a category or by codes; a number is asked for as a histogram");
            }
        }

        if (groupBy.Count > MostKeys || groupBy.Distinct(StringComparer.Ordinal).Count() != groupBy.Count)
        {
            throw new InputException("groupBy", string.Join(", ", groupBy), $"at most {MostKeys} attributes, each once");
        }

        if (fields.Has("fresh") && fields.Element("fresh").ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw new InputException("fresh", fields.Element("fresh").GetRawText(), "true or false is needed");
        }

        var query = new Query(
            schema,
            Conditions.Read(fields, schema),
            [.. groupBy.Order(StringComparer.Ordinal)],
            Queries.Measures.Read(fields, schema),
            LossRequest.Read(fields),
            fields.Has("fresh") && fields.Element("fresh").GetBoolean());
        if (query.HasPrivateKeys && query.Loss.IsPure)
        {
            throw new InputException("loss.delta", query.Loss.Delta.ToString(), "groups whose keys are not declared are selected privately, which needs a δ above 0");
        }

        query.Plan = Queries.Plan.Of(query, 0);
        return query;
    }

    /// <summary>How it is answered where no cell is too small; null only while the question is being read.</summary>
    internal Plan? Plan { get; private set; }

    /// <summary>The question in RFC 8785 bytes: the same for every way of writing it.</summary>
    public byte[] Canonical() => CanonicalQuery.BytesOf(this);
}
