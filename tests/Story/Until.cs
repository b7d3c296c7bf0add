using System.Diagnostics;

namespace Story;

/// <summary>Waits for something that another process does and gives no word of.</summary>
public static class Until
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>Reads until it is as wanted. The pause between two looks decides nothing: it only spares the machine.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <exception cref="StoryException">It did not come within this patience; says what was read last.</exception>
    public static async Task<T> ReadAsync<T>(string what, TimeSpan within, Func<Task<T>> read, Func<T, bool> wanted)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            var now = await read();
            if (wanted(now))
            {
                return now;
            }

            if (waited.Elapsed > within)
            {
                throw new StoryException($"waited {within.TotalSeconds:0} s in vain for {what}; it is {now}");
            }

            await Task.Delay(Look);
        }
    }

    /// <summary>Looks until it is so.</summary>
    /// <exception cref="StoryException">It did not come within this patience.</exception>
    public static Task TrueAsync(string what, TimeSpan within, Func<Task<bool>> isSo) => ReadAsync(what, within, isSo, so => so);
}
