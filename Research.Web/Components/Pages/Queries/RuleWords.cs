using System.Text.Json;
using Research.Api.Protocol;
using Research.Web.Components.Parts;
using Research.Web.Languages;

namespace Research.Web.Components.Pages.Queries;

/// <summary>One rule of a cohort in the reader's words.</summary>
internal static class RuleWords
{
    /// <param name="number">1 for the first rule that was typed: those on attributes, then those on events.</param>
    public static string Of(Texts texts, QueryDraft draft, CatalogueItem dataset, int number) =>
        number <= draft.Rules.Count ? Of(texts, draft.Rules[number - 1], dataset) : Of(texts, draft.Events[number - 1 - draft.Rules.Count]);

    /// <summary>A rule of a query as JSON (FORMATS, "Query"); what is none stands as it is.</summary>
    /// <param name="dataset">For the attributes' titles; without it they go by name.</param>
    public static string Of(Texts texts, JsonElement rule, CatalogueItem? dataset)
    {
        var (not, inner) = rule.Member("not") is { } turned ? (true, turned) : (false, rule);
        var codes = string.Join(", ", inner.Items("in"));
        return inner.Text("attribute") is { } attribute ? Of(texts, new RuleDraft(attribute, not, Written(inner, "atLeast"), Written(inner, "below"), codes), dataset)
            : inner.Text("event") is not { } kind ? rule.ToString()
            : inner.Member("then") is { } then ? Of(texts, new EventDraft(kind, not, codes, Days: Written(then, "withinDays"), Then: then.Text("event") ?? ""))
            : Of(texts, new EventDraft(kind, not, codes, Written(inner, "atLeast"), Written(inner, "withinDays"), Written(inner, "from"), Written(inner, "before")));
    }

    private static string Written(JsonElement rule, string member) => rule.Member(member)?.ToString() ?? "";

    private static string Of(Texts texts, RuleDraft rule, CatalogueItem? dataset)
    {
        var title = dataset?.Attributes.FirstOrDefault(column => column.Name == rule.Attribute)?.Title ?? rule.Attribute;
        string[] bounds = [rule.AtLeast.Length > 0 ? "≥ " + rule.AtLeast : "", rule.Below.Length > 0 ? "< " + rule.Below : "", rule.In];
        return Must(texts, rule.Not, $"{title}: {string.Join(", ", bounds.Where(bound => bound.Length > 0))}");
    }

    private static string Of(Texts texts, EventDraft rule)
    {
        var days = rule.Days.Length > 0 ? texts["rule.within", ("n", rule.Days)] : "";
        string[] parts =
        [
            rule.In,
            rule.Then.Length > 0 ? texts["rule.then", ("event", texts.Of("event", rule.Then))] : rule.AtLeast.Length > 0 ? texts["rule.times", ("n", rule.AtLeast)] : "",
            days,
            rule.Then.Length == 0 && rule.From.Length > 0 ? texts["rule.from", ("day", texts.Language.Day(rule.From))] : "",
            rule.Then.Length == 0 && rule.Before.Length > 0 ? texts["rule.before", ("day", texts.Language.Day(rule.Before))] : "",
        ];
        return Must(texts, rule.Not, $"{texts.Of("event", rule.Kind)}: {string.Join(", ", parts.Where(part => part.Length > 0))}".TrimEnd(' ', ':'));
    }

    private static string Must(Texts texts, bool not, string rule) => texts[not ? "rule.must-not" : "rule.must", ("rule", rule)];
}
