using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Browser;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Web.Tests.RealStack;

/// <summary>A patient and her passkey: the browser's own authenticator, made by the browser's developer protocol, and every part behind it real.</summary>
[Collection(RunningStack.Name)]
public sealed partial class PasskeyStoryTests(Site site, RunningStack running)
{
    private const string Password = "a patient's own long sentence";

    /// <summary>Goal: with a passkey alone a patient signs in and signs her decision. Method: on a phone, she signs up with a letter's code, makes a passkey, signs in with it, takes it to her hospital with the key of before, decides, and the record that she downloads verifies for this hospital's page and for no other; unverified, her device signs nothing.</summary>
    [Fact]
    public async Task A_patient_signs_in_and_signs_her_decision_with_a_passkey()
    {
        var page = await running.OpenAsync(site, null, width: 390, named: true);
        var heard = page.Complaints();
        var (device, authenticator) = await VirtualAuthenticator.AddAsync(page);
        await SignUpAsync(page, "pia@patients.example", heard);
        await MakePasskeyAsync(page, heard);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await page.ArriveAsync("/desk$");

        var (patient, secret) = running.Hospital.Patients.Where(one => one.Value.Sequence > 0).Skip(1).First();
        await LinkAsync(page, secret.Subject, heard);
        await page.GetByRole(AriaRole.Link, new() { Name = "My key here" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use the passkey My telephone" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next", Exact = true }).ClickAsync();
        await page.AwaitAsync("text=Sign with the key of now", heard);
        await page.PicturesAsync("real-change-key");
        using (var old = SigningKey.From(secret.Key))
        {
            await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(old));
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and change the key" }).ClickAsync();
        await page.AwaitAsync("text=The hospital knows your new key.", heard);
        await DecideAsync(page, heard);
        await device.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = false });
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and send" }).ClickAsync();
        await page.AwaitAsync("text=Your device did not answer", heard);
        await device.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = true });
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and send" }).ClickAsync();
        await page.AwaitAsync("text=Your decision is recorded at the hospital.", heard);
        await page.PicturesAsync("real-passkey-receipt");

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download the signed decision" }).ClickAsync());
        var record = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(await File.ReadAllTextAsync((await download.PathAsync())!))!);
        var origin = running.NamedUrl.ToString().TrimEnd('/');
        var opened = record.OpenAll<Directive>(running.Stack.Deployment.Deployed, new PasskeyRules("localhost", [origin]));
        Assert.True(opened.Body is { Sequence: 2, Decision: Directive.Permit }, opened.Reason);
        Assert.NotNull(record.AuthenticatorData);
        Assert.Contains("clientDataJSON.origin", record.OpenAll<Directive>(running.Stack.Deployment.Deployed, new PasskeyRules("localhost", ["https://evil.example"])).Reason, StringComparison.Ordinal);
        Assert.Equal(1, running.Hospital.Patients[patient].Sequence);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
        Assert.Empty(running.Leaks());
    }

    private async Task SignUpAsync(IPage page, string email, List<string> heard)
    {
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await page.FillAsync("#name", "Pia Patient");
        await page.FillAsync("#email", email);
        await page.FillAsync("#password", Password);
        await page.PicturesAsync("real-sign-up");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the account" }).ClickAsync();
        await page.AwaitAsync("text=A letter is on its way", heard);
        await page.PicturesAsync("real-confirm");
        await page.FillAsync("#code", await CodeOfLetterAsync(email));
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await page.AwaitAsync("text=Your address is confirmed.", heard);
        await page.FillAsync("#email", email);
        await page.FillAsync("#password", Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.ArriveAsync("/desk$");
    }

    private static async Task MakePasskeyAsync(IPage page, List<string> heard)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "My account" }).ClickAsync();
        await page.FillAsync("#passkey-name", "My telephone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey" }).ClickAsync();
        await page.AwaitAsync("text=The passkey is there.", heard);
        await page.PicturesAsync("real-account");
    }

    private async Task LinkAsync(IPage page, string subject, List<string> heard)
    {
        using var custodian = await HubClient.SignInAsync(running.Stack, "custodian1");
        var invitation = await custodian.PostAsync<Invitation>(HubRoutes.Invitations, new InvitationRequest(running.Hospital.Register.ToString(), subject));
        await page.GotoAsync("/my-data");
        await page.FillAsync("#code", invitation.Code);
        await page.GetByRole(AriaRole.Button, new() { Name = "Link", Exact = true }).ClickAsync();
        await page.AwaitAsync("text=The hospital is linked to your account.", heard);
    }

    /// <summary>The safest answer to every question, up to the signature.</summary>
    private static async Task DecideAsync(IPage page, List<string> heard)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Decide" }).ClickAsync();
        foreach (var step in new[] { "Step 2", "Step 3", "Step 4", "Step 5" })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Next", Exact = true }).ClickAsync();
            await page.AwaitAsync($"text={step}", heard);
        }

        await page.AwaitAsync("text=You sign with your passkey", heard);
        await page.PicturesAsync("real-sign-with-passkey");
    }

    /// <summary>The last line of the letter to this address, as it lies in the hub's folder of letters.</summary>
    private async Task<string> CodeOfLetterAsync(string email)
    {
        var letters = running.Options.In("hub", "mail");
        var letter = await Until.ReadAsync($"a letter to {email}", TimeSpan.FromMinutes(1), () => Task.FromResult(Read()), text => text is not null);
        return Code().Match(letter!).Groups[1].Value;

        string? Read() => Directory.Exists(letters) ? Directory.EnumerateFiles(letters, "*.eml").Select(File.ReadAllText).FirstOrDefault(text => text.Contains($"To: {email}", StringComparison.Ordinal)) : null;
    }

    [GeneratedRegex(@"\r\n\r\n(\S+)\s*\z")]
    private static partial Regex Code();
}
