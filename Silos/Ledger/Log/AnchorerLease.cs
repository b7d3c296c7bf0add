using System.Data.Common;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Ledger.Log;

/// <summary>
/// Which of a host's processes anchors: keeps several from anchoring the same batch at the same time, which would be harmless but wasteful.
/// A process that is killed holds it for two seconds more, and then the next one takes it.
/// </summary>
internal sealed class AnchorerLease(Database database, string origin, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly string holder = Nonce.New();
    private long heldUntil;
    private long nextTry;

    /// <summary>Takes the lease or keeps it.</summary>
    /// <returns>Whether it is this process's.</returns>
    public async Task<bool> HoldAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (heldUntil - now < Length.TotalMilliseconds / 2 && (heldUntil > now || now >= nextTry))
        {
            var held = heldUntil > now;
            nextTry = now + (long)BetweenTries.TotalMilliseconds;
            var until = now + (long)Length.TotalMilliseconds;
            heldUntil = await database.WriteAsync(LogStore.Writer, within => LogStore.HoldAsync(within, holder, now, until), cancel) ? until : 0;
            if (!held && heldUntil > 0)
            {
                logger.LogDebug("Log {Origin}: this process anchors from now on, Unix milliseconds {Now}", origin, now);
            }
        }

        return heldUntil > now;
    }

    /// <summary>Gives it back, so that another process need not wait for its end.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            if (heldUntil > 0)
            {
                await database.WriteAsync(LogStore.Writer, within => LogStore.ReleaseAsync(within, holder));
            }
        }
        catch (DbException gone)
        {
            logger.LogDebug("Log {Origin} could not give back its lease, which ends by itself: {Reason}", origin, gone.Message);
        }
    }
}
