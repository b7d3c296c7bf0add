using Research.Web.Languages;
using Xunit;

namespace Research.Web.Tests.Components;

public sealed class LanguageTests
{
    /// <summary>Goal: each language writes numbers, days and money as its readers do, the same on every machine. Method: one value of each, in all six; won and dong have no minor units, rupiah has two at Stripe.</summary>
    [Theory]
    [InlineData("en", "1,234.5", "22 Nov 2026", "BRL 700.00", "KRW 70,000")]
    [InlineData("pt-BR", "1.234,5", "22/11/2026", "BRL 700,00", "KRW 70.000")]
    [InlineData("fr", "1\u202f234,5", "22/11/2026", "700,00 BRL", "70\u202f000 KRW")]
    [InlineData("id", "1.234,5", "22/11/2026", "BRL 700,00", "KRW 70.000")]
    [InlineData("vi", "1.234,5", "22/11/2026", "700,00 BRL", "70.000 KRW")]
    [InlineData("ko", "1,234.5", "2026-11-22", "BRL 700.00", "KRW 70,000")]
    public void A_language_writes_numbers_days_and_money_its_own_way(string tag, string number, string day, string reais, string won)
    {
        var language = Language.Find(tag)!;
        Assert.Equal(number, language.Write(1234.5m));
        Assert.Equal(day, language.Day("2026-11-22T10:00:00.000Z"));
        Assert.Equal(reais, language.Money(70_000, "BRL"));
        Assert.Equal(won, language.Money(70_000, "KRW"));
        Assert.Equal(language, Language.Find(tag.ToUpperInvariant()));
    }

    /// <summary>Goal: one and many are told apart where the language does it. Method: none, one and two questions in English, French and Korean.</summary>
    [Theory]
    [InlineData("en", "0 questions like this", "1 question like this", "2 questions like this")]
    [InlineData("fr", "0 question comme celle-ci", "1 question comme celle-ci", "2 questions comme celle-ci")]
    [InlineData("ko", "이런 질문 0개", "이런 질문 1개", "이런 질문 2개")]
    public void A_language_counts_its_own_way(string tag, string none, string one, string two)
    {
        var texts = new Texts(Language.Find(tag)!);
        Assert.Equal([none, one, two], new[] { 0, 1, 2 }.Select(n => texts.Count("preview.questions", n)));
    }
}
