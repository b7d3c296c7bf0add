namespace Simulation.Tests;

/// <summary>All that a run leaves to chance, repeated by its seed (splitmix64).</summary>
internal sealed class Draw(int seed)
{
    private ulong state = (ulong)(uint)seed;

    /// <summary>From 0 up to, not including, the bound.</summary>
    public int Below(int bound)
    {
        state = unchecked(state + 0x9E3779B97F4A7C15);
        var mixed = unchecked((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public bool OneIn(int times) => Below(times) == 0;
}
