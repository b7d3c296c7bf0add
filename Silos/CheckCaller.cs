using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos;

/// <summary>Who may talk to this silo at all: the section <c>Callers</c>.</summary>
public sealed class CallerOptions
{
    /// <summary>
    /// Must every request that is not public or an officer's be signed by an organisation of Members? False by default, for a silo that is asked directly; true behind a hub.
    /// A signature that is there is checked in any case.
    /// </summary>
    public bool Signed { get; init; }
}

/// <summary>
/// Checks the hub's signature on a request: the key is an organisation's in Members now, the text is this request to this silo, fresh, and its nonce new. It decides nothing else:
/// what is asked is believed for the researcher's, the patient's or the board's own signature in it. A request that was signed before this process began is refused, so that a restart forgets no nonce that would still count; nonces are kept by process.
/// </summary>
public sealed class CheckCaller(RequestDelegate next, SiloIdentity silo, ChainClient chain, OfficerToken officers, TimeProvider clock, Microsoft.Extensions.Options.IOptions<CallerOptions> options)
{
    private const long LargestBody = 8 * 1024 * 1024;
    private static readonly TimeSpan MembersFreshness = TimeSpan.FromSeconds(30);
    private static readonly string[] Public = [SiloRoutes.Describe, SiloRoutes.Datasets, SiloRoutes.Log, "/healthz", "/readyz"];

    private readonly ConcurrentDictionary<string, DateTimeOffset> taken = new();
    private readonly DateTimeOffset began = clock.GetUtcNow();
    private MembersState? members;
    private DateTimeOffset read;

    public async Task InvokeAsync(HttpContext context)
    {
        var signed = context.Request.Headers.ContainsKey(RequestSignature.Signature);
        string? fault;
        try
        {
            fault = signed ? await FaultAsync(context) : options.Value.Signed && !IsOpen(context.Request) ? "is missing" : null;
        }
        catch (LedgerUnavailableException)
        {
            await Problems.Refusal(RefusalCode.LedgerUnavailable, "the ledger does not answer, and nobody can be told from anybody").ExecuteAsync(context);
            return;
        }

        if (fault is null)
        {
            await next(context);
            return;
        }

        await Results.Problem($"{RequestSignature.Signature}: {fault}", statusCode: StatusCodes.Status401Unauthorized, title: "bad-caller", type: "about:blank", extensions: new Dictionary<string, object?> { ["code"] = "bad-caller" })
            .ExecuteAsync(context);
    }

    /// <summary>Routes that anybody may read, and the hospital's own officers.</summary>
    private bool IsOpen(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) && Public.Any(route => request.Path.StartsWithSegments(route)))
        || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes("Bearer " + officers.Value));

    /// <summary>What is wrong with the signature; null when nothing is. The nonce counts as taken afterwards.</summary>
    private async Task<string?> FaultAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var (key, time, nonce) = (headers[RequestSignature.Key].ToString(), headers[RequestSignature.Time].ToString(), headers[RequestSignature.Nonce].ToString());
        var now = clock.GetUtcNow();
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799 || DateTimeOffset.FromUnixTimeSeconds(seconds) is var signedAt && (now - signedAt).Duration() > RequestSignature.Tolerance)
        {
            return "was not made just now";
        }

        if (DateTimeOffset.FromUnixTimeSeconds(seconds + 1) < began)
        {
            return "was made before this silo began";
        }

        if (!Hash32.TryParse(key, out var id) || !Nonce.IsValid(nonce) || Base64Text.TryDecode(headers[RequestSignature.Signature].ToString()) is not { } signature)
        {
            return "is not of this form";
        }

        if ((await MembersAsync(now, context.RequestAborted)).Find(id) is not { } member || !member.Roles.HasFlag(Roles.Organisation))
        {
            return "is of no organisation in Members";
        }

        var text = RequestSignature.Text(silo.Register.ToString(), context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, await BodyHashAsync(context.Request), time, nonce);
        using var publicKey = PublicKey.From(member.Key);
        if (!publicKey.Verify(Encoding.UTF8.GetBytes(text), signature))
        {
            return "does not verify";
        }

        foreach (var (old, until) in taken.Where(pair => pair.Value < now))
        {
            taken.TryRemove(KeyValuePair.Create(old, until));
        }

        return taken.TryAdd($"{key} {nonce}", now + 2 * RequestSignature.Tolerance) ? null : "was used before";
    }

    private async Task<MembersState> MembersAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (members is null || now - read > MembersFreshness)
        {
            try
            {
                members = await chain.ReadMembersAsync(cancel);
                read = now;
            }
            catch (LedgerUnavailableException) when (members is not null)
            {
                // Who was a member when the ledger last answered; whatever needs the ledger now is refused further on.
            }
        }

        return members;
    }

    private static async Task<string> BodyHashAsync(HttpRequest request)
    {
        request.EnableBuffering(bufferThreshold: 256 * 1024, bufferLimit: LargestBody);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return Hash32.Of(body.ToArray()).ToString();
    }
}
