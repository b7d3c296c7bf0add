namespace Anonymizer.PrivacyModels;

/// <summary>
/// δ-presence: the table is the population, the research subset is the rows where the attribute has the value, and in every
/// class the share of the subset lies between the bounds, so that nobody learns with more certainty whether a person is in it.
/// </summary>
/// <param name="Lower">The smallest share, from 0 to 1.</param>
/// <param name="Upper">The largest share, from <paramref name="Lower"/> to 1.</param>
/// <remarks>Nergiz, Atzori, Clifton, SIGMOD 2007.</remarks>
public sealed record DeltaPresence(decimal Lower, decimal Upper, string Membership, string Value) : PrivacyModel
{
    public override string Attribute => Membership;

    public override string? Fault() =>
        Lower is < 0 or > 1 ? $"lower is {Lower} but must be from 0 to 1"
        : Upper < Lower || Upper > 1 ? $"upper is {Upper} but must be from lower ({Lower}) to 1" : null;

    internal override bool SurvivesAnyMerge => false;

    internal override ClassTest Prepare(TableProfile profile)
    {
        var member = profile.Values.ToList().IndexOf(Value);
        return (rows, values, rowsOfValue) =>
        {
            var at = values.IndexOf(member);
            var inside = at < 0 ? 0 : rowsOfValue[at];
            return inside >= Lower * rows && inside <= Upper * rows;
        };
    }
}
