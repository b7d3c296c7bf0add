using FsCheck;
using FsCheck.Fluent;
using Research.Api.Payments;
using Xunit;

namespace Research.Api.Tests.Payments;

public sealed class AnyOrderTests
{
    private static readonly Money Owed = new(50_001, "KRW");

    /// <summary>Goal: events may come in any order, doubled, with foreign amounts between, and the invoice ends the same. Method: FsCheck draws a bag of facts and a shuffle; both orders fold to one state (1,000 draws, 10,000 in the long form; a failure prints its seed).</summary>
    [Fact]
    public void Random_orders_of_the_same_events_end_in_the_same_state()
    {
        var fact = from kind in Gen.Elements(PaymentFactKind.Paid, PaymentFactKind.Refunded)
                   from money in Gen.Elements(Owed, new Money(1, "KRW"), new Money(50_001, "IDR"))
                   select new PaymentFact(kind, "invoice", money, "pi");
        var draw = from dead in Gen.Elements(true, false)
                   from facts in Gen.ListOf(fact)
                   from shuffled in Gen.Shuffle(facts.Concat(facts))
                   select (dead, facts: facts.ToList(), shuffled: shuffled.ToList());
        var draws = Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 10_000 : 1_000;
        Prop.ForAll(draw.ToArbitrary(), sample => Fold(sample.facts, sample.dead) == Fold(sample.shuffled, sample.dead)).Check(Config.QuickThrowOnFailure.WithMaxTest(draws));
    }

    /// <summary>Goal: currencies as Stripe treats them. Method: the same number of smallest units in five currencies.</summary>
    [Theory]
    [InlineData("BRL", "1,234.50 BRL")]
    [InlineData("EUR", "1,234.50 EUR")]
    [InlineData("IDR", "1,234.50 IDR")]
    [InlineData("VND", "123,450 VND")]
    [InlineData("KRW", "123,450 KRW")]
    public void A_currency_is_shown_with_its_own_decimals(string currency, string shown) => Assert.Equal(shown, new Money(123_450, currency).ToString());

    private static InvoiceState Fold(IEnumerable<PaymentFact> facts, bool dead) =>
        facts.Aggregate(dead ? InvoiceState.Void : InvoiceState.Open, (state, fact) => ApplyEvent.Apply(state, Owed, dead, fact).State);
}
