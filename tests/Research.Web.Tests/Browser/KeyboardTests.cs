using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>Consent and application by the keyboard alone. At every step of the way the focus is seen: a ring of 2 px or more, inside the window, under nothing (WCAG 2.4.7, 2.4.11).</summary>
public sealed class KeyboardTests(Site site)
{
    /// <summary>Why the focus is not seen: no ring, out of the window, or covered; null when it is.</summary>
    private const string Unseen =
        """
        () => {
          const focused = document.activeElement;
          if (focused === document.body) return null;
          const ringed = [focused, focused.parentElement].some(one => getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
          const box = focused.getBoundingClientRect();
          const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
          const [x, y] = [Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2), Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2)];
          const top = document.elementFromPoint(x, y);
          const covered = !(top && (focused.contains(top) || top.contains(focused)));
          return ringed && inside && !covered ? null : `${focused.outerHTML.slice(0, 160)} ringed ${ringed} inside ${inside} covered ${covered}`;
        }
        """;

    private const int FarthestTab = 80;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Goal: a patient decides, signs and stops everything without a mouse. Method: Tab, Space, arrows and Enter alone, from signing in to the receipt; the key file by the browser's own chooser.</summary>
    [Fact]
    public async Task A_patient_decides_and_stops_by_keyboard_alone()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await FillDecisionAsync(page, key);
        await PressAsync(page, "form[data-sign] > .button", "text=Your decision is recorded at the hospital.");
        Assert.Contains("directive", site.Hub.Opened);
        await PressAsync(page, "header a[href='/my-data/stop']", "text=Stop everything now");
        await PressAsync(page, "main form .button.danger", "text=Stopped. The hospital has written it down.");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a researcher applies without a mouse. Method: from the catalogue's card to the submitted application by the keyboard; keys are made by their buttons.</summary>
    [Fact]
    public async Task A_researcher_applies_by_keyboard_alone()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await SignInAsync(page, "researcher");
        await PressAsync(page, "header a[href='/catalogue']", "h1");
        await PressAsync(page, $"main a[href='/catalogue/{Samples.Silo}/chronic-care']", "a:has-text('Apply for access')");
        await PressAsync(page, "main a[href^='/applications/new']", "#title");
        await TypeAsync(page, "#title", "By keyboard alone");
        await PressAsync(page, "main form > .button, main form .actions .button", "#laySummary");
        await TypeAsync(page, "#laySummary", "We want to know how well diabetes is controlled.");
        await TypeAsync(page, "#purpose", "gen");
        await ReachAsync(page, "#signingKey");
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        await page.AwaitAsync("text=Keep the file that was downloaded", heard);
        await PressAsync(page, "button[value=submit]", "text=The application is submitted.");
        var made = site.Hub.Applications.Values.Single(one => one.Form.Title == "By keyboard alone");
        Assert.Equal(ApplicationState.Submitted, made.State);
        Assert.False(made.Form.SigningKey!.Value.TryGetProperty("d", out _));
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a page whose script comes late does not take the focus from whoever has moved on. Method: sign a decision, hold the script of the page that comes, press Tab, let the script come, and look where the focus is.</summary>
    [Fact]
    public async Task A_late_script_leaves_the_focus_where_the_keyboard_has_moved_it()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync();
        await FillDecisionAsync(page, key);
        var arrives = new TaskCompletionSource();
        await page.HoldScriptAsync(() => arrives.Task);
        await PressAsync(page, "form[data-sign] > .button", "[data-focus]");
        await page.Keyboard.PressAsync("Tab");
        var moved = await page.EvaluateHandleAsync("() => document.activeElement");
        arrives.SetResult();
        await page.WaitForLoadStateAsync();
        Assert.True(await page.EvaluateAsync<bool>("moved => moved !== document.body && moved === document.activeElement", moved));
        await page.Context.CloseAsync();
    }

    /// <summary>From signing in to the last step, with the key chosen and nothing signed yet.</summary>
    private static async Task FillDecisionAsync(IPage page, SigningKey key)
    {
        // The browser hands over its file chooser from the first listener on, and does not say when it has begun to.
        page.FileChooser += (_, _) => { };
        await SignInAsync(page, "patient1");
        await PressAsync(page, "a[href='/my-data']", "h1:has-text('My data')");
        await PressAsync(page, "main a[href$='/decide']", "text=Step 1");
        foreach (var (keys, next) in new[] { (1, "text=Step 2"), (1, "text=Step 3"), (0, "text=Step 4"), (2, "text=Step 5") })
        {
            await ReachAsync(page, "main input[type=radio]:checked");
            for (var i = 0; i < keys; i++)
            {
                await page.Keyboard.PressAsync("ArrowDown");
            }

            await PressAsync(page, "main form .button", next);
        }

        await PressAsync(page, "main details:has([data-key-file]) > summary", null);
        await ReachAsync(page, "[data-key-file]");
        var chooser = await page.RunAndWaitForFileChooserAsync(() => page.Keyboard.PressAsync("Space"));
        await chooser.SetFilesAsync(Steps.FileOf(key));
    }

    private static async Task SignInAsync(IPage page, string who)
    {
        await page.GotoAsync("/sign-in");
        await TypeAsync(page, "#email", who + "@researchhub.example");
        await TypeAsync(page, "#password", "right");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAsync("/desk$");
    }

    private static async Task TypeAsync(IPage page, string field, string text)
    {
        await ReachAsync(page, field);
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>Reaches it and presses Enter; then waits for what comes.</summary>
    private static async Task PressAsync(IPage page, string selector, string? comes)
    {
        await ReachAsync(page, selector);
        await page.Keyboard.PressAsync("Enter");
        if (comes is not null)
        {
            await page.AwaitAsync(comes);
        }
    }

    /// <summary>Tab until the focus is on it; everything on the way must be seen.</summary>
    private static async Task ReachAsync(IPage page, string selector)
    {
        for (var i = 0; i < FarthestTab; i++)
        {
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }

            await page.Keyboard.PressAsync("Tab");
            await Until.ReadAsync($"the focus to be seen on {page.Url}", Patience, () => page.EvaluateAsync<string?>(Unseen), unseen => unseen is null);
        }

        Assert.Fail($"'{selector}' is not reached by {FarthestTab} tabs on {page.Url}");
    }
}
