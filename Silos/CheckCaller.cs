using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Silos.Consents;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos;

/// <summary>Who may talk to this silo at all: the section <c>Callers</c>.</summary>
public sealed class CallerOptions
{
    /// <summary>
    /// Must every request that is not public or an officer's be signed by an organisation of Members? False by default, for a silo that is asked directly; true behind a hub, as in what <c>hub.cs</c> starts.
    /// A signature that is there is checked in any case.
    /// </summary>
    public bool Signed { get; init; }
}

/// <summary>
/// Checks the hub's signature on a request: the key is an organisation's in Members now, the text is this request to this silo, fresh, and its nonce new. It decides nothing else:
/// what is asked is believed for the researcher's, the patient's or the board's own signature in it. Nonces are kept in the silo's database, so that neither a restart nor another process of this silo takes a request again.
/// </summary>
public sealed class CheckCaller(RequestDelegate next, SiloIdentity silo, ReadMembers readMembers, OfficerToken officers, CallerNonces nonces, TimeProvider clock, Microsoft.Extensions.Options.IOptions<CallerOptions> options)
{
    private const long LargestBody = 8 * 1024 * 1024;
    private static readonly TimeSpan MembersFreshness = TimeSpan.FromSeconds(30);
    private static readonly string[] Public = [SiloRoutes.Describe, SiloRoutes.Datasets, SiloRoutes.Log, "/healthz", "/readyz"];

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
            if (signed)
            {
                context.Items[typeof(CheckCaller)] = true;
            }

            await next(context);
            return;
        }

        await Results.Problem($"{RequestSignature.Signature}: {fault}", statusCode: StatusCodes.Status401Unauthorized, title: "bad-caller", type: "about:blank", extensions: new Dictionary<string, object?> { ["code"] = "bad-caller" })
            .ExecuteAsync(context);
    }

    /// <summary>Whether an organisation of Members signed this request.</summary>
    public static bool IsVouched(HttpContext context) => context.Items.ContainsKey(typeof(CheckCaller));

    /// <summary>Routes that anybody may read, and the hospital's own officers.</summary>
    private bool IsOpen(HttpRequest request) => IsPublic(request) || officers.IsOn(request);

    private static bool IsPublic(HttpRequest request) => HttpMethods.IsGet(request.Method) && Public.Any(route => request.Path.StartsWithSegments(route));

    /// <summary>What is wrong with the signature; null when nothing is. The nonce counts as taken afterwards, but for what anybody may read.</summary>
    private async Task<string?> FaultAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var (key, time, nonce) = (headers[RequestSignature.Key].ToString(), headers[RequestSignature.Time].ToString(), headers[RequestSignature.Nonce].ToString());
        var now = clock.GetUtcNow();
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799 || DateTimeOffset.FromUnixTimeSeconds(seconds) is var signedAt && (now - signedAt).Duration() > RequestSignature.Tolerance)
        {
            return "was not made just now";
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
        var publicKey = PublicKey.From(member.Key);
        if (!publicKey.Verify(Encoding.UTF8.GetBytes(text), signature))
        {
            return "does not verify";
        }

        return IsPublic(context.Request) || await nonces.TakeAsync($"{key} {nonce}", context.RequestAborted) ? null : "was used before";
    }

    private async Task<MembersState> MembersAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (members is null || now - read > MembersFreshness)
        {
            try
            {
                members = await readMembers(cancel);
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
