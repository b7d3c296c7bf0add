using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What every page must hold: WCAG 2.2 AA as far as axe sees it, no sideways scrolling, no refusal by the policy.</summary>
public sealed class AccessibilityTests(Site site)
{
    /// <summary>Every page, by who sees it.</summary>
    internal static (string Who, string[] Paths)[] Pages { get; } =
    [
        ("", ["/", "/how-it-works", "/sign-in", "/catalogue", "/catalogue?q=nothing-here", $"/catalogue/{Samples.Silo}/chronic-care", "/dashboards", $"/dashboards/{Samples.Silo}/chronic-care", $"/dashboards/{Samples.Silo2}/chronic-care", "/register", "/ledger", "/ledger/3", "/not-there"]),
        ("researcher", ["/desk", "/applications", "/applications/new", "/ask", $"/ask/{Samples.PermitId}", "/permits", $"/permits/{Samples.PermitId}", "/payments", "/extracts", $"/extracts/new/{Samples.PermitId}", "/extracts/running", "/extracts/produced", "/extracts/released", "/extracts/held", "/extracts/failed", "/applications/{submitted}", "/applications/{draft}/edit"]),
        ("member1", ["/committee", "/committee/key", "/applications/{review}", $"/permits/{Samples.PermitId}", "/audit"]),
        ("checker1", ["/extracts", "/extracts/produced", "/extracts/released", $"/extracts/produced?key={FakeExtracts.CheckerKey.Id}"]),
        ("custodian1", ["/hospital"]),
        ("patient1", ["/my-data", $"/my-data/{Samples.Silo}/decide", $"/my-data/{Samples.Silo}/stop", "/my-data/stop", $"/proof/{Samples.Silo}/4"]),
    ];

    /// <summary>Goal: no page keeps anybody out. Method: axe over every page, light and dark, and each at 320 px without sideways scrolling.</summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_on_any_page(ColorScheme scheme)
    {
        var axe = await File.ReadAllTextAsync(Axe());
        List<string> found = [];
        foreach (var (who, paths) in Pages)
        {
            var page = await site.OpenAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 320, Height = 720 } });
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
                found.AddRange(broken.Select(one => $"{path}: {one}"));
                if (await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"))
                {
                    found.Add($"{path}: scrolls sideways at 320 px");
                }
            }

            found.AddRange(heard.Where(complaint => !complaint.Contains("404", StringComparison.Ordinal)));
            await page.Context.CloseAsync();
        }

        Assert.Empty(found);
    }

    /// <summary>The path with the names of applications in it, made for it.</summary>
    internal static string Fill(Site site, string path) => path
        .Replace("{submitted}", site.Hub.Put(Samples.Form, ApplicationState.Submitted).Id, StringComparison.Ordinal)
        .Replace("{review}", site.Hub.Put(Samples.Form, ApplicationState.UnderReview).Id, StringComparison.Ordinal)
        .Replace("{draft}", site.Hub.Put(Samples.Form, ApplicationState.Draft).Id, StringComparison.Ordinal);

    private static string Axe()
    {
        var file = Path.Combine(Story.Repository.Root, "Research.Web", "node_modules", "axe-core", "axe.min.js");
        Assert.SkipUnless(File.Exists(file) || Environment.GetEnvironmentVariable("CI") == "true", "axe-core is missing: npm ci --ignore-scripts in Research.Web");
        return file;
    }
}
