using System.Diagnostics;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Xunit;

namespace Anonymizer.Tests.LatticeSearch;

public sealed class AdultOptimaTests(ITestOutputHelper output)
{
    /// <summary>Goal: the search finds ARX's proven optimum on adult. Method: levels, score to 1e-9, suppressed rows and classes as the peer has them, k = 5, all columns quasi-identifiers.</summary>
    [Theory]
    [InlineData(LossMetric.Loss, 0, "0,4,1,1,3,2,2,1,0", 0.573150965559, 0, 24)]
    [InlineData(LossMetric.Loss, 0.02, "0,3,0,2,2,1,1,2,0", 0.3137130352819, 506, 222)]
    [InlineData(LossMetric.Loss, 0.05, "0,3,0,0,2,1,1,2,0", 0.2419323650663, 1346, 397)]
    [InlineData(LossMetric.LossArithmetic, 0, "0,4,1,1,3,2,2,1,0", 0.6355438466889, 0, 24)]
    [InlineData(LossMetric.LossArithmetic, 0.02, "0,3,0,2,2,1,1,2,0", 0.3574824898667, 506, 222)]
    [InlineData(LossMetric.LossArithmetic, 0.05, "0,3,0,0,2,1,1,2,0", 0.2696346627556, 1346, 397)]
    [InlineData(LossMetric.AverageClassSize, 0, "1,2,1,1,3,2,2,1,1", 628.375, 0, 48)]
    [InlineData(LossMetric.AverageClassSize, 0.02, "1,0,1,2,3,2,2,0,1", 47.35007849294, 419, 636)]
    [InlineData(LossMetric.AverageClassSize, 0.05, "1,0,1,1,3,2,2,0,1", 28.80802292264, 906, 1046)]
    [InlineData(LossMetric.Discernibility, 0, "1,1,1,2,3,2,2,1,1", 33627534, 0, 45)]
    [InlineData(LossMetric.Discernibility, 0.02, "0,0,1,2,3,2,2,1,1", 7220555, 105, 356)]
    [InlineData(LossMetric.Discernibility, 0.05, "0,0,1,2,3,2,2,1,1", 7220555, 105, 356)]
    [InlineData(LossMetric.Entropy, 0, "1,2,1,1,3,2,2,1,1", 407289.5388925, 0, 48)]
    [InlineData(LossMetric.Entropy, 0.02, "0,0,1,1,3,2,2,1,1", 285604.7496448, 309, 599)]
    [InlineData(LossMetric.NormalizedEntropy, 0, "0,4,1,1,3,2,2,1,0", 0.6652303090635, 0, 24)]
    [InlineData(LossMetric.NormalizedEntropy, 0.02, "0,4,0,1,1,2,0,2,0", 0.4462099682006, 569, 296)]
    public void The_optimum_on_adult_is_the_peers(LossMetric metric, double limit, string levels, double score, int suppressed, int classes)
    {
        var request = new Anonymization(Adult.QuasiIdentifiers(), [new KAnonymity(5)], (decimal)limit, metric);
        var watch = Stopwatch.StartNew();
        var found = FullDomain.Search(request, Adult.Table, SearchLimits.None);
        output.WriteLine($"{watch.ElapsedMilliseconds} ms, {found.Checked} of {found.Transformations} looked at");
        Assert.True(found.Proven);
        Assert.Equal(levels, string.Join(',', found.Recoding!.Levels));
        Assert.InRange(found.Recoding.Score / score, 1 - 1e-12, 1 + 1e-12);
        Assert.Equal(suppressed, found.Recoding.SuppressedRows);
        Assert.Equal(classes, found.Recoding.Classes.Count);
        Assert.Equal(suppressed, found.Release!.ClassOfRow.Count(RecodedTable.Suppressed));
    }

    /// <summary>Goal: models with a sensitive attribute have the peer's optima too. Method: occupation is sensitive, eight quasi-identifiers, k = 5.</summary>
    [Theory]
    [InlineData("distinct", 0, 0.54221)]
    [InlineData("distinct", 0.05, 0.17170)]
    [InlineData("hierarchical", 0, 0.75918)]
    [InlineData("hierarchical", 0.05, 0.61281)]
    [InlineData("equal", 0, 0.91840)]
    [InlineData("equal", 0.05, 0.81500)]
    public void The_optimum_with_a_sensitive_attribute_is_the_peers(string kind, double limit, double score)
    {
        PrivacyModel model = kind switch
        {
            "distinct" => new DistinctLDiversity(3, "occupation"),
            "hierarchical" => new TCloseness(0.2m, "occupation", ValueDistance.Hierarchical, Adult.HierarchyOf("occupation")),
            _ => new TCloseness(0.2m, "occupation", ValueDistance.Equal),
        };
        var request = new Anonymization(Adult.QuasiIdentifiers("occupation"), [new KAnonymity(5), model], (decimal)limit, LossMetric.Loss);
        var watch = Stopwatch.StartNew();
        var found = FullDomain.Search(request, Adult.Table, SearchLimits.None);
        output.WriteLine($"{watch.ElapsedMilliseconds} ms, {found.Checked} of {found.Transformations} looked at");
        Assert.True(found.Proven);
        Assert.Equal(score, found.Recoding!.Score, 5);
    }
}
