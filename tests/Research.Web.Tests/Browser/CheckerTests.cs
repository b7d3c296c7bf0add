using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>The single-file checker, opened from the disk in a browser without a network.</summary>
public sealed class CheckerTests(Site site)
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch.AddYears(56);

    /// <summary>Goal: a stranger checks a receipt without us. Method: the file is downloaded, its hash is the one on the page, and opened offline from the disk; a true receipt passes with its witness's key; each of five faults is told: a changed entry, another witness, another tree of the same size, a changed receipt, and no receipt at all.</summary>
    [Fact]
    public async Task The_checker_tells_true_receipts_from_false_ones_offline()
    {
        var file = await DownloadAsync();
        using var log = SigningKey.Create();
        using var witness = SigningKey.Create();
        using var stranger = SigningKey.Create();
        var receipt = Receipt(log, witness);
        var page = await site.OpenAsync(new() { Offline = true });
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        Assert.Equal(["✓ The entry is in the tree", "✓ The witness co-signed", "✓ The receipt carries"], await CheckAsync(page, receipt, witness.Public));
        await page.PictureAsync("checker");
        Assert.Equal(["✓ The entry is in the tree", "✗ This witness did NOT", "✓ The receipt carries"], await CheckAsync(page, receipt, stranger.Public));
        Assert.Equal(["✗ The entry is NOT", "✓ The witness co-signed", "✗ The receipt's signature"], await CheckAsync(page, With(receipt, "kind", "\"denial-of-nothing\""), witness.Public));
        var other = new Checkpoint("researchhub.example/hub", SampleLog.Entries.Count, Hash32.Of("another tree"), Time);
        var forked = SignedNote.Sign(other.Text(), other.Origin, log).With(Cosignature.Sign(other.Text(), "witness", witness, Time)).ToString();
        Assert.Equal(["✓ The entry is in the tree", "✓ Both checkpoints", "✗ The witness saw ANOTHER", "✓ The witness co-signed", "✓ The receipt carries"], await CheckAsync(page, receipt, witness.Public, forked));
        Assert.Equal(["✗ This file holds no receipt"], await CheckAsync(page, "{}", witness.Public));
        await page.SelectOptionAsync("#language", "ko");
        Assert.Equal("영수증 확인", await page.InnerTextAsync("h1"));
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a reader sees for which file each witness vouches, and where to ask her without us. Method: five witnesses of the fake hub; only the one that names the very file is called good, and a changed file is shown as another, with its hash.</summary>
    [Fact]
    public async Task Every_word_of_a_witness_is_held_against_the_file_that_is_served()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        await page.GotoAsync("/check");
        var words = await page.Locator("#witnesses ~ ul > li .badge").AllInnerTextsAsync();
        Assert.Equal(["vouches for this very file", "vouches for ANOTHER file", "vouches for no file", "does not answer just now", "gave an answer that is not signed by her"], words);
        var another = page.Locator("#witnesses ~ ul > li").Nth(1);
        Assert.Equal("SHA-256 " + Samples.Witnesses[1].Checker, await another.Locator("pre").InnerTextAsync());
        Assert.Equal(1, await another.Locator("[role=alert]").CountAsync());
        Assert.Equal("https://board.example/witness/checker.html.sha256", await another.GetByRole(AriaRole.Link).First.GetAttributeAsync("href"));
        Assert.Equal(1, await page.Locator("#witnesses ~ ul [role=alert]").CountAsync());
        await page.Context.CloseAsync();
    }

    private async Task<string> DownloadAsync()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/check");
        await page.PicturesAsync("check");
        var shown = await page.InnerTextAsync("pre >> nth=0");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the checker" }).ClickAsync());
        var file = Path.Combine(Site.Screenshots, "researchhub-checker.html");
        await download.SaveAsAsync(file);
        Assert.EndsWith(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))), shown, StringComparison.Ordinal);
        await page.Context.CloseAsync();
        return file;
    }

    private static async Task<string[]> CheckAsync(IPage page, string receipt, PublicKey witness, string? note = null)
    {
        await page.SetInputFilesAsync("#file", Payload("receipt.json", receipt));
        await page.SetInputFilesAsync("#witness", Payload("witness.jwk", JsonSerializer.Serialize(witness.Jwk, CanonicalJson.Options)));
        await page.SetInputFilesAsync("#note", note is null ? Array.Empty<FilePayload>() : [Payload("checkpoint", note)]);
        await page.EvaluateAsync("() => document.getElementById('result').replaceChildren()");
        await page.ClickAsync("button");
        await page.Locator("#result li").First.WaitForAsync();
        var lines = await page.Locator("#result li").AllInnerTextsAsync();
        return [.. lines.Select(line => Openings.FirstOrDefault(known => line.StartsWith(known, StringComparison.Ordinal)) ?? line)];
    }

    private static readonly string[] Openings =
    [
        "✓ The entry is in the tree", "✗ The entry is NOT", "✓ The witness co-signed", "✗ This witness did NOT", "✓ The receipt carries", "✗ The receipt's signature",
        "✓ Both checkpoints", "✗ The witness saw ANOTHER", "✗ This file holds no receipt",
    ];

    private static FilePayload Payload(string name, string text) => new() { Name = name, MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes(text) };

    /// <summary>An answer's file with a receipt in it, whose checkpoint the log signed and the witness co-signed.</summary>
    private static string Receipt(SigningKey log, SigningKey witness)
    {
        var proven = SampleLog.Prove(4);
        var text = proven.Checkpoint[..(proven.Checkpoint.LastIndexOf("\n\n", StringComparison.Ordinal) + 1)];
        var note = SignedNote.Sign(text, "researchhub.example/hub", log).With(Cosignature.Sign(text, "witness", witness, Time));
        var receipt = new Receipt(
            FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract, Nonce.New(), "researchhub.example/hub", JsonNode.Parse(proven.Entry.GetRawText())!.AsObject(), note.ToString(),
            [.. proven.Proof.Select(Hash32.Parse)], "0x6f1d0c4e", new Dictionary<string, Opening>());
        return JsonSerializer.Serialize(new { groups = Array.Empty<object>(), receipt = SignedRecord.Sign(receipt, log) }, CanonicalJson.Options);
    }

    private static string With(string receipt, string member, string value)
    {
        var json = JsonNode.Parse(receipt)!;
        json["receipt"]!["body"]!["entry"]![member] = JsonNode.Parse(value);
        return json.ToJsonString();
    }
}
