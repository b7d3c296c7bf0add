using System.Text;
using System.Text.Json.Nodes;
using Silos.Ingestion;
using Silos.Ingestion.Cohorts;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Quality;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class CohortTests
{
    private static readonly DatasetDefinition Definition = SampleDefinitions.Read(SampleDefinitions.Minas);

    /// <summary>Goal: a cohort has one form and one hash, whatever the writing (R3). Method: JSON to words to JSON, and another order of
    /// rules, members and codes.</summary>
    [Theory]
    [InlineData("""[{"attribute":"age","atLeast":40,"below":80},{"not":{"attribute":"sex","in":["male","female"]}}]""")]
    [InlineData("""[{"attribute":"hba1c","below":"6.5"},{"attribute":"diagnoses","in":["I10","E11"]}]""")]
    [InlineData("""[{"event":"diagnosis","in":["E11"],"atLeast":2,"withinDays":365,"from":"2020-01-01","before":"2025-01-01"}]""")]
    [InlineData("""[{"not":{"event":"diagnosis","in":["C50","a \"b\", c\\"]}},{"event":"visit"}]""")]
    [InlineData("""[{"event":"diagnosis","in":["E11"],"then":{"event":"visit","withinDays":90}},{"not":{"event":"visit","then":{"event":"death"}}}]""")]
    [InlineData("[]")]
    public void A_cohort_goes_to_words_and_back(string json)
    {
        var cohort = Read(json);
        var words = CohortText.Of(cohort);
        Assert.Equal(CohortJson.Hash(cohort), CohortJson.Hash(CohortText.Read(words)));
        Assert.Equal(words, CohortText.Of(CohortText.Read(words)));
        Assert.Equal(CohortJson.Hash(cohort), CohortJson.Hash(Read(Encoding.UTF8.GetString(CohortJson.CanonicalBytes(cohort)))));
        var reversed = new JsonArray([.. JsonNode.Parse(json)!.AsArray().Reverse().Select(rule => rule!.DeepClone())]);
        Assert.Equal(CohortJson.Hash(cohort), CohortJson.Hash(Read(reversed.ToJsonString())));
    }

    /// <summary>Goal: equal cohorts are equal. Method: codes that another covers, rules given twice, a double not.</summary>
    [Fact]
    public void Two_writings_of_one_cohort_have_one_hash() =>
        Assert.Equal(
            CohortJson.Hash(Read("""[{"event":"diagnosis","in":["E11"]}]""")),
            CohortJson.Hash(Read("""[{"event":"diagnosis","in":["E11.9","E11"],"atLeast":1},{"not":{"not":{"in":["E11"],"event":"diagnosis"}}}]""")));

    /// <summary>Goal: the sentence is one that people read. Method: one of each rule.</summary>
    [Fact]
    public void The_words_are_plain() =>
        Assert.Equal(
            "Patients who\n- must have at least 2 diagnosis events among \"E11\" within 365 days\n- must have age from 40 and below 80\n- must have diagnosis events among \"E11\" followed by visit events within 90 days\n- must not have sex among \"male\"",
            CohortText.Of(Read("""[{"attribute":"age","atLeast":40,"below":80},{"not":{"attribute":"sex","in":["male"]}},{"event":"diagnosis","in":["E11"],"atLeast":2,"withinDays":365},{"event":"diagnosis","in":["E11"],"then":{"event":"visit","withinDays":90}}]""")));

    /// <summary>Goal: a rule that cannot hold warns (R3). Method: one contradiction each; a sound cohort has none.</summary>
    [Theory]
    [InlineData("""[{"attribute":"age","atLeast":80,"below":40}]""", "no age is at least 80 and below 40")]
    [InlineData("""[{"attribute":"age","atLeast":130}]""", "age lies from 0 to 120")]
    [InlineData("""[{"attribute":"age","atLeast":60},{"attribute":"age","below":50}]""", "no age satisfies all")]
    [InlineData("""[{"attribute":"sex","in":["female"]},{"not":{"attribute":"sex","in":["female","male"]}}]""", "no value of sex satisfies all")]
    [InlineData("""[{"attribute":"sex","in":["f"]}]""", "none of f is a value of sex")]
    [InlineData("""[{"event":"death","then":{"event":"diagnosis","in":["E11"]}}]""", "nothing follows death")]
    [InlineData("""[{"event":"death","atLeast":2}]""", "at most 1 death events")]
    [InlineData("""[{"event":"diagnosis","in":["E11.9"]},{"not":{"event":"diagnosis","in":["E11"]}}]""", "diagnosis E11.9 must be there and must not")]
    [InlineData("""[{"event":"visit","from":"2025-01-01","before":"2024-01-01"}]""", "no day is from 2025-01-01")]
    [InlineData("""[{"event":"diagnosis","in":["E11"]},{"not":{"event":"diagnosis","in":["E11.9"]}},{"attribute":"age","atLeast":18}]""", null)]
    public void A_rule_that_cannot_hold_warns(string json, string? warning)
    {
        var warnings = CohortWarnings.Of(Read(json), Definition);
        Assert.Equal(warning is null ? 0 : 1, warnings.Count);
        Assert.All(warnings, said => Assert.StartsWith(warning!, said, StringComparison.Ordinal));
    }

    /// <summary>Goal: a wrong rule is refused with its place. Method: one fault each.</summary>
    [Theory]
    [InlineData("""[{"attribute":"shoe","in":["42"]}]""", "where[0].attribute: \"shoe\" is no attribute")]
    [InlineData("""[{"attribute":"age","in":["42"]}]""", "where[0].in: is not for an attribute of type integer")]
    [InlineData("""[{"attribute":"sex","atLeast":1}]""", "where[0].atLeast: is not for an attribute of type category")]
    [InlineData("""[{"attribute":"age"}]""", "where[0]: must have either in")]
    [InlineData("""[{"event":"birth"}]""", "where[0].event: \"birth\" is no kind of event; diagnosis, visit, death are")]
    [InlineData("""[{"event":"visit","withinDays":0}]""", "where[0].withinDays: 0 is not a number from 1")]
    [InlineData("""[{"event":"visit","from":"soon"}]""", "where[0].from: must be a day")]
    [InlineData("""[{"not":{"event":"visit","often":3}}]""", "where[0].not.often: unknown")]
    [InlineData("""{"event":"visit"}""", "where: must be a list")]
    public void A_wrong_rule_is_refused(string json, string expected)
    {
        Assert.Null(CohortJson.Read(Encoding.UTF8.GetBytes(json), Definition, out var faults));
        Assert.Contains(faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>Goal: rules select by a patient's own history. Method: a loaded sample with events; each selection against a plain reading
    /// of the generator's patients.</summary>
    [Fact]
    public void A_cohort_selects_the_patients_that_satisfy_it()
    {
        using var folder = new TemporaryFolder();
        var options = new SampleOptions(600, 11, new DateOnly(2025, 12, 31));
        SampleGenerator.Write(options, folder.Path);
        var rows = LoadFolder.Run(folder.Path, Definition, new LoadOptions(options.ReferenceDate)).Rows;
        var patients = SampleGenerator.Patients(options).ToDictionary(patient => patient.Id);
        Check("""[{"event":"diagnosis","in":["E11"]}]""", p => p.Conditions.Any(c => c.Code.StartsWith("E11", StringComparison.Ordinal)));
        Check("""[{"not":{"event":"diagnosis","in":["E"]}}]""", p => !p.Conditions.Any(c => c.Code.StartsWith('E')));
        Check("""[{"event":"visit","atLeast":3}]""", p => p.Visits.Count >= 3);
        Check("""[{"event":"visit","atLeast":2,"withinDays":30}]""", p => p.Visits.Any(v => p.Visits.Count(w => w.Date >= v.Date && w.Date.DayNumber - v.Date.DayNumber < 30) >= 2));
        Check("""[{"event":"visit","from":"2024-01-01","before":"2025-01-01"}]""", p => p.Visits.Any(v => v.Date.Year == 2024));
        Check("""[{"event":"diagnosis","in":["I10"],"then":{"event":"visit","withinDays":90}}]""", p => p.Conditions.Any(c => c.Code == "I10" && p.Visits.Any(v => v.Date > c.Onset && v.Date.DayNumber - c.Onset.DayNumber <= 90)));
        Check("""[{"attribute":"sex","in":["female"]},{"attribute":"diagnoses","in":["I10"]}]""", p => p.Female && p.Conditions.Any(c => c.Code == "I10"));
        var counts = SelectCohort.Attrition(Read("""[{"attribute":"sex","in":["female"]},{"event":"visit"}]"""), Definition, rows);
        Assert.True(counts[0] >= counts[1] && counts[1] > 0);

        void Check(string json, Func<SamplePatient, bool> expected)
        {
            var chosen = SelectCohort.Of(Read(json), Definition, rows);
            Assert.Equal(rows.Select(row => expected(patients[row.Patient])), chosen);
            Assert.Contains(true, chosen);
            Assert.Contains(false, chosen);
        }
    }

    /// <summary>Goal: events are bounded, committed to, and read back. Method: the canonical bytes there and back; a bound of 2 keeps the latest 2.</summary>
    [Fact]
    public void Events_are_bounded_and_part_of_the_record()
    {
        using var folder = new TemporaryFolder();
        var options = new SampleOptions(100, 11, new DateOnly(2025, 12, 31));
        SampleGenerator.Write(options, folder.Path);
        var bounded = Definition with { Events = [.. Definition.Events.Select(kind => kind with { Most = 2 })] };
        var all = LoadFolder.Run(folder.Path, Definition, new LoadOptions(options.ReferenceDate)).Rows;
        var few = LoadFolder.Run(folder.Path, bounded, new LoadOptions(options.ReferenceDate)).Rows;
        Assert.All(all.Zip(few), pair =>
        {
            var visits = pair.First.Events.Where(one => one.Kind == "visit").ToList();
            Assert.Equal(visits.Skip(Math.Max(0, visits.Count - 2)), pair.Second.Events.Where(one => one.Kind == "visit"));
            var bytes = pair.First.CanonicalBytes(Definition);
            var back = PatientRow.Read(bytes, Definition);
            Assert.Equal(bytes, back.CanonicalBytes(Definition));
            Assert.Equal(pair.First.Events, back.Events);
        });
        Assert.Contains(all, row => row.Events.Count > 4);
    }

    /// <summary>Goal: the quality page says what the report says, and shows no markup of a file's. Method: one load with each kind of fault.</summary>
    [Fact]
    public void The_quality_page_shows_counts_places_and_reasons()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Patient.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"birthDate\":\"2090-01-01\"}\n{<script>\n");
        folder.Write("Condition.ndjson.gz", []);
        var report = LoadFolder.Run(folder.Path, Definition, new LoadOptions(new DateOnly(2025, 12, 31))).Report;
        var page = QualityPage.Of("a <b> set", report);
        Assert.Contains("Load of a &lt;b&gt; set", page, StringComparison.Ordinal);
        Assert.Contains("2 records read = 1 loaded + 1 rejected", page, StringComparison.Ordinal);
        Assert.Contains("<td>Patient.ndjson</td><td>2</td><td>Patient</td><td>not JSON", page, StringComparison.Ordinal);
        Assert.Contains("Not complete", page, StringComparison.Ordinal);
        Assert.Contains("outside the declared bounds", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equal("[###############...............]  50 %     10.0 MB    5.0 MB/s", QualityPage.ProgressLine(10_000_000, 20_000_000, TimeSpan.FromSeconds(2)));
    }

    private static Cohort Read(string json)
    {
        var cohort = CohortJson.Read(Encoding.UTF8.GetBytes(json), Definition, out var faults);
        Assert.Empty(faults);
        return cohort!;
    }
}
