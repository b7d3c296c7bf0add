using System.Data.Common;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Chain;

namespace Silos.Ledger.Storage;

/// <summary>
/// Work that a host does again and again for as long as it runs. When database or ledger do not answer, neither the work nor the host ends
/// by it: it is logged once, the round is tried again until it passes, and that is logged too. Any other exception is a fault of the program and is thrown.
/// </summary>
/// <param name="work">What is done, as the log calls it: a plural noun.</param>
/// <param name="alsoPasses">Further exceptions that pass by themselves, such as another's server that does not answer.</param>
public sealed class Rounds(string work, TimeProvider clock, ILogger logger, Func<Exception, bool>? alsoPasses = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>Does a round at once, and another each time that this time has gone by since the last.</summary>
    /// <param name="between">Pause between two rounds, above nothing.</param>
    /// <param name="round">Must be safe to repeat.</param>
    /// <exception cref="OperationCanceledException">The host stops.</exception>
    public async Task RunAsync(TimeSpan between, Func<CancellationToken, Task> round, CancellationToken stop)
    {
        while (true)
        {
            await OnceAsync(round, stop);
            await Task.Delay(between, clock, stop);
        }
    }

    /// <summary>Does one round, however often it has to be tried.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task OnceAsync(Func<CancellationToken, Task> round, CancellationToken stop)
    {
        for (var pause = TimeSpan.Zero; ; await Task.Delay(pause, clock, stop))
        {
            try
            {
                await round(stop);
                if (pause > TimeSpan.Zero)
                {
                    logger.LogInformation("{Work} go on", work);
                }

                return;
            }
            catch (Exception trouble) when (Passes(trouble))
            {
                stop.ThrowIfCancellationRequested();
                if (pause == TimeSpan.Zero)
                {
                    logger.LogWarning("{Work} wait: {Reason}", work, trouble.Message);
                }

                pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>Libraries wrap the trouble of a connection in exceptions of their own.</summary>
    private bool Passes(Exception trouble)
    {
        for (var cause = trouble; cause is not null; cause = cause.InnerException)
        {
            if (cause is LedgerUnavailableException or DbException || alsoPasses?.Invoke(cause) == true)
            {
                return true;
            }
        }

        return false;
    }
}
