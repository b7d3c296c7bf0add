using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tests.LatticeSearch;
using Xunit;

namespace Anonymizer.Tests.ReidentificationRisk;

public sealed class PopulationUniquenessTests(ITestOutputHelper output)
{
    /// <summary>Goal: Pitman's estimate is the peer's. Method: adult as it stands, in a population of the size of the USA: the peer says 3.89 %, and not for how many people.</summary>
    [Fact]
    public void The_population_uniqueness_of_adult_is_the_peers()
    {
        var raw = FullDomain.At(new Anonymization(Adult.QuasiIdentifiers(), [new KAnonymity(2)], 1, LossMetric.Loss), Adult.Table, new int[9], SearchLimits.None);
        var sizes = raw.Recoding!.Classes.Select(each => each.Rows).Concat(Enumerable.Repeat(1L, (int)raw.Recoding.SuppressedRows)).ToList();
        var found = PopulationUniqueness.Of(sizes, 318_857_056);
        output.WriteLine(found.ToString());
        Assert.Equal("pitman", found.Chosen);
        Assert.InRange(found.Share, 0.0385, 0.0393);
    }

    /// <summary>Goal: the slide negative binomial model finds what it assumes. Method: 60,000 classes of size 1 + NB(1, 0.3), sampled at 0.3; the true uniques are known. Seed 11; tolerance 5 %, four times the standard error.</summary>
    [Fact]
    public void The_slide_negative_binomial_model_finds_the_uniques_of_its_own_population()
    {
        var random = new Random(11);
        var (sample, uniques, population) = (new List<long>(), 0, 0L);
        for (var i = 0; i < 60_000; i++)
        {
            var size = 1;
            while (random.NextDouble() > 0.3)
            {
                size++;
            }

            uniques += size == 1 ? 1 : 0;
            population += size;
            var seen = Enumerable.Range(0, size).Count(_ => random.NextDouble() < 0.3);
            if (seen > 0)
            {
                sample.Add(seen);
            }
        }

        var found = PopulationUniqueness.Of(sample, population);
        output.WriteLine($"{found}, true {uniques}");
        Assert.InRange(found.SlideNegativeBinomial!.Value / uniques, 0.95, 1.05);
    }

    /// <summary>Goal: a census and a table without uniques need no model. Method: both.</summary>
    [Fact]
    public void A_census_and_a_table_without_uniques_need_no_model()
    {
        Assert.Equal(0, PopulationUniqueness.Of([5, 5], 1000).Share);
        Assert.Equal(0.25, PopulationUniqueness.Of([1, 3], 4).Share);
    }
}
