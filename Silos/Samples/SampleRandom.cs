namespace Silos.Samples;

/// <summary>The generator's own random stream (SplitMix64): the same draws on every platform and version, for ever.</summary>
/// <remarks>Steele, Lea and Flood, OOPSLA 2014. For samples only: it is predictable and protects nobody.</remarks>
internal sealed class SampleRandom(ulong seed, ulong stream)
{
    private ulong state = Mix(seed + 0x9E3779B97F4A7C15) ^ Mix((stream * 0xD1342543DE82EF95) + 1);

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform among 0 … <paramref name="count"/> − 1.</summary>
    public int Below(int count) => (int)(Unit() * count);

    public bool Chance(double probability) => Unit() < probability;

    /// <summary>Normal with the given mean and deviation (Box–Muller).</summary>
    public double Normal(double mean, double deviation) =>
        mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit()));

    /// <summary>Exponential with the given mean.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Unit());

    public T Of<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    private ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
