using System.Globalization;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>A real FHIR bulk export takes the road of the sample.</summary>
public class RealExportTests
{
    /// <summary>Goal: all 615 patients of the Synthea export are loaded, read = loaded + rejected, and a question is answered. Method: start on that folder, read the load's lines, run the demo.</summary>
    [Fact]
    public async Task A_bulk_export_is_loaded_whole_and_answers()
    {
        var data = Path.Combine(Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED") ?? Path.Combine(Repository.Root, "..", "shared"), "data", "synthea-r4-615");
        Assert.SkipUnless(Directory.Exists(data), $"{data} is not there; set RESEARCHHUB_SHARED to the shared material");
        var state = Directory.CreateTempSubdirectory("researchhub-export-");
        try
        {
            await using var stack = await Stack.StartAsync(new StackOptions(state.FullName, Host.FreeBasePort(), data, Patients: 100));
            var lines = stack.LoadLines().Where(line => line.StartsWith(Founders.Hospitals[0].Name, StringComparison.Ordinal)).ToList();
            using (var hospital = new Hospital(stack, 1))
            {
                foreach (var dataset in await hospital.DatasetsAsync())
                {
                    await hospital.EnrolSampleAsync(dataset.Name, TimeProvider.System.GetUtcNow());
                }
            }

            await new Demo(stack, TimeProvider.System, _ => { }).RunAsync();

            Assert.Contains(lines, line => line.Contains(string.Create(CultureInfo.InvariantCulture, $" {615} patients;"), StringComparison.Ordinal));
            TestContext.Current.SendDiagnosticMessage(string.Join('\n', lines));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }
}
