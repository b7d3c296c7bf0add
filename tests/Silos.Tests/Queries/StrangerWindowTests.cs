using Silos.Queries;
using Xunit;

namespace Silos.Tests.Queries;

public class StrangerWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Goal: forged requests cannot fill a log, crowd out a real refusal, or go unmentioned. Method: a thousand refusals of strangers in a minute with
    /// one of a known person among them, then the next minute's first.</summary>
    [Fact]
    public void So_many_a_minute_are_entered_and_the_rest_is_told_as_a_number()
    {
        var (window, entered) = (StrangerWindow.Empty, 0);
        for (var i = 0; i < 1_000; i++)
        {
            (window, var enter, var told) = window.Next(stranger: true, 60, Start.AddMilliseconds(i));
            Assert.Equal(0, told);
            entered += enter ? 1 : 0;
        }

        Assert.Equal(60, entered);
        (window, var known, var none) = window.Next(stranger: false, 60, Start.AddSeconds(2));
        Assert.Equal((true, 0), (known, none));
        (window, var next, var rest) = window.Next(stranger: true, 60, Start.AddSeconds(60));
        Assert.Equal((true, 940), (next, rest));
        (_, var later, var nothing) = window.Next(stranger: false, 60, Start.AddSeconds(121));
        Assert.Equal((true, 0), (later, nothing));
    }
}
