using System.Text;
using System.Text.Json.Nodes;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>P2, P3: a patient is in exactly the cohorts that her choices allow. The truth is written by hand in data files beside this one.</summary>
public sealed class ChoicesTests
{
    /// <summary>Goal: each choice does what the table says. Method: each case alone, all other choices open.</summary>
    [Fact]
    public void Each_choice_alone_keeps_the_patient_in_or_out_as_the_table_says() => Assert.All(Choice.All, choice =>
        Assert.True(Choice.IsIn(Choice.Directive(Opened(choice), choice.Chosen), OpenUse(choice), choice.Use) == choice.Expected, $"{choice.Dimension}: {choice.Case}"));

    /// <summary>Goal: no choice undoes another. Method: a covering array, in which any two cases of two dimensions meet; in only if each alone is in.</summary>
    [Fact]
    public void Any_two_choices_together_give_the_expected_cohort()
    {
        var rows = Choice.Rows("pairwise.csv").ToList();
        var dimensions = rows[0].Take(rows[0].Count - 1).ToList();
        var met = new HashSet<(string, string, string, string)>();
        foreach (var row in rows.Skip(1))
        {
            var cases = dimensions.Select((dimension, i) => Choice.All.Single(choice => choice.Dimension == dimension && choice.Case == row[i])).ToList();
            Assert.Equal(row[^1] == "in", cases.TrueForAll(one => one.Expected));
            Assert.True(Choice.IsIn(Choice.Directive(cases.Select(one => one.Chosen)), cases.Select(one => one.Use)) == (row[^1] == "in"), string.Join("; ", row));
            met.UnionWith(cases.SelectMany((one, i) => cases.Skip(i + 1).Select(other => (one.Dimension, one.Case, other.Dimension, other.Case))));
        }

        var wanted = dimensions.SelectMany((one, i) => dimensions.Skip(i + 1).Select(other => Choice.All.Count(c => c.Dimension == one) * Choice.All.Count(c => c.Dimension == other))).Sum();
        Assert.Equal(wanted, met.Count);
        Assert.Contains(rows, row => row[^1] == "in");
    }

    /// <summary>Goal: validity, window and retrospective use are three choices (P3). Method: the twelve cases of the data file.</summary>
    [Fact]
    public void Records_consent_and_retrospective_use_are_decided_apart()
    {
        var rows = Choice.Rows("collection-times.csv").Skip(1).ToList();
        Assert.Equal(12, rows.Count);
        Assert.All(rows, row =>
        {
            var chosen = new JsonObject
            {
                ["notAfter"] = row[5],
                ["collected"] = new JsonObject { ["retrospective"] = row[2] == "yes", ["from"] = "2016-01-01", ["to"] = "2027-12-31" },
            };
            Assert.True(Choice.IsIn(Choice.Directive(chosen), new JsonObject { ["collected"] = new JsonArray(row[3], row[4]) }) == (row[6] == "in"), string.Join(", ", row));
        });
    }

    /// <summary>Goal: a question is decided by all that it touches in a real dataset (P2). Method: a dataset of three patients with dated and undated records; questions that filter, group and measure other attributes, and a file, against directives by category and time.</summary>
    [Theory]
    [InlineData("""{"measures":[{"attribute":"hba1c","kind":"mean"}]}""", "statistics", "laboratory", null, "in in in")]
    [InlineData("""{"measures":[{"attribute":"hba1c","kind":"mean"}],"where":[{"not":{"attribute":"age"}}]}""", "statistics", "laboratory", null, "out out out")]
    [InlineData("""{"groupBy":["sex"],"measures":[{"attribute":"hba1c","kind":"mean"}]}""", "statistics", "laboratory", null, "out out out")]
    [InlineData("""{"groupBy":["sex"],"measures":[{"attribute":"hba1c","kind":"mean"}]}""", "statistics", "laboratory demographics", null, "in in in")]
    [InlineData("""{"attributes":["age"]}""", "file", "demographics", null, "out out out")]
    [InlineData("""{"attributes":["age"]}""", "file", "demographics diagnoses laboratory", null, "in in in")]
    [InlineData("""{"measures":[{"kind":"count"}],"where":[{"event":"admission"}]}""", "statistics", "encounters", null, "out out out")]
    [InlineData("""{"measures":[{"kind":"count"}],"where":[{"event":"admission"}]}""", "statistics", "*", null, "in in in")]
    [InlineData("""{"measures":[{"attribute":"hba1c","kind":"mean"}]}""", "statistics", "*", "2020-01-01", "in out in")]
    [InlineData("""{"measures":[{"attribute":"sbp","kind":"mean"}]}""", "statistics", "*", "2020-01-01", "out in in")]
    [InlineData("""{"measures":[{"attribute":"age","kind":"mean"}]}""", "statistics", "*", "2020-01-01", "out out out")]
    public void A_question_asks_only_those_who_allow_all_that_it_touches(string canonical, string output, string categories, string? from, string expected)
    {
        var dataset = Dataset();
        var patients = dataset.Patients.Select((patient, i) => (new EnrolledPatient("subject-" + patient, patient, Hash32.Random(), Hash32.Random()), i + 1L)).ToList();
        var body = Choice.Directive(new JsonObject
        {
            ["categories"] = new JsonArray([.. categories.Split(' ').Select(one => JsonValue.Create(one))]),
            ["collected"] = from is null ? null : new JsonObject { ["retrospective"] = true, ["from"] = from },
        });
        var directive = ConsentMatch.Read(body);
        Assert.NotNull(directive);
        var state = ConsentState.Empty.With(patients, patients.Select((one, i) => new RegisterEvent.Decided(i + 1, one.Item1.Subject, 1, Hash32.Random(), directive, null)));

        var cohort = SelectConsenting.Of(state, dataset, Permit(), Choice.Register, output, canonical, Choice.Now);

        Assert.Equal(expected, string.Join(' ', cohort.Select(one => one ? "in" : "out")));
    }

    /// <summary>Goal: directives that are judged once for all who signed the same permit the same uses. Method: every two of the hand-made choices that count as the same, against every use; each counts as the same as itself.</summary>
    [Fact]
    public void Directives_of_the_same_terms_permit_the_same_uses()
    {
        var signed = Choice.All.Select(choice => ConsentMatch.Read(Choice.Directive(choice.Chosen))).OfType<Directive>().ToList();
        var uses = Choice.All.Select(choice => choice.Use).DistinctBy(use => use.ToJsonString()).Select(use => Choice.Asked([use])).ToList();
        var texts = new PublishedTexts([new PublishedText(Hash32.Of("words"), "en", "2", "words", "2026-01-01T00:00:00.000Z")]);
        var state = ConsentState.Empty with { Texts = texts };
        signed.Add(signed[0] with { Text = signed[0].Text with { Version = "2" } });
        var same = 0;
        foreach (var (one, other) in from one in signed from other in signed where SameTerms.Instance.Equals(one, other) select (one, other))
        {
            same++;
            Assert.Equal(SameTerms.Instance.GetHashCode(one), SameTerms.Instance.GetHashCode(other));
            Assert.All(uses, use => Assert.Equal(ConsentMatch.Covers(one, use), ConsentMatch.Covers(other, use)));
            Assert.Equal(state.Covers(one, uses[0]) || !ConsentMatch.Covers(one, uses[0]), state.Covers(other, uses[0]) || !ConsentMatch.Covers(other, uses[0]));
        }

        Assert.InRange(same, signed.Count + 1, (signed.Count * signed.Count) - 1);
    }

    /// <summary>Goal: of those who signed the same, each is judged by her own dates. Method: three patients, of whom the second's directive has ended or has not begun, or whose guardian's right has.</summary>
    [Theory]
    [InlineData("notAfter", "2026-06-01T08:00:00.000Z")]
    [InlineData("notBefore", "2026-12-01T08:00:00.000Z")]
    [InlineData(null, null)]
    public void Each_patient_is_judged_by_her_own_dates(string? member, string? moment)
    {
        var dataset = Dataset();
        var patients = dataset.Patients.Select((patient, i) => (new EnrolledPatient("subject-" + patient, patient, Hash32.Random(), Hash32.Random()), i + 1L)).ToList();
        var (general, ended) = (ConsentMatch.Read(Choice.Directive()), ConsentMatch.Read(Choice.Directive(member is null ? [] : [new JsonObject { [member] = moment }])));
        Assert.True(SameTerms.Instance.Equals(general, ended));
        var state = ConsentState.Empty.With(patients, patients.Select((one, i) =>
            new RegisterEvent.Decided(i + 1, one.Item1.Subject, 1, Hash32.Random(), i == 1 ? ended : general, i == 1 && member is null ? new DateOnly(2026, 6, 1) : null)));

        var cohort = SelectConsenting.Of(state, dataset, Permit(), Choice.Register, "statistics", """{"measures":[{"kind":"count"}]}""", Choice.Now);

        Assert.Equal([true, false, true], cohort);
    }

    /// <summary>
    /// Goal: where the board lets silence permit, it does so for statistics and for those alone who are enrolled and never decided anything; everywhere else it is a no. Method: of three patients one never decided, one said no and one
    /// something unreadable; then one who was never enrolled, and one who is erased.
    /// </summary>
    [Theory]
    [InlineData(true, "statistics", "in out out", "out out out")]
    [InlineData(false, "statistics", "out out out", "out out out")]
    [InlineData(true, "file", "out out out", "out out out")]
    public void Silence_permits_where_the_board_says_so_and_only_there(bool permits, string output, string expected, string afterErasure)
    {
        var dataset = Dataset();
        var patients = dataset.Patients.Select((patient, i) => (new EnrolledPatient("subject-" + patient, patient, Hash32.Random(), Hash32.Random()), i + 1L)).ToList();
        var deny = ConsentMatch.Read(Choice.Directive(new JsonObject { ["decision"] = "deny" }));
        Assert.Equal(Directive.Deny, deny?.Decision);
        var state = ConsentState.Empty.With(patients,
        [
            new RegisterEvent.Decided(1, patients[1].Item1.Subject, 1, Hash32.Random(), deny, null),
            new RegisterEvent.Decided(2, patients[2].Item1.Subject, 1, Hash32.Random(), null, null),
        ]);
        var canonical = output == "file" ? """{"attributes":["age"]}""" : """{"measures":[{"kind":"count"}]}""";
        string Cohort(ConsentState now) => string.Join(' ', SelectConsenting.Of(now, dataset, Permit(), Choice.Register, output, canonical, Choice.Now, permits).Select(one => one ? "in" : "out"));

        Assert.Equal(expected, Cohort(state));
        Assert.Equal(afterErasure, Cohort(state.With([], [new RegisterEvent.Erased(3, patients[0].Item1.Subject)])));
        Assert.Equal("out out out", Cohort(ConsentState.Empty));
    }

    /// <summary>Goal: what a load knows of the time of collection survives its canonical bytes. Method: write rows with dated, undated and vague records and read them back.</summary>
    [Fact]
    public void Days_of_collection_are_kept_with_the_record()
    {
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        foreach (var row in Rows())
        {
            var read = PatientRow.Read(row.CanonicalBytes(definition), definition);
            Assert.Equal(Enumerable.Range(0, definition.Attributes.Count).Select(column => row.CollectedFor(column, definition)), Enumerable.Range(0, definition.Attributes.Count).Select(column => read.CollectedFor(column, definition)));
            Assert.Equal(row.CanonicalBytes(definition), read.CanonicalBytes(definition));
        }
    }

    /// <summary>Other dimensions' choices do not narrow a case: a directive permits everything unless its own case says otherwise.</summary>
    private static JsonObject Opened(Choice choice) => choice.Dimension == "purpose" ? [] : new JsonObject { ["purposes"] = new JsonArray(Duo.NoRestriction) };

    private static JsonObject OpenUse(Choice choice) => choice.Dimension == "user" ? [] : new JsonObject { ["user"] = "non-profit" };

    private static IReadOnlyList<PatientRow> Rows()
    {
        var (none, now, old) = (RecordSpan.None, RecordSpan.Of(new DateOnly(2024, 5, 1)), RecordSpan.Read("2015-01-01", "2024-01-01"));
        return
        [
            new("a", Cells(72, 130)) { Collected = [none, none, none, none, now, old, none, none] },
            new("b", Cells(72, 130)) { Collected = [none, none, none, none, RecordSpan.Unknown, now, none, none] },
            new("c", Cells(null, null)),
        ];

        static IReadOnlyList<Cell> Cells(long? hba1c, long? sbp) =>
            [Cell.Number(40), Cell.Category("female"), Cell.Null, Cell.Null, hba1c is { } a ? Cell.Number(a) : Cell.Null, sbp is { } b ? Cell.Number(b) : Cell.Null, Cell.Number(0), Cell.Null];
    }

    private static OpenedDataset Dataset()
    {
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var rows = Rows();
        var schema = System.Text.Json.JsonDocument.Parse(definition.ToSchemaJson()).RootElement;
        var row = new DatasetRow { Name = definition.Id, Definition = Encoding.UTF8.GetString(SampleDefinitions.Minas), Blinded = "", NameSalt = "", PolicyHash = "", PolicySalt = "", Seq = 0 };
        var version = new VersionRow { Dataset = definition.Id, Version = 1, Root = Hash32.Random().ToString(), Patients = 3, ReferenceDate = "2026-01-01", Report = "", Seq = 1 };
        return new OpenedDataset(row, version, definition, Anonymizer.DifferentialPrivacy.Queries.Schema.Parse(schema), schema, PatientTable.Of(definition, rows), [.. rows.Select(one => one.Patient)])
        {
            Collected = [.. rows.Select(one => Enumerable.Range(0, definition.Attributes.Count).Select(column => one.CollectedFor(column, definition)).ToArray())],
        };
    }

    private static Permit Permit() => new(
        "31337", "0x", Nonce.New(), Hash32.Random(), "app-1", Duo.GeneralResearchUse, new PermitUse("non-profit", "BR"), [], [], [], ["statistics", "file"], 11, "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
}
