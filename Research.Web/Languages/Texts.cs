using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;

namespace Research.Web.Languages;

/// <summary>The texts of the pages in one language, from <c>Languages/{tag}.json</c>.</summary>
internal sealed class Texts(Language language)
{
    private static readonly Dictionary<string, Dictionary<string, string>> Loaded = Language.All.ToDictionary(one => one.Tag, OverEnglish);

    private readonly Dictionary<string, string> texts = Loaded[language.Tag];

    public Language Language => language;

    /// <summary>The text of this key. A test finds keys that a page names and a language lacks; should one slip through, the key itself is shown.</summary>
    public string this[string key] => texts.GetValueOrDefault(key, key);

    /// <summary>The text with <c>{name}</c> replaced.</summary>
    public string this[string key, params ReadOnlySpan<(string Name, object? Value)> values]
    {
        get
        {
            var text = this[key];
            foreach (var (name, value) in values)
            {
                text = text.Replace("{" + name + "}", Show(value), StringComparison.Ordinal);
            }

            return text;
        }
    }

    /// <summary>The text for this many: <c>key.one</c> or <c>key.other</c>, with <c>{n}</c> replaced.</summary>
    public string Count(string key, long n) => this[language.HasPlural && (n == 1 || (n == 0 && language.Tag is ("fr" or "pt-BR"))) ? key + ".one" : key + ".other", ("n", n)];

    /// <summary>The text of <c>prefix.code</c>, or the code itself when it is a stranger's.</summary>
    public string Of(string prefix, string? code) => code is null ? "" : texts.GetValueOrDefault($"{prefix}.{code}", code);

    /// <summary>A text that holds markup of ours (never of a stranger).</summary>
    public MarkupString Rich(string key) => new(this[key]);

    public bool Has(string key) => texts.ContainsKey(key);

    internal static IReadOnlyDictionary<string, string> Load(string tag)
    {
        using var stream = typeof(Texts).Assembly.GetManifestResourceStream(tag + ".json") ?? throw new InvalidOperationException($"Languages/{tag}.json is not embedded");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }

    /// <summary>What a language lacks is said in English: a test finds it, and until then nobody reads a key.</summary>
    private static Dictionary<string, string> OverEnglish(Language language)
    {
        var texts = new Dictionary<string, string>(Load(Language.Default.Tag));
        foreach (var (key, text) in Load(language.Tag))
        {
            texts[key] = text;
        }

        return texts;
    }

    private string Show(object? value) => value switch
    {
        null => "",
        string text => text,
        IConvertible number => language.Write(number.ToDecimal(CultureInfo.InvariantCulture)),
        _ => value.ToString() ?? "",
    };
}
