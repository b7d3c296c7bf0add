using System.Text;

namespace Silos.Tests.Chain;

/// <summary>The wire to a node, on which somebody sees each request with its answer, takes her time, and decides what is handed on.</summary>
public sealed class TappedWire(Func<string, string, Task<string>> handOn) : DelegatingHandler(new HttpClientHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = await request.Content!.ReadAsStringAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        var answer = await handOn(asked, await response.Content.ReadAsStringAsync(cancellationToken));
        response.Content = new StringContent(answer, Encoding.UTF8, "application/json");
        return response;
    }
}
