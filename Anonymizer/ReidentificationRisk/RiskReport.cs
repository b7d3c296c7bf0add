namespace Anonymizer.ReidentificationRisk;

/// <summary>How likely it is that a released record is traced to its person, by three attackers. All shares and risks are from 0 to 1.</summary>
/// <param name="Records">Released records; suppressed ones are not among them.</param>
/// <param name="Classes">Equivalence classes of the released records.</param>
/// <param name="HighestProsecutorRisk">One by the smallest class: the attacker knows that the person is in the file.</param>
/// <param name="AverageProsecutorRisk">The mean over the records; equals <paramref name="MarketerRisk"/>.</param>
/// <param name="HighestJournalistRisk">The attacker does not know who is in the file. Without a table of the population, the prosecutor's, which is never smaller.</param>
/// <param name="MarketerRisk">The share of records that an attacker who guesses for all of them gets right: classes by records.</param>
/// <param name="Threshold">The risk above which a record counts as at risk.</param>
/// <param name="RecordsAtRisk">The share of records whose prosecutor risk is above the threshold.</param>
/// <param name="SampleUniques">The share of records alone in their class.</param>
/// <remarks>El Emam, Dankar, JAMIA 15(5), 2008; Dankar, El Emam, PAIS 2010.</remarks>
public sealed record RiskReport(
    long Records,
    int Classes,
    double HighestProsecutorRisk,
    double AverageProsecutorRisk,
    double HighestJournalistRisk,
    double MarketerRisk,
    double Threshold,
    double RecordsAtRisk,
    double SampleUniques)
{
    /// <summary>The risk of classes of these sizes; all zero when there are none.</summary>
    /// <param name="threshold">From 0 to 1; 0.2 by default.</param>
    public static RiskReport Of(IReadOnlyCollection<long> classSizes, double threshold = 0.2)
    {
        var records = classSizes.Sum();
        if (records == 0)
        {
            return new RiskReport(0, 0, 0, 0, 0, 0, threshold, 0, 0);
        }

        var highest = 1.0 / classSizes.Min();
        var marketer = (double)classSizes.Count / records;
        var atRisk = classSizes.Where(size => 1.0 / size > threshold).Sum() / (double)records;
        var alone = classSizes.Count(size => size == 1) / (double)records;
        return new RiskReport(records, classSizes.Count, highest, marketer, highest, marketer, threshold, atRisk, alone);
    }
}
