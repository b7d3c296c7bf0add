using System.Diagnostics;
using System.Text.Json;
using Silos.Ingestion;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class GroundTruthTests(ITestOutputHelper output)
{
    private static readonly DateOnly Reference = new(2025, 12, 31);

    /// <summary>Goal: the loaded table is what the export says, dirty rows included. Method: the shared generator's patients with 2 % faults,
    /// flattened a second time by a plain reading of the JSON, and compared with the generator's own flat truth, at 10,000 patients.</summary>
    [Fact]
    public void The_loaded_table_equals_the_ground_truth()
    {
        using var folder = new TemporaryFolder();
        const int Patients = 10_000;
        Generate(Shared.Path("tools", "gen_fhir.py"), Patients, folder.Path);
        var result = LoadFolder.Run(folder.Path, SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(Reference));
        output.WriteLine(string.Join('\n', result.Report.Lines()));
        output.WriteLine(string.Join('\n', result.Report.Attributes));
        var plain = Plainly(folder.Path, out var rejected);
        Assert.Equal(rejected, result.Report.Rejected);
        Assert.Equal(result.Report.Read, result.Report.Loaded + result.Report.Rejected);
        Assert.Equal(Patients, result.Rows.Count);
        var truth = File.ReadLines(Path.Combine(folder.Path, "cohort.000.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(fields => fields[0]);
        var exact = 0;
        foreach (var row in result.Rows)
        {
            var cells = row.Cells.Select((cell, i) => cell.Written(i == 4 ? 0.1m : 1)).ToList();
            Assert.Equal(plain[row.Patient], cells);
            exact += AgreesWithTruth(truth[row.Patient], cells) ? 1 : 0;
        }

        Assert.True(exact >= Patients * 0.93, $"only {exact} of {Patients} rows equal the generator's truth; 2 % of the patients and of their conditions are dirty");
    }

    /// <summary>Whether nothing was lost: clean rows must agree in all; a dirty patient or condition may miss values, never gain any.</summary>
    private static bool AgreesWithTruth(string[] truth, List<string?> cells)
    {
        var dirty = truth[27] == "1";
        if (!dirty)
        {
            Assert.Equal(Years(DateOnly.ParseExact(truth[2], "yyyy-MM-dd")), cells[0]);
            Assert.Equal(truth[1], cells[1]);
        }

        Assert.Equal(truth[4], cells[2]);
        Assert.Equal(truth[16], cells[6]);
        var (expected, loaded) = (truth[19].Split('|', StringSplitOptions.RemoveEmptyEntries), cells[3]?.Split('|') ?? []);
        Assert.Subset(expected.ToHashSet(), loaded.ToHashSet());
        return !dirty && expected.Length == loaded.Length;
    }

    /// <summary>The same table by a plain, slow reading of the files.</summary>
    private static Dictionary<string, List<string?>> Plainly(string folder, out long rejected)
    {
        var rows = new Dictionary<string, List<string?>>();
        var latest = new Dictionary<(string, int), DateTimeOffset>();
        var ids = new HashSet<string>();
        rejected = 0;
        foreach (var type in new[] { "Patient", "Condition", "Encounter", "Observation" })
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, $"{type}.000.ndjson")))
            {
                using var json = JsonDocument.Parse(line);
                var r = json.RootElement;
                var id = r.GetProperty("id").GetString()!;
                var patient = type == "Patient" ? id : r.GetProperty("subject").GetProperty("reference").GetString()!["Patient/".Length..];
                if (!ids.Add(type + id) || (type != "Patient" && !rows.ContainsKey(patient)))
                {
                    rejected++;
                    continue;
                }

                switch (type)
                {
                    case "Patient":
                        rows[id] = [Age(r), r.TryGetProperty("gender", out var g) ? g.GetString() : null,
                            r.GetProperty("address")[0].GetProperty("_city").GetProperty("extension")[0].GetProperty("valueCode").GetString(), null, null, null, "0", null];
                        break;
                    case "Condition" when r.GetProperty("verificationStatus").GetProperty("coding")[0].GetProperty("code").GetString() == "confirmed":
                        if (r.GetProperty("code").TryGetProperty("coding", out var coding))
                        {
                            var code = coding[0].GetProperty("code").GetString()!.Replace(".", "", StringComparison.Ordinal);
                            code = code.Length > 3 ? code.Insert(3, ".") : code;
                            rows[patient][3] = string.Join('|', (rows[patient][3]?.Split('|') ?? []).Append(code).Distinct().Order(StringComparer.Ordinal));
                        }

                        break;
                    case "Encounter":
                        rows[patient][6] = $"{int.Parse(rows[patient][6]!) + 1}";
                        break;
                    case "Observation":
                        Observe(r, patient, rows, latest);
                        break;
                }
            }
        }

        return rows;
    }

    private static void Observe(JsonElement r, string patient, Dictionary<string, List<string?>> rows, Dictionary<(string, int), DateTimeOffset> latest)
    {
        var when = r.GetProperty("effectiveDateTime").GetDateTimeOffset();
        switch (r.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString())
        {
            case "4548-4" when r.TryGetProperty("valueQuantity", out var q):
                var measured = q.GetProperty("value").GetDecimal();
                Take(4, decimal.Round(q.GetProperty("code").GetString() == "mmol/mol" ? (measured * 0.0915m) + 2.15m : measured, 1, MidpointRounding.AwayFromZero).ToString("0.0"));
                break;
            case "85354-9":
                var value = r.GetProperty("component")[0].GetProperty("valueQuantity").GetProperty("value").GetDecimal();
                if (value is >= 60 and <= 260)
                {
                    Take(5, value.ToString("0"));
                }

                break;
        }

        void Take(int column, string value)
        {
            if (!latest.TryGetValue((patient, column), out var before) || when >= before)
            {
                latest[(patient, column)] = when;
                rows[patient][column] = value;
            }
        }
    }

    private static string? Age(JsonElement patient)
    {
        if (!patient.TryGetProperty("birthDate", out var date))
        {
            return null;
        }

        var text = date.GetString()!;
        return Years(DateOnly.ParseExact(text + (text.Length == 4 ? "-07-01" : text.Length == 7 ? "-15" : ""), "yyyy-MM-dd"));
    }

    private static string Years(DateOnly born)
    {
        var years = Reference.Year - born.Year;
        return $"{(born.AddYears(years) > Reference ? years - 1 : years)}";
    }

    private static void Generate(string tool, int patients, string folder)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", [tool, "--patients", $"{patients}", "--seed", "20", "--dirty", "0.02", "--out", folder, "--procs", "1", "--part-size", "100000"]) { RedirectStandardOutput = true })!;
            python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            Assert.Equal(0, python.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs python3, which runs the shared generator");
        }
    }
}
