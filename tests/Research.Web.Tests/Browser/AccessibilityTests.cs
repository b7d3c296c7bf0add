using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What every page must hold: WCAG 2.2 AA as far as axe sees it, no sideways scrolling, no refusal by the policy.</summary>
public sealed class AccessibilityTests(Site site)
{
    private const double MostShift = 0.05;

    /// <summary>Adds up what moves without a hand of the reader's (Layout Instability, section 4).</summary>
    private const string Shifts = """
        window.shifted = 0; window.movers = [];
        new PerformanceObserver(list => {
          for (const one of list.getEntries().filter(one => !one.hadRecentInput)) {
            window.shifted += one.value;
            window.movers.push(...one.sources.map(source => (source.node?.outerHTML ?? source.node?.textContent ?? '').slice(0, 80)));
          }
        }).observe({ type: 'layout-shift', buffered: true });
        """;

    /// <summary>Every page, by who sees it.</summary>
    internal static (string Who, string[] Paths)[] Pages { get; } =
    [
        ("", ["/", "/how-it-works", "/sign-in", "/sign-up", "/sign-up/confirm", "/password", "/catalogue", "/catalogue?q=nothing-here", $"/catalogue/{Samples.Silo}/chronic-care", "/dashboards", $"/dashboards/{Samples.Silo}/chronic-care", $"/dashboards/{Samples.Silo2}/chronic-care", "/register", "/check", "/ledger", "/ledger/3", "/not-found", "/not-there"]),
        ("researcher", ["/desk", "/account", "/account/password", "/account/second-factor", "/account/tokens", "/account/webhooks", "/applications", "/applications/new", "/ask", $"/ask/{Samples.PermitId}", $"/cohort/{Samples.PermitId}", "/permits", $"/permits/{Samples.PermitId}", "/payments", $"/payments/{Samples.Invoices[0].Id}", "/extracts", $"/extracts/new/{Samples.PermitId}", "/extracts/running", "/extracts/produced", "/extracts/released", "/extracts/held", "/extracts/failed", "/applications/{submitted}", "/applications/{draft}/edit"]),
        ("member1", ["/committee", "/committee/key", "/applications/{review}", $"/permits/{Samples.PermitId}", "/audit", "/audit/alerts", "/audit/alerts?application=nothing-here", "/desk"]),
        ("checker1", ["/extracts", "/extracts/produced", "/extracts/released", $"/extracts/produced?key={FakeExtracts.CheckerKey.Id}"]),
        ("custodian1", ["/hospital", "/loads", $"/loads/{Samples.Silo}/chronic-care"]),
        ("auditor", ["/account/tokens"]),
        ("patient1", ["/my-data", $"/my-data/{Samples.Silo}/decide", $"/my-data/{Samples.Silo}/stop", "/my-data/stop", $"/my-data/{Samples.Silo}/keys", $"/my-data/{Samples.Silo}/move", $"/my-data/{Samples.Silo}/erase", "/account", "/account/second-factor", $"/proof/{Samples.Silo}/4"]),
    ];

    /// <summary>Goal: no page is forgotten here. Method: every route that a component names fits one of these paths.</summary>
    [Fact]
    public void Every_route_has_its_page_here()
    {
        var routes = typeof(Research.Web.Languages.Texts).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template).Where(route => !route.StartsWith("/problem", StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count > 30, "hardly any route: the search is wrong");
        var paths = Pages.SelectMany(pages => pages.Paths).Select(path => path.Split('?')[0]).ToList();
        Assert.DoesNotContain(routes, route => !paths.Any(path => Regex.IsMatch(path, "^" + Regex.Replace(route, @"\{[^}]*\}", "[^/]+") + "$")));
    }

    /// <summary>Goal: no page keeps anybody out, and none moves under the reader's eyes. Method: axe over every page, in light and dark, and in the longest of the other languages (in all, in the long run); each at 320 px without sideways scrolling; layout shifts of more than 0.05 in sum as the browser itself counts them.</summary>
    [Theory]
    [InlineData(ColorScheme.Light, "en")]
    [InlineData(ColorScheme.Dark, "en")]
    [InlineData(ColorScheme.Light, "pt-BR")]
    [InlineData(ColorScheme.Dark, "fr")]
    [InlineData(ColorScheme.Light, "id")]
    [InlineData(ColorScheme.Dark, "vi")]
    [InlineData(ColorScheme.Light, "ko")]
    public async Task Axe_finds_nothing_on_any_page_and_no_page_moves(ColorScheme scheme, string language)
    {
        Assert.SkipUnless(language is "en" or "pt-BR" || Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1", "only in the long run: RESEARCHHUB_LONG=1");
        var axe = await Steps.ScriptAsync("axe-core/axe.min.js");
        List<string> found = [];
        var most = 0.0;
        foreach (var (who, paths) in Pages)
        {
            var page = await site.OpenAsync(new() { ColorScheme = scheme, Locale = language, ViewportSize = new() { Width = 320, Height = 720 } });
            await page.AddInitScriptAsync(Shifts);
            var heard = page.Complaints();
            if (who.Length > 0)
            {
                await page.SignInAsync(who);
            }

            foreach (var path in paths.Select(path => Fill(site, path)))
            {
                await page.GotoAsync(path);
                await page.EvaluateAsync(axe);
                var broken = await page.EvaluateAsync<string[]>(
                    """
                    async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations
                      .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.failureSummary}`))
                    """);
                var shift = await page.EvaluateAsync<double>("() => window.shifted");
                if (shift > MostShift)
                {
                    // A starved browser paints half a page before the rest has come; what the page does by itself, it does again.
                    await page.ReloadAsync();
                    shift = Math.Min(shift, await page.EvaluateAsync<double>("() => window.shifted"));
                }

                most = Math.Max(most, shift);
                if (shift > MostShift)
                {
                    found.Add($"{path}: moves by {shift}: {await page.EvaluateAsync<string>("() => window.movers.join(' | ')")}");
                }

                found.AddRange(broken.Select(one => $"{path}: {one}"));
                if (await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"))
                {
                    found.Add($"{path}: scrolls sideways at 320 px");
                }
            }

            found.AddRange(heard.Where(complaint => !complaint.Contains("404", StringComparison.Ordinal)));
            await page.Context.CloseAsync();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest layout shift: {most}");
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    /// <summary>The path with the names of applications in it, made for it.</summary>
    internal static string Fill(Site site, string path) => path
        .Replace("{submitted}", site.Hub.Put(Samples.Form, ApplicationState.Submitted).Id, StringComparison.Ordinal)
        .Replace("{review}", site.Hub.Put(Samples.Form, ApplicationState.UnderReview).Id, StringComparison.Ordinal)
        .Replace("{draft}", site.Hub.Put(Samples.Form, ApplicationState.Draft).Id, StringComparison.Ordinal);
}
