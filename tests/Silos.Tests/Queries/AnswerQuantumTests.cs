using Silos.Queries;
using Xunit;

namespace Silos.Tests.Queries;

public class AnswerQuantumTests
{
    /// <summary>Goal: an answer leaves at whole quanta whatever it took (attack 3). Method: for times of 0 to 400 ms, what was taken and what is waited make a whole
    /// number of quanta, at least one, and no more than one is waited.</summary>
    [Fact]
    public void What_was_taken_and_what_is_waited_make_whole_quanta()
    {
        for (var tick = 0L; tick < TimeSpan.FromMilliseconds(400).Ticks; tick += 9_973)
        {
            var left = AnswerQuantum.Left(TimeSpan.FromTicks(tick));
            Assert.InRange(left, TimeSpan.FromTicks(1), AnswerQuantum.Length);
            Assert.Equal(0, (tick + left.Ticks) % AnswerQuantum.Length.Ticks);
        }
    }
}
