using Silos.Ingestion.Definitions;

namespace Silos.Ingestion.Cohorts;

/// <summary>Finds rules that no patient can satisfy, alone or together, from the definition alone: no record is looked at.</summary>
public static class CohortWarnings
{
    /// <summary>One sentence a contradiction; empty where none was found, which promises nothing.</summary>
    public static IReadOnlyList<string> Of(Cohort cohort, DatasetDefinition definition)
    {
        var warnings = new List<string>();
        foreach (var rule in cohort.Rules)
        {
            if (Alone(rule, definition) is { } warning)
            {
                warnings.Add(warning);
            }
        }

        Together(cohort.Rules.OfType<CohortRule.OnAttribute>(), definition, warnings);
        foreach (var forbidden in cohort.Rules.OfType<CohortRule.OnEvents>().Where(rule => rule is { Must: false, AtLeast: 1, From: null, Before: null }))
        {
            foreach (var wanted in cohort.Rules.Where(rule => rule.Must).SelectMany(Wanted).Where(forbidden.Events.Covers).Distinct())
            {
                warnings.Add($"{Name(wanted)} must be there and must not");
            }
        }

        return warnings;
    }

    private static string? Alone(CohortRule rule, DatasetDefinition definition)
    {
        switch (rule)
        {
            case CohortRule.OnAttribute { AtLeast: { } least, Below: { } below } on when on.Must && least >= below:
                return $"no {on.Attribute} is at least {least} and below {below}";
            case CohortRule.OnAttribute { Must: true } on when definition.Find(on.Attribute) is { } attribute && (on.AtLeast > attribute.Upper || on.Below <= attribute.Lower):
                return $"{on.Attribute} lies from {attribute.Lower} to {attribute.Upper}: the rule asks for what lies outside";
            case CohortRule.OnAttribute { Must: true, In.Count: > 0 } on when definition.Find(on.Attribute)?.Values is { } values && !on.In.Any(values.Contains):
                return $"none of {string.Join(", ", on.In)} is a value of {on.Attribute}";
            case CohortRule.OnEvents { From: { } from, Before: { } before } on when on.Must && from >= before:
                return $"no day is from {from:yyyy-MM-dd} on and before {before:yyyy-MM-dd}";
            case CohortRule.OnEvents { Must: true } on when definition.Events.FirstOrDefault(kind => kind.Name == on.Events.Event) is { } kind && on.AtLeast > (kind.Ends ? 1 : kind.Most):
                return $"at most {(kind.Ends ? 1 : kind.Most)} {kind.Name} events of a patient are kept, and {on.AtLeast} are asked for";
            case CohortRule.InOrder { Must: true } order when definition.Events.Any(kind => kind.Ends && kind.Name == order.First.Event):
                return $"nothing follows {order.First.Event}: {order.Then.Event} cannot come after it";
            default:
                return null;
        }
    }

    /// <summary>Rules on one category, of which a patient has one value: what is left after all of them must not be empty.</summary>
    private static void Together(IEnumerable<CohortRule.OnAttribute> rules, DatasetDefinition definition, List<string> warnings)
    {
        foreach (var group in rules.GroupBy(rule => rule.Attribute, StringComparer.Ordinal))
        {
            var attribute = definition.Find(group.Key);
            var must = group.Where(rule => rule.Must).ToList();
            if (attribute?.Type == AttributeType.Category && must.Count > 0)
            {
                var left = must.Select(rule => rule.In.AsEnumerable()).Aggregate((a, b) => a.Intersect(b, StringComparer.Ordinal)).Except(group.Where(rule => !rule.Must).SelectMany(rule => rule.In), StringComparer.Ordinal);
                if (!left.Any())
                {
                    warnings.Add($"no value of {group.Key} satisfies all the rules on it");
                }
            }
            else if (must.Count > 1 && must.Max(rule => rule.AtLeast) >= must.Min(rule => rule.Below))
            {
                warnings.Add($"no {group.Key} satisfies all the rules on it");
            }
        }
    }

    private static IEnumerable<EventPattern> Wanted(CohortRule rule) => rule switch
    {
        CohortRule.OnEvents on => [on.Events],
        CohortRule.InOrder order => [order.First, order.Then],
        _ => [],
    };

    private static string Name(EventPattern pattern) => pattern.In.Count == 0 ? pattern.Event : $"{pattern.Event} {string.Join(", ", pattern.In)}";
}
