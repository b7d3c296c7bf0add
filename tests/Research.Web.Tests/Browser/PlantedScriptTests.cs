using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What people type is text, wherever it shows again.</summary>
public sealed partial class PlantedScriptTests(Site site)
{
    private const string Planted = "<script>document.title='planted'</script>";
    private const int Deepest = 5;

    /// <summary>Goal: no form gives back markup. Method: a script planted in every field of every form of every page, and of every form of the answers; none holds it as markup, and no form of the site is left out: those sent are compared with those that the components' sources name.</summary>
    [Fact]
    public async Task A_script_planted_in_any_field_of_any_form_is_shown_as_text()
    {
        using var member = SigningKey.Create();
        site.Hub.Link(member.Public);
        var sent = new HashSet<string>();
        foreach (var (who, paths) in AccessibilityTests.Pages)
        {
            var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
            if (who.Length > 0)
            {
                await page.SignInAsync(who);
            }

            foreach (var path in paths.Select(path => AccessibilityTests.Fill(site, path)))
            {
                await page.GotoAsync(path);
                await PlantAsync(page, page.Url, sent, Deepest);
            }

            await page.Context.CloseAsync();
        }

        Assert.DoesNotContain(Named(), name => !sent.Any(one => Fits(name, one)));
    }

    /// <summary>Every form's name (or its route) as the sources have it; <c>{i}</c> stands for any number.</summary>
    private static IEnumerable<string> Named()
    {
        var components = Directory.EnumerateFiles(Path.Combine(Story.Repository.Root, "Research.Web", "Components"), "*.razor", SearchOption.AllDirectories).Select(File.ReadAllText);
        foreach (var form in components.SelectMany(text => Form().Matches(text).Select(match => match.Value)))
        {
            yield return Name().Match(form) is { Success: true } name ? name.Groups[1].Value + name.Groups[2].Value + (name.Groups[3].Success ? name.Groups[3].Value + "{…}" : "") + name.Groups[4].Value
                : Action().Match(form) is { Success: true } action ? action.Groups[1].Value
                : form.Contains("method=\"get\"", StringComparison.Ordinal) || !form.Contains("method=", StringComparison.Ordinal) ? "get"
                : form;
        }
    }

    private static bool Fits(string named, string sent) => Regex.IsMatch(sent.Split('#')[0], "^" + Inserted().Replace(named, "\u0001").Split('\u0001').Select(Regex.Escape).Aggregate((a, b) => a + ".*" + b) + "$");

    /// <summary>Sends each form that was not sent yet, looks at the answer, and goes on with the forms in it.</summary>
    private static async Task PlantAsync(IPage page, string url, HashSet<string> sent, int deep)
    {
        var forms = await page.Locator("form").CountAsync();
        List<string> answers = [];
        for (var i = 0; i < forms; i++)
        {
            var form = page.Locator("form").Nth(i);
            var handler = form.Locator("input[name=_handler]");
            var name = await handler.CountAsync() > 0 ? (await handler.First.GetAttributeAsync("value"))! : await form.GetAttributeAsync("method") == "post" ? await form.GetAttributeAsync("action") ?? url : "get";
            var step = form.Locator("input[name=step]");
            var isNew = sent.Add(await step.CountAsync() > 0 ? $"{name}#{await step.First.GetAttributeAsync("value")}" : name);
            if (name == "/sign-out" || (!isNew && deep < Deepest))
            {
                continue;
            }

            var answer = await SendAsync(form, url);
            Assert.False(answer.Contains(Planted, StringComparison.Ordinal), $"form {name} of {url} gives it back as markup");
            if (isNew)
            {
                answers.Add(answer);
            }
        }

        foreach (var answer in answers.Where(answer => deep > 0 && answer.Contains("<form", StringComparison.Ordinal)))
        {
            await page.SetContentAsync(answer);
            await PlantAsync(page, url, sent, deep - 1);
        }
    }

    /// <summary>Sends the form's fields as a browser would, but whatever its rules for values say; of radio buttons the one that is chosen, else the first.</summary>
    private static async Task<string> SendAsync(ILocator form, string page)
    {
        var typed = await form.EvaluateAsync<string[][]>(
            """
            (form, planted) => [...form.elements].filter(field => field.name && field.type !== 'file').flatMap(field => {
              if (field.type === 'radio') {
                const group = [...form.elements].filter(one => one.type === 'radio' && one.name === field.name);
                return field === (group.find(one => one.checked) ?? group[0]) ? [[field.name, field.value]] : [];
              }
              if (['hidden', 'checkbox', 'submit', 'select-one'].includes(field.type)) return [[field.name, field.value]];
              const value = field.matches('[data-key-text]') ? JSON.stringify({ kty: planted }) : planted;
              return [[field.name, field.type === 'date' ? '' : value]];
            })
            """,
            Planted);
        var method = await form.GetAttributeAsync("method") ?? "get";
        var url = new Uri(new Uri(page), await form.GetAttributeAsync("action") ?? "");
        using var content = new FormUrlEncodedContent(typed.Where(field => method == "post" || field[0] != "__RequestVerificationToken").Select(field => KeyValuePair.Create(field[0], field[1])));
        var body = await content.ReadAsStringAsync();
        var request = form.Page.Context.APIRequest;
        var answer = method == "post"
            ? await request.PostAsync(url.ToString(), new() { DataString = body, Headers = new Dictionary<string, string> { ["content-type"] = "application/x-www-form-urlencoded" }, MaxRedirects = 5 })
            : await request.GetAsync(url.GetLeftPart(UriPartial.Path) + "?" + body);
        return await answer.TextAsync();
    }

    [GeneratedRegex("<form (?:[^>\"]|\"[^\"]*\"|=>)*>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("@formname=\"(?:([a-z-]+)\"|@\\(\\$\"([^\"]+)\"\\)\"|@\\(\"([a-z-]+)\" \\+|(@[A-Za-z]+)\")")]
    private static partial Regex Name();

    [GeneratedRegex(" action=\"([^\"]+)\"")]
    private static partial Regex Action();

    [GeneratedRegex(@"\{[^}]*\}|@[A-Za-z.]+")]
    private static partial Regex Inserted();
}
