using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Research.Api.Outbox;
using Research.Api.Payments;
using Research.Api.Protocol;
using Research.Api.Telemetry;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Xunit;

namespace Research.Api.Tests.Outbox;

[Collection("hub")]
public sealed class OutboxTests(HubFixture hub)
{
    /// <summary>Goal: people are written to when it is their turn. Method: hand an application in; the official, and every member of the board, gets a letter in the folder that stands for the mail server.</summary>
    [Fact]
    public async Task A_letter_goes_to_those_whose_turn_it_is()
    {
        hub.Require();
        var title = "Letters " + Nonce.New();
        await hub.SubmittedAsync(hub.Form() with { Title = title });
        var official = await hub.Of(Role.SigningOfficial).GetAsync<AccountView>(HubRoutes.Me);
        var member = await hub.Of("member2").GetAsync<AccountView>(HubRoutes.Me);
        await DrainAsync(SendMail.Subject(official.Id));
        await DrainAsync(SendMail.Subject(member.Id));
        var letters = Directory.EnumerateFiles(Path.Combine(hub.Folder, "mail"), "*.eml").Select(File.ReadAllText).Where(text => text.Contains(title, StringComparison.Ordinal)).ToList();
        Assert.Contains(letters, text => text.Contains($"To: {official.Email}\r\nSubject: To endorse: {title}\r\n", StringComparison.Ordinal));
        Assert.Contains(letters, text => text.Contains($"To: {member.Email}\r\nSubject: To screen: {title}\r\n", StringComparison.Ordinal));
    }

    /// <summary>Goal: a program is told, and can tell that it was us. Method: a webhook at a listener; two steps come in order with signatures that verify with its secret and no other; a removed webhook is told nothing.</summary>
    [Fact]
    public async Task A_webhook_is_told_in_order_and_signed()
    {
        hub.Require();
        var webhook = await hub.Applicant.PostAsync<NewWebhook>(HubRoutes.Webhooks, new WebhookRequest(hub.Second.Url + "/told"));
        var application = await hub.SubmittedAsync();
        await hub.Applicant.PostAsync<ApplicationView>($"{HubRoutes.Applications}/{application.Id}/withdraw");
        await DrainAsync("webhook/" + webhook.Id);
        var told = hub.Second.Received.Where(sent => sent.Route == "POST /told" && sent.Body.Contains(application.Id, StringComparison.Ordinal)).Select(sent => sent.Body).ToList();
        Assert.Equal(["application.submitted", "application.withdrawn"], told.Select(body => JsonSerializer.Deserialize<WebhookEvent>(body, JsonSerializerOptions.Web)!.Type));
        var now = TimeProvider.System.GetUtcNow();
        Assert.All(told, body => Assert.Contains(hub.Second.Signatures, signature => WebhookSignature.Fault(signature, Encoding.UTF8.GetBytes(body), webhook.Secret, now) is null));
        Assert.All(told, body => Assert.DoesNotContain(hub.Second.Signatures, signature => WebhookSignature.Fault(signature, Encoding.UTF8.GetBytes(body), "rhw_other", now) is null));

        Assert.Equal(webhook.Id, Assert.Single(await hub.Applicant.GetAsync<List<WebhookView>>(HubRoutes.Webhooks)).Id);
        (await hub.Applicant.Http.DeleteAsync($"{HubRoutes.Webhooks}/{webhook.Id}")).EnsureSuccessStatusCode();
        var later = await hub.SubmittedAsync();
        Assert.DoesNotContain(hub.Second.Received, sent => sent.Body.Contains(later.Id, StringComparison.Ordinal));
    }

    /// <summary>Goal: a stranger's webhook cannot reach inside. Method: every kind of private address is told from public ones, and the client refuses to connect to this machine.</summary>
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("2001:4860:4860::8888", false)]
    [InlineData("8.8.8.8", false)]
    public void Private_addresses_are_told_from_public_ones(string address, bool isPrivate) => Assert.Equal(isPrivate, Webhooks.IsPrivate(IPAddress.Parse(address)));

    /// <inheritdoc cref="Private_addresses_are_told_from_public_ones"/>
    [Fact]
    public async Task The_webhook_client_does_not_connect_to_this_machine()
    {
        hub.Require();
        using var http = new HttpClient(Webhooks.Door(new WebhookOptions()));
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(hub.Second.Url));
        Assert.Contains("not public", refused.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Goal: at least once, in order for each subject, and visible when stuck. Method: a subject whose first message fails keeps its second back and does not hold up another subject; it shows among the stuck ones and, once repaired, all is done in order.</summary>
    [Fact]
    public async Task What_is_stuck_is_visible_and_holds_up_its_own_subject_alone()
    {
        var file = Path.GetTempFileName();
        var database = new Database($"Data Source={file}");
        await database.MigrateAsync(typeof(OutboxStore).Assembly, "Persistence");
        var outbox = new OutboxStore(database, TimeProvider.System);
        List<string> done = [];
        var broken = true;
        using var measures = new HubMeasures();
        using var runner = new OutboxRunner(database, outbox, new Dictionary<string, Deliver> { ["test"] = DoAsync }, measures, TimeProvider.System, NullLogger<OutboxRunner>.Instance);
        await database.WriteAsync("outbox", async within =>
        {
            await outbox.AddAsync(within, "stuck", "test", "first");
            await outbox.AddAsync(within, "stuck", "test", "second");
            await outbox.AddAsync(within, "other", "test", "elsewhere");
        });
        for (var i = 0; i < 3; i++)
        {
            await runner.DrainAsync("stuck", TestContext.Current.CancellationToken);
        }

        await runner.DrainAsync("other", TestContext.Current.CancellationToken);
        Assert.Equal(["elsewhere"], done);
        var stuck = Assert.Single(await outbox.StuckAsync(3));
        Assert.Equal((3L, "it is broken"), (stuck.Attempts, stuck.Error));

        broken = false;
        Assert.True(await outbox.RetryAsync(stuck.Id));
        await runner.DrainAsync("stuck", TestContext.Current.CancellationToken);
        Assert.Equal(["elsewhere", "first", "second"], done);
        Assert.False(await outbox.RetryAsync(stuck.Id));
        Assert.Empty(await outbox.StuckAsync(1));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        File.Delete(file);

        Task<string?> DoAsync(Message message, CancellationToken cancel)
        {
            if (message.Body == "first" && broken)
            {
                return Task.FromResult<string?>("it is broken");
            }

            done.Add(message.Body);
            return Task.FromResult<string?>(null);
        }
    }

    /// <summary>Goal: the operator sees what is stuck, and nobody's message. Method: ask for the page; try a message again that there is not.</summary>
    [Fact]
    public async Task The_operator_may_look_and_try_again()
    {
        hub.Require();
        await hub.Of(Role.Operator).GetAsync<List<StuckMessage>>(HubRoutes.Outbox + "?attempts=1");
        Assert.Equal("not-found", await Person.CodeOf(await hub.Of(Role.Operator).TryPostAsync(HubRoutes.Outbox + "/999999999/retry")));
    }

    private Task DrainAsync(string subject) => hub.Services.GetRequiredService<OutboxRunner>().DrainAsync(subject, TestContext.Current.CancellationToken);
}
