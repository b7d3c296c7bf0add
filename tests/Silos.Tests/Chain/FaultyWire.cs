using System.Net;

namespace Silos.Tests.Chain;

/// <summary>What goes wrong between client and node, once, at the next request for a method.</summary>
public enum Fault
{
    /// <summary>The request does not arrive.</summary>
    Drop,

    /// <summary>The request arrives, its answer does not.</summary>
    LoseAnswer,

    /// <summary>The request arrives twice; the second answer is the one that comes back.</summary>
    Duplicate,

    /// <summary>A proxy answers 503.</summary>
    Unavailable,

    /// <summary>A proxy answers 200 with a page.</summary>
    Page,
}

/// <summary>The wire to a node, which fails as told.</summary>
public sealed class FaultyWire() : DelegatingHandler(new HttpClientHandler())
{
    private (string Method, Fault Fault)? next;

    public void Arm(string method, Fault fault) => next = (method, fault);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        if (next is not { } armed || !System.Text.Encoding.UTF8.GetString(body).Contains($"\"{armed.Method}\"", StringComparison.Ordinal))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        next = null;
        switch (armed.Fault)
        {
            case Fault.Drop:
                throw new HttpRequestException("the connection was reset");
            case Fault.LoseAnswer:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                throw new HttpRequestException("the connection was reset");
            case Fault.Duplicate:
                using (var first = await base.SendAsync(Copy(request, body), cancellationToken))
                {
                    return await base.SendAsync(Copy(request, body), cancellationToken);
                }

            case Fault.Unavailable:
                return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            default:
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>sign in</html>") };
        }
    }

    private static HttpRequestMessage Copy(HttpRequestMessage request, byte[] body)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body) };
        copy.Content.Headers.ContentType = request.Content!.Headers.ContentType;
        return copy;
    }
}
