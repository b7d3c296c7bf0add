using System.Globalization;
using System.Text;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Story;

/// <summary>Signs each request to a silo with an organisation's key in Members, as the hub does.</summary>
public sealed class SignAsHub(SigningKey key, string register, TimeProvider clock) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        foreach (var (name, value) in Headers(request.Method.Method, request.RequestUri!.PathAndQuery, body, clock.GetUtcNow()))
        {
            request.Headers.Add(name, value);
        }

        return await base.SendAsync(request, cancellationToken);
    }

    /// <summary>The headers that sign this request.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers(string method, string pathAndQuery, byte[] body, DateTimeOffset at)
    {
        var (time, nonce) = (at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Nonce.New());
        var text = RequestSignature.Text(register, method, pathAndQuery, Hash32.Of(body).ToString(), time, nonce);
        return
        [
            (RequestSignature.Key, key.Id.ToString()), (RequestSignature.Time, time), (RequestSignature.Nonce, nonce),
            (RequestSignature.Signature, Base64Text.Encode(key.Sign(Encoding.UTF8.GetBytes(text)))),
        ];
    }
}
