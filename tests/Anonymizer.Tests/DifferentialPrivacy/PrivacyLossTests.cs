using System.Numerics;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>The edges of a loss and of the three filters: what lies just within, exactly on, and just beyond a limit.</summary>
public sealed class PrivacyLossTests
{
    private static readonly PrivacyLoss Most = new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>Goal: a loss is never written smaller than it is. Method: fractions on the grid, a hair above it, and beyond the largest number.</summary>
    [Fact]
    public void A_loss_is_rounded_up_to_its_grid_and_saturates()
    {
        Assert.Equal(new PrivacyLoss(1, 1), PrivacyLoss.Of(new Rational(1, 1_000_000_000), new Rational(1, 1_000_000_000_000_000_000)));
        Assert.Equal(new PrivacyLoss(2, 2), PrivacyLoss.Of(new Rational(11, 10_000_000_000), new Rational(11, BigInteger.Pow(10, 19))));
        Assert.Equal(PrivacyLoss.Zero, PrivacyLoss.Of(0, 0));
        Assert.Equal(new PrivacyLoss(125_000_000, 0), PrivacyLoss.OfPure(new Rational(1, 2)));
        var largest = new Rational(ulong.MaxValue, 1_000_000_000);
        Assert.Equal(ulong.MaxValue, PrivacyLoss.Of(largest, 0).Rho);
        Assert.Equal(ulong.MaxValue - 1, PrivacyLoss.Of(new Rational(ulong.MaxValue - 1, 1_000_000_000), 0).Rho);
        Assert.Equal(ulong.MaxValue, PrivacyLoss.Of(largest + 1, 0).Rho);
        var below = Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyLoss.Of(0, new Rational(-1, 2)));
        Assert.Equal(("value", "-0.5"), (below.ParamName, below.ActualValue));
        Assert.Contains("a privacy loss is at least 0", below.Message, StringComparison.Ordinal);
    }

    /// <summary>Goal: two losses add in both parts, and the largest numbers stay the largest. Method: sums below, at and beyond 64 bits.</summary>
    [Fact]
    public void Losses_add_in_both_parts_and_saturate()
    {
        Assert.Equal(new PrivacyLoss(5, 9), new PrivacyLoss(2, 4).Then(new PrivacyLoss(3, 5)));
        Assert.Equal(Most, new PrivacyLoss(ulong.MaxValue - 1, ulong.MaxValue - 2).Then(new PrivacyLoss(1, 2)));
        Assert.Equal(Most, new PrivacyLoss(ulong.MaxValue - 1, 3).Then(new PrivacyLoss(2, ulong.MaxValue)));
        Assert.Equal(new PrivacyLoss(ulong.MaxValue - 1, 0), new PrivacyLoss(ulong.MaxValue - 2, 0).Then(new PrivacyLoss(1, 0)));
    }

    /// <summary>Goal: a loss fits exactly up to its limit, in each part by itself, and a saturated one nowhere. Method: one below, on, and one above, each part alone.</summary>
    [Theory]
    [InlineData(10, 20, true)]
    [InlineData(9, 19, true)]
    [InlineData(11, 20, false)]
    [InlineData(10, 21, false)]
    [InlineData(ulong.MaxValue, 0, false)]
    [InlineData(0, ulong.MaxValue, false)]
    public void A_loss_fits_where_neither_part_exceeds_the_limit(ulong rho, ulong delta, bool fits)
    {
        Assert.Equal(fits, new PrivacyLoss(rho, delta).FitsWithin(new PrivacyLoss(10, 20)));
        Assert.Equal(rho != ulong.MaxValue && delta != ulong.MaxValue, new PrivacyLoss(rho, delta).FitsWithin(Most));
    }

    /// <summary>Goal: the ε that people are shown counts the loss's own δ, and is infinite where that leaves none. Method: against the conversion itself at the δ that is left; at, above and below the stated δ.</summary>
    [Fact]
    public void The_epsilon_shown_takes_the_losses_own_delta_off()
    {
        var loss = new PrivacyLoss(6_641_525, 400_000_000_000);
        Assert.Equal(ZeroConcentrated.Epsilon(6_641_525 / 1e9, (1e-6 - 4e-7) / (1 - 4e-7)), loss.EpsilonAt(), 1e-12);
        Assert.Equal(ZeroConcentrated.Epsilon(6_641_525 / 1e9, (0.6 - 0.5) / (1 - 0.5)), new PrivacyLoss(6_641_525, 500_000_000_000_000_000).EpsilonAt(0.6), 1e-12);
        Assert.True(loss.EpsilonAt() > new PrivacyLoss(6_641_525, 0).EpsilonAt());
        Assert.Equal(double.PositiveInfinity, loss.EpsilonAt(4e-7));
        Assert.Equal(double.PositiveInfinity, loss.EpsilonAt(1e-7));
        Assert.Equal(double.PositiveInfinity, new PrivacyLoss(ulong.MaxValue, 0).EpsilonAt());
        Assert.True(double.IsFinite(new PrivacyLoss(ulong.MaxValue - 1, 0).EpsilonAt()));
        Assert.Equal(Math.Exp(loss.EpsilonAt(1e-5)), loss.OddsAt(1e-5), 1e-12);
    }

    /// <summary>Goal: what a filter refuses says what is left, and what it holds can be posted or given back, and no more. Method: a limit of ten and four, reservations on its edge in each part.</summary>
    [Fact]
    public void The_filter_holds_back_exactly_what_is_reserved_and_posted()
    {
        var filter = Granted(PrivacyFilter.Of(new PrivacyLoss(10, 4)).Reserve(new PrivacyLoss(6, 1))).Post(new PrivacyLoss(2, 1));
        Assert.Equal((new PrivacyLoss(2, 1), new PrivacyLoss(4, 0), new PrivacyLoss(4, 3)), (filter.Posted, filter.Pending, filter.Left));
        var refused = Assert.IsType<Admission.Refused>(filter.Reserve(new PrivacyLoss(5, 0)));
        Assert.Equal((new PrivacyLoss(5, 0), new PrivacyLoss(4, 3)), (refused.Asked, refused.Left));
        Assert.IsType<Admission.Refused>(filter.Reserve(new PrivacyLoss(0, 4)));
        Assert.Equal(PrivacyLoss.Zero, Granted(filter.Reserve(new PrivacyLoss(4, 3))).Left);
        Assert.Equal(new PrivacyLoss(3, 0), filter.Void(new PrivacyLoss(1, 0)).Pending);
        Assert.Equal(PrivacyLoss.Zero, filter.Void(new PrivacyLoss(4, 0)).Pending);
        Assert.Throws<InvalidOperationException>(() => filter.Void(new PrivacyLoss(5, 0)));
        Assert.Contains("was not reserved: only", Assert.Throws<InvalidOperationException>(() => filter.Post(new PrivacyLoss(4, 1))).Message, StringComparison.Ordinal);
        Assert.Equal(PrivacyLoss.Zero, new PrivacyFilter(new PrivacyLoss(3, 3), new PrivacyLoss(5, 3), PrivacyLoss.Zero).Left);
    }

    /// <summary>Goal: how many more questions fit is bounded by the scarcer part. Method: losses in one part, in both, in none, and counts beyond what a number holds.</summary>
    [Theory]
    [InlineData(3, 0, 3)]
    [InlineData(0, 3, 2)]
    [InlineData(2, 1, 5)]
    [InlineData(1, 5, 1)]
    [InlineData(11, 1, 0)]
    [InlineData(0, 0, long.MaxValue)]
    public void As_many_questions_fit_as_the_scarcer_part_holds(ulong rho, ulong delta, long fits)
    {
        Assert.Equal(fits, PrivacyFilter.Of(new PrivacyLoss(10, 6)).Fits(new PrivacyLoss(rho, delta)));
        Assert.Equal(long.MaxValue, PrivacyFilter.Of(Most).Fits(new PrivacyLoss(1, 1)));
    }

    /// <summary>Goal: exact fractions fill a limit to its end and not beyond, and nothing is given back by a negative one. Method: ten tenths, an eleventh, the least above, a refund.</summary>
    [Fact]
    public void Ten_tenths_fill_the_pure_filter_and_nothing_more_fits()
    {
        PureFilter? filter = new(1, 0);
        for (var i = 1; i <= 10; i++)
        {
            filter = filter!.Accept(new Rational(1, 10));
            Assert.Equal(new Rational(i, 10), filter?.Spent);
        }

        Assert.Equal(filter, filter!.Accept(0));
        Assert.Null(filter.Accept(new Rational(1, BigInteger.Pow(10, 40))));
        Assert.Null(new PureFilter(1, 0).Accept(new Rational(-1, 10)));
    }

    /// <summary>Goal: many small pure answers fit the advanced filter as its theorem says, to the last one. Method: how often 0.01 fits (1, 10^-6), counted and by the formula; a limit on the edge is refused.</summary>
    [Fact]
    public void The_advanced_filter_accepts_as_long_as_its_theorem_does()
    {
        var each = new Rational(1, 100);
        AdvancedFilter? filter = new(1, new Rational(1, 1_000_000), 0);
        var fitted = 0;
        while (filter!.Accept(each) is { } next)
        {
            (filter, fitted) = (next, fitted + 1);
        }

        double Loss(int count) => Math.Sqrt(2 * Math.Log(1e6) * count * 1e-4) + (count * 1e-4 / 2);
        Assert.True(Loss(fitted) <= 1 && Loss(fitted + 1) > 1, $"{fitted}: {Loss(fitted)}, {Loss(fitted + 1)}");
        Assert.Equal(new Rational(fitted, 10_000), filter.Squares);
        var (sum, slack) = (new Rational(1, 10_000), new Rational(1, 1_000_000));
        var exact = Math.Sqrt(-2 * Math.Log(slack.ToDouble()) * sum.ToDouble()) + (sum.ToDouble() / 2);
        Assert.Null(new AdvancedFilter(Rational.FromDouble(exact), slack, 0).Accept(each));
        Assert.NotNull(new AdvancedFilter(Rational.FromDouble(exact * (1 + 1e-11)), slack, 0).Accept(each));
    }

    private static PrivacyFilter Granted(Admission admission) => Assert.IsType<Admission.Granted>(admission).Filter;
}
