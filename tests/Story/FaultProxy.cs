using System.Net;
using System.Net.Sockets;

namespace Story;

/// <summary>What a <see cref="FaultProxy"/> does to a request, with a chance.</summary>
public enum ProxyFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The request, or in half of the cases its answer, is lost: the connection ends.</summary>
    Drop,

    /// <summary>It arrives up to half a second late.</summary>
    Delay,

    /// <summary>It arrives twice; the second answer comes back.</summary>
    Duplicate,

    /// <summary>503, in half of the cases after it arrived.</summary>
    Unavailable,
}

/// <summary>A proxy in front of a development chain that spoils requests as it is told, in an order that its seed fixes.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Uri node;
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly Task serving;
    private int spoilt;

    /// <param name="port">Where it listens, on 127.0.0.1.</param>
    /// <param name="node">The chain behind it; it may come and go.</param>
    public FaultProxy(int port, Uri node, int seed)
    {
        (Url, this.node, random) = (new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}")), node, new Random(seed));
        listener.Prefixes.Add(FormattableString.Invariant($"http://127.0.0.1:{port}/"));
        listener.Start();
        serving = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>What happens to requests now.</summary>
    public ProxyFault Fault { get; set; }

    /// <summary>How often it happens: from 0 to 1.</summary>
    public double Chance { get; set; } = 0.15;

    /// <summary>Requests spoilt so far.</summary>
    public int Spoilt => Volatile.Read(ref spoilt);

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
        http.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var context = await listener.GetContextAsync();
                _ = AnswerAsync(context);
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var memory = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(memory);
            var (fault, arrives, late) = Draw();
            if (fault != ProxyFault.None)
            {
                Interlocked.Increment(ref spoilt);
            }

            if (fault == ProxyFault.Delay)
            {
                await Task.Delay(late);
            }

            var answer = arrives ? await ForwardAsync(memory.ToArray()) : [];
            switch (fault)
            {
                case ProxyFault.Drop:
                    context.Response.Abort();
                    return;
                case ProxyFault.Unavailable:
                    context.Response.StatusCode = 503;
                    context.Response.Close();
                    return;
                case ProxyFault.Duplicate:
                    answer = await ForwardAsync(memory.ToArray());
                    break;
            }

            context.Response.ContentType = "application/json";
            context.Response.Close(answer, willBlock: false);
        }
        catch (Exception gone) when (gone is HttpRequestException or HttpListenerException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            context.Response.Abort();
        }
    }

    private (ProxyFault Fault, bool Arrives, TimeSpan Late) Draw()
    {
        lock (gate)
        {
            var fault = random.NextDouble() < Chance ? Fault : ProxyFault.None;
            return (fault, fault is not (ProxyFault.Drop or ProxyFault.Unavailable) || random.Next(2) == 0, TimeSpan.FromMilliseconds(random.Next(500)));
        }
    }

    private async Task<byte[]> ForwardAsync(byte[] request)
    {
        using var content = new ByteArrayContent(request) { Headers = { ContentType = new("application/json") } };
        using var response = await http.PostAsync(node, content);
        return await response.Content.ReadAsByteArrayAsync();
    }
}
