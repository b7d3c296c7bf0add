using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>A checkpoint's time must be that of its block and of its witnesses' median, give or take a minute; what is not is flagged, not failed.</summary>
internal static class CheckpointTimes
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    public static IEnumerable<string> Flags(DateTimeOffset checkpoint, DateTimeOffset? block, IEnumerable<DateTimeOffset> witnesses)
    {
        if (block is { } mined && (mined - checkpoint).Duration() > Tolerance)
        {
            yield return $"the checkpoint is dated {RecordTime.Write(checkpoint)}, its block {RecordTime.Write(mined)}: more than a minute apart";
        }

        var times = witnesses.Order().ToList();
        if (times.Count > 0 && (times[times.Count / 2] - checkpoint).Duration() > Tolerance)
        {
            yield return $"the checkpoint is dated {RecordTime.Write(checkpoint)}, its witnesses' median is {RecordTime.Write(times[times.Count / 2])}: more than a minute apart";
        }
    }
}
