using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Silos.Ingestion;
using Silos.Protocol;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>The guide for hospitals, run as it stands.</summary>
public sealed partial class OnboardingTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    /// <summary>Goal: a hospital that follows the page is on the marketplace. Method: its files are written, its commands run in order against a
    /// running silo, and what it says is printed is compared.</summary>
    [Fact]
    public async Task The_guide_for_hospitals_works_as_written()
    {
        var page = await File.ReadAllTextAsync(Shared.Repository("Silos", "Ingestion", "Onboarding.md"));
        var blocks = Block().Matches(page).ToLookup(match => match.Groups["kind"].Value, match => match.Groups["text"].Value);
        using var folder = new TemporaryFolder();
        folder.Write("admissions.csv", blocks["csv"].Single());
        folder.Write("admissions.dataset.json", blocks["json"].Single());
        var (attempt, calls) = (blocks["sh"].First(), blocks["sh"].Last().Split('\n', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(blocks["text"].Single(), Try(attempt, folder.Path));
        Assert.True(File.Exists(Path.Combine(folder.Path, "report.html")));
        Assert.Equal(HttpStatusCode.Accepted, (await CallAsync(calls[0], folder.Path)).Status);
        var job = await Until.ReadAsync("the load", TimeSpan.FromMinutes(2), async () => JsonSerializer.Deserialize<List<LoadJob>>((await CallAsync(calls[1], folder.Path)).Body, JsonSerializerOptions.Web)!.Single(), now => now.State is "published" or "failed");
        Assert.Equal(("published", (int?)1), (job.State, job.Version));
        Assert.Contains("7 records read = 6 loaded + 1 rejected", (await CallAsync(calls[2], folder.Path)).Body, StringComparison.Ordinal);
        Assert.Contains("Admissions to cardiology", (await CallAsync(calls[3], folder.Path)).Body, StringComparison.Ordinal);
        Assert.Contains("dcat:Dataset", (await CallAsync(calls[4], folder.Path)).Body, StringComparison.Ordinal);
        Assert.Equal(5, calls.Length);
    }

    /// <summary>Goal: a wrong call or definition is refused with exit 2 and one clear line. Method: one fault each; a folder with nobody gives 1;
    /// the bar is drawn to its end.</summary>
    [Fact]
    public void A_wrong_call_or_definition_is_refused()
    {
        using var folder = new TemporaryFolder();
        var definition = folder.Write("d.dataset.json", Encoding.UTF8.GetString(Silos.Samples.SampleDefinitions.Minas));
        var wrong = folder.Write("w.dataset.json", Encoding.UTF8.GetString(Silos.Samples.SampleDefinitions.Minas).Replace("\"k\": 11", "\"k\": 1", StringComparison.Ordinal));
        Refuses("name --definition FILE and --data FOLDER");
        Refuses("'--folder' is unknown", "--folder", "x");
        Refuses("'x' is no file", "--definition", "x", "--data", folder.Path);
        Refuses("'x' is no folder", "--definition", definition, "--data", "x");
        Refuses("'soon' is no day", "--definition", definition, "--data", folder.Path, "--day", "soon");
        Refuses("policy.k: 1 is not a number from 2 to 1000", "--definition", wrong, "--data", folder.Path);
        using var bar = new StringWriter();
        Assert.Equal(1, TryLoad.Run(["--definition", definition, "--data", folder.Path], TextWriter.Null, TextWriter.Null, bar, TimeProvider.System));
        Assert.Contains("] 100 %", bar.ToString(), StringComparison.Ordinal);
    }

    private static void Refuses(string reason, params string[] args)
    {
        using var errors = new StringWriter();
        Assert.Equal(2, TryLoad.Run(args, TextWriter.Null, errors, null, TimeProvider.System));
        Assert.Contains(reason, Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>Runs <c>dotnet Silos.dll try …</c>, whose paths are in the folder.</summary>
    private static string Try(string command, string folder)
    {
        var args = command.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["dotnet", "Silos.dll", "try"], args[..3]);
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter();
        string[] paths = ["--definition", "--data", "--report"];
        var there = args[3..].Select((one, i) => i > 0 && paths.Contains(args[i + 2]) ? Path.Combine(folder, one) : one).ToArray();
        Assert.Equal(0, TryLoad.Run(there, output, errors, null, TimeProvider.System));
        return output.ToString().Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    /// <summary>Does what a line with curl does.</summary>
    private async Task<(HttpStatusCode Status, string Body)> CallAsync(string line, string folder)
    {
        var words = Word().Matches(line).Select(match => match.Groups["text"].Value).ToList();
        Assert.Equal("curl", words[0]);
        var url = words.First(word => word.StartsWith("http://127.0.0.1:5091", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(words.Contains("-X") ? HttpMethod.Post : HttpMethod.Get, new Uri(url["http://127.0.0.1:5091".Length..], UriKind.Relative));
        if (words.Contains("Authorization: Bearer $TOKEN"))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", silo.Stack.OfficerToken(1));
        }

        if (words.IndexOf("-d") is > 0 and var body)
        {
            request.Content = new StringContent(words[body + 1].Replace("$FOLDER", folder, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        }

        using var response = await silo.Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("```(?<kind>[a-z]+)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("\"(?<text>[^\"]*)\"|'(?<text>[^']*)'|(?<text>\\S+)")]
    private static partial Regex Word();
}
