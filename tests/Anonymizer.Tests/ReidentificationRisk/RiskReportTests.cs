using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tests.LatticeSearch;
using Xunit;

namespace Anonymizer.Tests.ReidentificationRisk;

public sealed class RiskReportTests
{
    /// <summary>Goal: risks before and after are the peer's. Method: adult as it stands (PEERS.md), and after the optimum at 0, 2 and 5 %.</summary>
    [Fact]
    public void The_risks_of_adult_are_the_peers()
    {
        var raw = FullDomain.At(new Anonymization(Adult.QuasiIdentifiers(), [new KAnonymity(2)], 1, LossMetric.Loss), Adult.Table, new int[9], SearchLimits.None);
        var sizes = raw.Recoding!.Classes.Select(each => each.Rows).Concat(Enumerable.Repeat(1L, (int)raw.Recoding.SuppressedRows)).ToList();
        var before = RiskReport.Of(sizes);
        Assert.Equal(19502, before.Classes);
        Assert.Equal(1.0, before.HighestProsecutorRisk);
        Assert.Equal(0.64658, before.AverageProsecutorRisk, 5);
        Assert.Equal(0.514, before.SampleUniques, 3);
        foreach (var (limit, highest, average) in new[] { (0m, 1.0 / 69, 24.0 / 30162), (0.02m, 0.2, 222.0 / 29656), (0.05m, 0.2, 0.013777) })
        {
            var found = FullDomain.Search(new Anonymization(Adult.QuasiIdentifiers(), [new KAnonymity(5)], limit, LossMetric.Loss), Adult.Table, SearchLimits.None);
            var after = RiskReport.Of([.. found.Recoding!.Classes.Select(each => each.Rows)]);
            Assert.Equal(highest, after.HighestProsecutorRisk, 12);
            Assert.Equal(average, after.MarketerRisk, 6);
            Assert.Equal(0, after.RecordsAtRisk);
        }
    }
}
