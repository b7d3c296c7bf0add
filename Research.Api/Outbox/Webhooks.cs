using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.DataProtection;
using Research.Api.Payments;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Outbox;

/// <summary>What may be told to whom: the section <c>Webhooks</c>.</summary>
internal sealed class WebhookOptions
{
    /// <summary>May addresses of this machine and of private networks be called, and http? False by default: a stranger's webhook must not reach inside.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How many webhooks may one account have? From 0; 5 by default.</summary>
    public int PerAccount { get; init; } = 5;
}

/// <summary>Keeps where accounts want to be told, and tells them: each event a signed POST, at least once and in order for each webhook.</summary>
internal sealed class Webhooks(Database database, OutboxStore outbox, IHttpClientFactory clients, IDataProtectionProvider protection, WebhookOptions options, TimeProvider clock)
{
    public const string Kind = "webhook";

    /// <summary>Name of the HTTP client that refuses private addresses.</summary>
    public const string Client = "webhook";

    /// <summary>The header that signs.</summary>
    public const string Header = "ResearchHub-Signature";

    private const string Writer = "webhooks";
    private readonly IDataProtector protector = protection.CreateProtector("webhooks");

    /// <summary>What the outbox keeps.</summary>
    internal sealed record Parcel(string Webhook, WebhookEvent Event);

    public Task<Outcome<NewWebhook>> AddAsync(string account, WebhookRequest request) => database.WriteAsync<Outcome<NewWebhook>>(Writer, async within =>
    {
        if (request.Url.Length > 500 || !Uri.TryCreate(request.Url, UriKind.Absolute, out var url) || (url.Scheme != "https" && !(options.AllowPrivate && url.Scheme == "http")) || url.UserInfo.Length > 0)
        {
            return Refusal.Invalid("url: an absolute https address of up to 500 characters, without a password in it.");
        }

        var connection = within.Connection!;
        if (await connection.QuerySingleAsync<long>("SELECT COUNT(*) FROM webhooks WHERE account = @account", new { account }, within) >= options.PerAccount)
        {
            return Refusal.Conflict($"An account can have {options.PerAccount} webhooks.");
        }

        var made = new NewWebhook(Nonce.New(), url.ToString(), "rhw_" + Hash32.Random());
        await connection.ExecuteAsync(
            "INSERT INTO webhooks (id, account, url, secret, created) VALUES (@Id, @account, @Url, @secret, @now)",
            new { made.Id, account, made.Url, secret = protector.Protect(made.Secret), now = RecordTime.Write(clock.GetUtcNow()) }, within);
        return made;
    });

    public Task<IReadOnlyList<WebhookView>> ListAsync(string account) => database.ReadAsync<IReadOnlyList<WebhookView>>(async connection =>
        [.. await connection.QueryAsync<WebhookView>("SELECT id AS Id, url AS Url, created AS Created FROM webhooks WHERE account = @account ORDER BY created", new { account })]);

    /// <summary>Ends a webhook; what was not sent yet is dropped. False when the account has none of this id.</summary>
    public async Task<bool> RemoveAsync(string account, string id) => await database.WriteAsync(Writer, within =>
        within.Connection!.ExecuteAsync("DELETE FROM webhooks WHERE id = @id AND account = @account", new { id, account }, within)) == 1;

    /// <summary>Queues an event for every webhook of these accounts, in the transaction of what happened.</summary>
    public async Task TellAsync(DbTransaction within, IReadOnlyCollection<string> accounts, WebhookEvent happened)
    {
        var values = new DynamicParameters();
        var which = ValueList.Spread(values, "account", accounts);
        foreach (var id in await within.Connection!.QueryAsync<string>($"SELECT id FROM webhooks WHERE account IN {which}", values, within))
        {
            await outbox.AddAsync(within, "webhook/" + id, Kind, JsonSerializer.Serialize(new Parcel(id, happened)));
        }
    }

    public async Task<string?> DeliverAsync(Message message, CancellationToken cancel)
    {
        var parcel = JsonSerializer.Deserialize<Parcel>(message.Body)!;
        var (url, secret) = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<(string? Url, string? Secret)>("SELECT url, secret FROM webhooks WHERE id = @Webhook", new { parcel.Webhook }), cancel);
        if (url is null)
        {
            return null;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(parcel.Event, JsonSerializerOptions.Web);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
        request.Headers.Add(Header, WebhookSignature.Sign(body, protector.Unprotect(secret!), clock.GetUtcNow()));
        using var answer = await clients.CreateClient(Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        return answer.IsSuccessStatusCode ? null : $"the webhook answered {(int)answer.StatusCode}";
    }

    /// <summary>Connects by address, so that a name cannot lead inside after it was looked at.</summary>
    public static SocketsHttpHandler Door(WebhookOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectCallback = async (context, cancel) =>
        {
            var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
            var address = addresses.FirstOrDefault(one => options.AllowPrivate || !IsPrivate(one)) ?? throw new HttpRequestException("the webhook's address is not public");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    /// <summary>Loopback, private, link-local, shared and reserved networks (RFC 6890).</summary>
    internal static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return IPAddress.IsLoopback(address) || (bytes.Length == 4
            ? bytes[0] is 0 or 10 or 127 or >= 224 || bytes is [100, >= 64 and <= 127, ..] or [169, 254, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [192, 0, 0, _] or [198, 18 or 19, ..]
            : (bytes[0] & 0xfe) == 0xfc || address.IsIPv6LinkLocal || address.IsIPv6Multicast || address.IsIPv6SiteLocal || address.Equals(IPAddress.IPv6None) || bytes is [0, 0x64, 0xff, 0x9b, ..]);
    }
}
