using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>
/// The black box from outside: whole answers as a researcher gets them over HTTP, each a fresh one with its own entry, of two datasets that differ by one patient, and the time
/// that each took, given to an outside falsifier.
/// </summary>
public sealed class PrivacyAudit(AuditedSilo silo) : IClassFixture<AuditedSilo>
{
    private const double Epsilon = 2;

    /// <summary>Goal: nothing that a researcher gets, times included, tells one patient's presence beyond the ε that she was charged; and the same answers contradict a claim that is too small, so that the pass rests on
    /// something. Method: 200 + 200 fresh answers at ε = 2 and δ = 0, which contradict ε/6 at a level of 1e-2; with RESEARCHHUB_LONG 4,000 + 4,000, which contradict ε/1.5 at 1e-6.
    /// False alarms 1e-6 a run, and the claim that is too small is missed less than once in a million. The order of asking is drawn from a seed that is printed.</summary>
    [Theory]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":2}}""")]
    [InlineData("""{"groupBy":["sex"],"measures":[{"kind":"count"}],"loss":{"epsilon":2}}""")]
    public async Task Answers_over_HTTP_tell_no_more_of_one_patient_than_is_charged(string question)
    {
        const int Order = 20261122;
        var (each, tooSmall, level) = Long ? (4_000, 1.5, 1e-6) : (200, 6.0, 1e-2);
        var clock = Stopwatch.StartNew();
        var (with, without) = await silo.DrawAsync(question, each, Order);
        Say(string.Create(CultureInfo.InvariantCulture, $"{each} + {each} fresh answers in {clock.Elapsed.TotalSeconds:0} s ({2 * each / clock.Elapsed.TotalSeconds:0}/s), order seed {Order}; such as {with[0]}"));

        var (told, report) = await Falsifier.JudgeAsync(with, without, Epsilon, 1e-6);
        Say(string.Create(CultureInfo.InvariantCulture, $"claimed {Epsilon}: {report}"));
        Assert.False(told, report);

        var (found, planted) = await Falsifier.JudgeAsync(with, without, Epsilon / tooSmall, level);
        Say(string.Create(CultureInfo.InvariantCulture, $"claimed {Epsilon / tooSmall:0.00}, {tooSmall} times too small: {planted}"));
        Assert.True(found, planted);
    }

    private static bool Long => Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1";

    private static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
