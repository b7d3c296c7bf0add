using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Silos.Ingestion.Hl7;

/// <summary>Whether and where legacy systems may send HL7 v2.</summary>
public sealed class MllpOptions
{
    /// <summary>On which port are messages taken? 1 to 65535; null, the default, takes none.</summary>
    public int? Port { get; init; }

    /// <summary>On which address? 127.0.0.1 by default: MLLP has neither encryption nor a sender's identity, so no more than the hospital's inner network.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>In which folder is the journal, from which versions are loaded? Needed where there is a port.</summary>
    public string Folder { get; init; } = "hl7";

    /// <summary>How long may a connection say nothing? 1 s to 1 day; 10 minutes by default.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many systems may be connected at once? 1 to 1,000; 32 by default. One more waits.</summary>
    public int Connections { get; init; } = 32;
}

/// <summary>Takes HL7 v2 over MLLP and gives each message to the intake. A connection that fails ends alone.</summary>
public sealed class MllpListener(Hl7Intake intake, IOptions<MllpOptions> options, TimeProvider clock, ILogger<MllpListener> logger) : BackgroundService
{
    private readonly TaskCompletionSource<IPEndPoint> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where messages are taken, once they are.</summary>
    public Task<IPEndPoint> Listening => listening.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var socket = new TcpListener(IPAddress.Parse(options.Value.Address), options.Value.Port ?? 0);
        socket.Start();
        listening.SetResult((IPEndPoint)socket.LocalEndpoint);
        logger.LogInformation("HL7 v2 is taken at {Address}; messages go to {Folder}", socket.LocalEndpoint, intake.Folder);
        using var slots = new SemaphoreSlim(options.Value.Connections);
        while (!stoppingToken.IsCancellationRequested)
        {
            await slots.WaitAsync(stoppingToken);
            var client = await socket.AcceptTcpClientAsync(stoppingToken);
            _ = Task.Run(() => ServeAsync(client, slots, stoppingToken), CancellationToken.None);
        }
    }

    private async Task ServeAsync(TcpClient client, SemaphoreSlim slots, CancellationToken stop)
    {
        try
        {
            using (client)
            {
                using var idle = new CancellationTokenSource(options.Value.Idle, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stop);
                await Mllp.ServeAsync(client.GetStream(), (message, text) =>
                {
                    idle.CancelAfter(options.Value.Idle);
                    return intake.Take(message, text);
                }, clock, cancel: either.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            logger.LogWarning("An MLLP connection ended: {Reason}", ended.Message);
        }
        finally
        {
            try
            {
                slots.Release();
            }
            catch (ObjectDisposedException)
            {
                // The listener has stopped.
            }
        }
    }
}
