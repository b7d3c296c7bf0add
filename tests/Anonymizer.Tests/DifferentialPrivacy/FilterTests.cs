using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Queries;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class FilterTests
{
    private static readonly PrivacyLoss Tenth = new(100_000_000, 0);

    /// <summary>Goal: two questions in flight cannot both spend the last of a budget. Method: reserve twice, post never.</summary>
    [Fact]
    public void A_pending_reservation_counts_against_the_limit()
    {
        var granted = Assert.IsType<Admission.Granted>(PrivacyFilter.Of(Tenth).Reserve(Tenth));
        var refused = Assert.IsType<Admission.Refused>(granted.Filter.Reserve(new PrivacyLoss(1, 0)));
        Assert.Equal(PrivacyLoss.Zero, refused.Left);
        Assert.IsType<Admission.Granted>(granted.Filter.Void(Tenth).Reserve(Tenth));
        Assert.IsType<Admission.Refused>(granted.Filter.Post(Tenth).Reserve(new PrivacyLoss(1, 0)));
    }

    /// <summary>Goal: an over-budget question does not end everything. Method: too much, then a smaller one, ten times exactly.</summary>
    [Fact]
    public void A_refused_question_leaves_room_for_a_smaller_one()
    {
        var filter = PrivacyFilter.Of(new PrivacyLoss(1_000_000_000, 5));
        Assert.IsType<Admission.Refused>(filter.Reserve(new PrivacyLoss(1_000_000_001, 0)));
        Assert.IsType<Admission.Refused>(filter.Reserve(new PrivacyLoss(1, 6)));
        Assert.Equal(10, filter.Fits(Tenth));
        for (var i = 0; i < 10; i++)
        {
            filter = Assert.IsType<Admission.Granted>(filter.Reserve(Tenth)).Filter.Post(Tenth);
        }

        Assert.IsType<Admission.Refused>(filter.Reserve(Tenth));
        Assert.Equal(0, filter.Fits(Tenth));
    }

    /// <summary>Goal: no sum of losses wraps round into a small one. Method: the largest losses, added and asked for.</summary>
    [Fact]
    public void Adding_saturates_and_is_then_refused()
    {
        var huge = new PrivacyLoss(ulong.MaxValue, ulong.MaxValue);
        Assert.Equal(huge, huge.Then(new PrivacyLoss(1, 1)));
        Assert.False(huge.FitsWithin(huge));
        Assert.IsType<Admission.Refused>(PrivacyFilter.Of(huge).Reserve(huge));
        Assert.Equal(ulong.MaxValue, PrivacyLoss.OfPure(1_000_000_000).Rho);
        Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyLoss.Of(-1, 0));
        Assert.Throws<InvalidOperationException>(() => PrivacyFilter.Of(huge).Post(Tenth));
    }

    /// <summary>Goal: what is spent never passes the limit, whatever is asked in whatever order. Method: 200,000 random steps, seed 31.</summary>
    [Fact]
    public void Spending_never_passes_the_limit()
    {
        var draw = Material.Random(31);
        var limit = new PrivacyLoss(1_000_000, 1_000);
        var (filter, open) = (PrivacyFilter.Of(limit), new List<PrivacyLoss>());
        for (var step = 0; step < 200_000; step++)
        {
            var asked = new PrivacyLoss((ulong)draw(2_000), (ulong)draw(3));
            if (draw(3) == 0 && filter.Reserve(asked) is Admission.Granted granted)
            {
                filter = granted.Filter;
                open.Add(asked);
            }
            else if (open.Count > 0)
            {
                var one = open[draw(open.Count)];
                open.Remove(one);
                filter = draw(4) == 0 ? filter.Post(one) : filter.Void(one);
            }

            Assert.True(filter.Posted.Then(filter.Pending).FitsWithin(limit));
        }
    }

    /// <summary>Goal: P10, a patient at her own limit drops out and nobody else is told. Method: a cap of two and a half charges, three questions.</summary>
    [Fact]
    public void A_personal_cap_of_two_and_a_half_charges_takes_part_twice()
    {
        var (cap, charge, spent) = (new PrivacyLoss(250, 0), new PrivacyLoss(100, 0), PrivacyLoss.Zero);
        var took = new List<bool>();
        for (var question = 0; question < 3; question++)
        {
            took.Add(IndividualAccounting.TakesPart(cap, spent, charge));
            spent = took[^1] ? spent.Then(charge) : spent;
        }

        Assert.Equal([true, true, false], took);
    }

    /// <summary>Goal: the exact figure never falls below the truth nor far above. Method: Gaussian answers against the analytic Gaussian, pure ones
    /// against the optimal composition, over a grid; and the bracket holds the truth.</summary>
    [Fact]
    public void The_exact_accountant_stands_between_truth_and_a_thousandth_more()
    {
        foreach (var k in new[] { 1, 7, 100, 1_000 })
        {
            foreach (var delta in new[] { 1e-3, 1e-6, 1e-9 })
            {
                var gaussian = ExactAccountant.Epsilon([(new LossDistribution.Gaussian(10), k)], delta);
                Within(gaussian, AnalyticGaussian.Epsilon(10, delta, Math.Sqrt(k)), $"{k} Gaussian at {delta}");
                var pure = ExactAccountant.Epsilon([(new LossDistribution.Pure(0.05), k)], delta);
                Within(pure, Composition.OptimalEpsilon(0.05, k, 0, delta)!.Value, $"{k} pure at {delta}");
            }
        }
    }

    /// <summary>Goal: what the filter guarantees is never below what the exact accountant finds. Method: the defaults of the design: ρ 0.1 and 0.5.</summary>
    [Theory]
    [InlineData(0.1, 2.14)]
    [InlineData(0.5, 5.22)]
    public void The_filters_guarantee_is_the_one_that_the_design_states(double rho, double epsilon)
    {
        var guarantee = ZeroConcentrated.Epsilon(rho, 1e-6);
        Assert.Equal(epsilon, guarantee, 0.01);
        Assert.True(ExactAccountant.Epsilon([(new LossDistribution.Gaussian(Math.Sqrt(1 / (2 * rho))), 1)], 1e-6).Upper < guarantee);
    }

    /// <summary>Goal: what people are shown is the design's, and an odometer never says less than the loss alone would. Method: the default query, and
    /// growing sums.</summary>
    [Fact]
    public void A_loss_is_shown_as_epsilon_and_odds()
    {
        Assert.Equal(0.5, new PrivacyLoss(6_641_525, 0).EpsilonAt(), 1e-6);
        Assert.Equal(Math.Exp(0.5), new PrivacyLoss(6_641_525, 0).OddsAt(), 1e-5);
        Assert.Equal(double.PositiveInfinity, new PrivacyLoss(1, 1_000_000_000_000).EpsilonAt());
        Assert.Equal(0, PrivacyLoss.Zero.EpsilonAt());
        var (odometer, last) = (new Odometer(PrivacyLoss.Zero), 0.0);
        for (var i = 0; i < 200; i++)
        {
            odometer = odometer.Then(new PrivacyLoss(6_641_525, 0));
            Assert.True(odometer.Epsilon() >= odometer.Spent.EpsilonAt() && odometer.Epsilon() >= last);
            last = odometer.Epsilon();
        }

        Assert.Equal(double.PositiveInfinity, odometer.Then(new PrivacyLoss(ulong.MaxValue, 0)).Epsilon());
    }

    /// <summary>Goal: the figure "if the questions had been fixed in advance" is smaller than the filter's and not below the truth. Method: fifteen default
    /// questions, whose truth is one Gaussian of ρ 0.1; then mixtures.</summary>
    [Fact]
    public void Questions_fixed_in_advance_come_to_less()
    {
        var schema = Material.Patients();
        var counts = Enumerable.Repeat(Material.Ask(schema, """[{"kind":"count"},{"kind":"mean","attribute":"age"}]""", """{"epsilon":0.5,"delta":1e-6}"""), 15).ToArray();
        var loss = Pricing.Charge(counts[0], schema);
        var together = new PrivacyLoss(15 * loss.Rho, 0).EpsilonAt();
        var truth = AnalyticGaussian.Epsilon(Math.Sqrt(1 / (2 * 15 * (loss.Rho - 1) * 1e-9)), 1e-6, 1);
        Assert.Equal(2.14, together, 0.01);
        Assert.InRange(Pricing.EpsilonIfFixed(counts), truth, Math.Min(together, truth * 1.001));
        var pure = Material.Ask(schema, """[{"kind":"count"}]""", """{"epsilon":0.1}""");
        var quantile = Material.Ask(schema, """[{"kind":"quantile","attribute":"age","q":0.5}]""", """{"epsilon":0.5,"delta":1e-6}""");
        var mixed = Pricing.EpsilonIfFixed([pure, pure, quantile, .. counts]);
        Assert.InRange(mixed, truth, 2.6);
        Assert.Equal(0, Pricing.EpsilonIfFixed([]));
    }

    private static void Within(Bracket bracket, double truth, string what) =>
        Assert.True(
            bracket.Upper >= truth * (1 - 1e-9) && bracket.Upper <= (truth * 1.001) + 1e-9 && bracket.Lower <= truth * (1 + 1e-9) && bracket.Lower >= 0,
            $"{what}: {bracket} for {truth}");
}
