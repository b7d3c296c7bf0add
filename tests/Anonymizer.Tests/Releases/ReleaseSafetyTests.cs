using Anonymizer.Releases;
using Xunit;

namespace Anonymizer.Tests.Releases;

public sealed class ReleaseSafetyTests
{
    /// <summary>Goal: the first file leaves whole, but for classes below k. Method: no earlier release.</summary>
    [Fact]
    public void Without_an_earlier_release_only_small_classes_are_withheld() =>
        Assert.Equal(["small"], Withheld(5, Release(("large", 0, 5), ("small", 5, 4)), []));

    /// <summary>Goal: a withdrawal cannot be seen by difference. Method: the same class again, one patient fewer.</summary>
    [Fact]
    public void A_class_that_lost_one_patient_is_withheld() =>
        Assert.Equal(["a"], Withheld(5, Release(("a", 0, 9), ("b", 20, 8)), [Release(("a", 0, 10), ("b", 20, 8))]));

    /// <summary>Goal: equal sizes do not hide an exchange. Method: one patient leaves, another joins.</summary>
    [Fact]
    public void A_class_that_exchanged_one_patient_is_withheld() =>
        Assert.Equal(["a"], Withheld(5, Release(("a", 1, 10)), [Release(("a", 0, 10))]));

    /// <summary>Goal: a difference of k is allowed. Method: five of fifteen leave, k = 5.</summary>
    [Fact]
    public void A_class_that_changed_by_k_leaves() =>
        Assert.Empty(Withheld(5, Release(("a", 0, 10)), [Release(("a", 0, 15))]));

    /// <summary>Goal: every earlier release counts, not the last alone. Method: unchanged since the last, one fewer than before it.</summary>
    [Fact]
    public void Every_earlier_release_counts() =>
        Assert.Equal(["a"], Withheld(5, Release(("a", 0, 9)), [Release(("a", 0, 10)), Release(("a", 0, 9))]));

    /// <summary>Goal: two recodings never cross in a small cell. Method: shifted borders of the same twenty patients.</summary>
    [Fact]
    public void Shifted_borders_are_withheld() =>
        Assert.Equal(["x", "y"], Withheld(5, Release(("x", 0, 12), ("y", 12, 8)), [Release(("a", 0, 10), ("b", 10, 10))]));

    /// <summary>Goal: whatever is decided, no two files isolate fewer than k. Method: 400 random pairs of releases, cells counted by brute force. Seed 5.</summary>
    [Fact]
    public void No_cell_of_two_files_is_smaller_than_k()
    {
        const int K = 3;
        var random = new Random(5);
        var leaving = 0;
        for (var run = 0; run < 400; run++)
        {
            var before = Drawn(random);
            var now = Drawn(random, before);
            var released = ReleaseSafety.Decide(K, now, [before]).Where(each => !each.Withheld).Select(each => now[each.Class]).ToList();
            leaving += released.Count;
            foreach (var patients in released)
            {
                AssertNotSmall(K, patients.Except(before.Values.SelectMany(all => all)).Count());
                Assert.All(before.Values, then => AssertNotSmall(K, then.Intersect(patients).Count()));
            }

            foreach (var then in before.Values.Where(then => released.Any(patients => patients.Overlaps(then))))
            {
                AssertNotSmall(K, then.Except(released.SelectMany(all => all)).Count());
            }
        }

        Assert.True(leaving > 100, $"{leaving} classes left: too few to show anything");
    }

    private static void AssertNotSmall(int k, int patients) => Assert.True(patients == 0 || patients >= k, $"a cell of {patients}");

    private static Dictionary<string, IReadOnlySet<string>> Drawn(Random random, Dictionary<string, IReadOnlySet<string>>? like = null)
    {
        var classOf = Enumerable.Range(0, 40).ToDictionary(patient => $"{patient}", patient => random.Next(5));
        if (like is not null && random.Next(4) > 0)
        {
            foreach (var (name, patients) in like)
            {
                foreach (var patient in patients.Where(_ => random.Next(20) > 0))
                {
                    classOf[patient] = int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
                }
            }
        }

        return classOf.GroupBy(pair => pair.Value).ToDictionary(group => $"{group.Key}", group => (IReadOnlySet<string>)group.Select(pair => pair.Key).ToHashSet());
    }

    private static IEnumerable<string> Withheld(int k, Dictionary<string, IReadOnlySet<string>> now, IReadOnlyList<Dictionary<string, IReadOnlySet<string>>> earlier) =>
        ReleaseSafety.Decide(k, now, earlier).Where(each => each.Withheld).Select(each => each.Class);

    private static Dictionary<string, IReadOnlySet<string>> Release(params (string Class, int From, int Patients)[] classes) =>
        classes.ToDictionary(each => each.Class, each => (IReadOnlySet<string>)Enumerable.Range(each.From, each.Patients).Select(patient => $"p{patient}").ToHashSet());
}
