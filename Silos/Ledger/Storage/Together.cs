namespace Silos.Ledger.Storage;

/// <summary>
/// Serves callers together: those who come while one run is under way wait, and the next run, which begins after all of them asked, serves
/// them at once. What a run reads is therefore never older than the question, and a durable step that many need is made once for all.
/// After a run that served several the next begins only when the <see cref="Pace"/> is over and those who come together have gathered: under load fewer runs serve more, and who comes alone never waits.
/// </summary>
/// <param name="most">Most callers in one run, from 1.</param>
/// <param name="clock">Measures the pace.</param>
/// <param name="run">Answers each of the asked, in their order. When it fails with several because of one of them (<see cref="InvalidOperationException"/>, <see cref="ArgumentException"/>), each is tried by itself, so that one cannot take the others down: it must be safe to repeat. Trouble of database or chain is everybody's.</param>
public sealed class Together<TAsk, TAnswer>(int most, TimeProvider clock, Func<IReadOnlyList<TAsk>, Task<IReadOnlyList<TAnswer>>> run)
{
    /// <summary>Between the beginnings of two runs: by the root of how many the first served, and twice as long as it took; the busier, the longer. Measured with 200 callers (tests/Benchmarks/Load).</summary>
    private static readonly (TimeSpan Least, TimeSpan Most) Pace = (TimeSpan.FromMilliseconds(12), TimeSpan.FromMilliseconds(50));

    /// <summary>Between runs that serve several: until nobody came for so long, and at most so long. Those whom the step before served together come one after the other, and stay together.</summary>
    private static readonly (TimeSpan Quiet, TimeSpan Most) Gathering = (TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(30));

    private readonly Lock gate = new();
    private readonly Queue<Waiting> queue = [];
    private bool running;
    private bool busy;

    /// <param name="cancel">Ends the waiting; the run goes on.</param>
    public Task<TAnswer> AskAsync(TAsk ask, CancellationToken cancel = default)
    {
        var waiting = new Waiting(ask);
        lock (gate)
        {
            queue.Enqueue(waiting);
            if (!running)
            {
                running = true;
                _ = Task.Run(ServeAsync, CancellationToken.None);
            }
        }

        return waiting.Done.Task.WaitAsync(cancel);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            if (busy)
            {
                await GatherAsync();
            }

            var batch = Take();
            if (batch.Count == 0)
            {
                return;
            }

            var began = clock.GetTimestamp();
            if (!await TryAsync(batch, alone: batch.Count == 1))
            {
                foreach (var one in batch)
                {
                    await TryAsync([one], alone: true);
                }
            }

            busy = batch.Count > 1;
            var took = clock.GetElapsedTime(began);
            if (busy && PaceAfter(batch.Count, took) - took is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left, clock);
            }
        }
    }

    private async Task GatherAsync()
    {
        var began = clock.GetTimestamp();
        for (var (before, now) = (0, Waiters()); now > before && clock.GetElapsedTime(began) < Gathering.Most; (before, now) = (now, Waiters()))
        {
            await Task.Delay(Gathering.Quiet, clock);
        }
    }

    private int Waiters()
    {
        lock (gate)
        {
            return queue.Count;
        }
    }

    private static TimeSpan PaceAfter(int served, TimeSpan took)
    {
        var pace = Pace.Least * Math.Sqrt(served);
        pace = pace < 2 * took ? 2 * took : pace;
        return pace < Pace.Most ? pace : Pace.Most;
    }

    private List<Waiting> Take()
    {
        lock (gate)
        {
            var batch = new List<Waiting>(Math.Min(queue.Count, most));
            while (batch.Count < most && queue.TryDequeue(out var next))
            {
                batch.Add(next);
            }

            running = batch.Count > 0;
            return batch;
        }
    }

    private async Task<bool> TryAsync(List<Waiting> batch, bool alone)
    {
        try
        {
            var answers = await run([.. batch.Select(waiting => waiting.Ask)]);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Done.SetResult(answers[i]);
            }

            return true;
        }
        catch (Exception one) when (!alone && one is InvalidOperationException or ArgumentException)
        {
            return false;
        }
        catch (Exception failed)
        {
            batch.ForEach(waiting => waiting.Done.TrySetException(failed));
            return true;
        }
    }

    private sealed record Waiting(TAsk Ask)
    {
        public TaskCompletionSource<TAnswer> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
