using System.Globalization;
using Anonymizer.Pseudonyms;
using Xunit;

namespace Anonymizer.Tests.Pseudonyms;

public sealed class ProjectPseudonymsTests
{
    /// <summary>Goal: a patient is the same within a project and another in the next. Method: two projects, two keys, two patients.</summary>
    [Fact]
    public void A_pseudonym_belongs_to_key_project_and_patient()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var a = new ProjectPseudonyms(key, "a");
        Assert.Equal(a.Of("p"), new ProjectPseudonyms(key, "a").Of("p"));
        Assert.Equal(4, new[] { a.Of("p"), a.Of("q"), new ProjectPseudonyms(key, "b").Of("p"), new ProjectPseudonyms(new byte[32], "a").Of("p") }.Distinct().Count());
        Assert.Throws<ArgumentException>(() => new ProjectPseudonyms(key.AsSpan(0, 31), "a"));
    }

    /// <summary>Goal: dates move by 1 to 364 days, all of a patient's alike. Method: 5,000 patients; every shift from -364 to 364 but 0 may occur, and intervals stay.</summary>
    [Fact]
    public void All_dates_of_a_patient_move_alike()
    {
        var project = new ProjectPseudonyms(new byte[32], "a");
        var days = Enumerable.Range(0, 5000).Select(patient => project.DaysOf($"p{patient}")).ToList();
        Assert.All(days, shift => Assert.InRange(Math.Abs(shift), 1, 364));
        Assert.True(days.Distinct().Count() > 700);
        var (first, second) = (project.Shift("p", "2020-02-28")!, project.Shift("p", "2020-03-01")!);
        Assert.Equal(2, (Day(second).DayNumber - Day(first).DayNumber));
        Assert.Null(project.Shift("p", "28.02.2020"));
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
