using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Silos.Extracts;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Releases;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Extracts;

/// <summary>A cohort file from request to decryption, asked of the silo directly.</summary>
public class ExtractTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    private const string Request = """{"attributes":["age","diagnoses","hba1c","municipality","sex"]}""";
    private const int K = 11;

    /// <summary>Goal: a file leaves only after two different checkers approved it, and every class in it has k patients (R11, E9). Method: ask, check once, twice by the same, by another; open the file and count its classes with code that shares nothing with the writer; then opt one patient out and ask again: the class that changed is held.</summary>
    [Fact]
    public async Task A_file_leaves_after_two_checkers_and_a_later_one_withholds_what_would_single_out()
    {
        await silo.VoteAsync(Subjects.ChangeLimit(new Limit(silo.Register, new Amount(500_000_000, 100_000_000_000_000, 3)), (await silo.Chain.ReadBudgetAsync(silo.Register)).Changes));
        await silo.Chain.ChangeLimitAsync(new Limit(silo.Register, new Amount(500_000_000, 100_000_000_000_000, 3)));
        var permit = await silo.IssueAsync("0", files: 3);
        using var first = await CheckerAsync();
        using var second = await CheckerAsync();

        var made = await AskAsync(permit);
        Assert.Equal("produced", made.State);
        Assert.Equal("held", await RefusedAsync($"{SiloRoutes.Extracts}/{made.Id}/file"));
        Assert.Equal(1, (await CheckAsync(made.Id, first))!.Approvals);
        Assert.Null(await CheckAsync(made.Id, first));
        Assert.Equal("released", (await CheckAsync(made.Id, second))!.State);

        var released = (await silo.Http.GetFromJsonAsync<ReleasedFile>(new Uri($"{SiloRoutes.Extracts}/{made.Id}/file", UriKind.Relative)))!;
        var file = SealedFile.Open(released.File, silo.FileKey);
        var classes = Classes(file);
        Assert.All(classes.Values, size => Assert.True(size >= K, $"a class of {size}"));
        var manifest = JsonSerializer.Deserialize<SignedRecord>(released.Manifest.GetRawText(), CanonicalJson.Options)!.Open<FileManifest>(silo.Stack.Deployment.Deployed);
        Assert.Equal(Hash32.Of(file), manifest.Body!.FileHash);
        Assert.Equal(classes.Count, manifest.Body.Classes);

        using var hospital = new Hospital(silo.Stack, 1);
        await hospital.DecideAsync([hospital.Patients.First(patient => patient.Value.Sequence > 0).Key], Directive.Deny, TimeProvider.System.GetUtcNow());
        var again = await AskAsync(permit, fresh: true);
        using var sealedFor = await silo.Http.GetAsync(new Uri($"{SiloRoutes.Extracts}/{again.Id}/checkers/{first.Id}", UriKind.Relative));
        var later = Classes(SealedFile.Open((await sealedFor.Content.ReadFromJsonAsync<SealedForChecker>())!.File, first));

        Assert.True(again.Report.GetProperty("held").GetBoolean());
        Assert.All(later, one => Assert.True(!classes.TryGetValue(one.Key, out var before) || before == one.Value || Math.Abs(before - one.Value) >= K, one.Key));
        Assert.True(later.Count < classes.Count);

        // One rejection ends it, whoever approves at the same moment: of the two words that would decide, one is taken.
        using var third = await CheckerAsync();
        Assert.Equal(1, (await CheckAsync(again.Id, first))!.Approvals);
        var decided = await Task.WhenAll(CheckAsync(again.Id, second, OutputCheck.Reject), CheckAsync(again.Id, third));
        Assert.Single(decided, word => word is not null);
        Assert.Equal(decided[0] is null ? "released" : "rejected", (await silo.Http.GetFromJsonAsync<ExtractView>(new Uri($"{SiloRoutes.Extracts}/{again.Id}", UriKind.Relative)))!.State);
    }

    /// <summary>Goal: what checkers said decides, in whatever order. Method: the rule on all short histories of words.</summary>
    [Theory]
    [InlineData(OutputCheck.Approve, "", null)]
    [InlineData(OutputCheck.Approve, "approve", ExtractState.Released)]
    [InlineData(OutputCheck.Reject, "", ExtractState.Rejected)]
    [InlineData(OutputCheck.Reject, "approve", ExtractState.Rejected)]
    [InlineData(OutputCheck.Approve, "reject", ExtractState.Rejected)]
    [InlineData(OutputCheck.Approve, "approve reject", ExtractState.Rejected)]
    public void One_rejection_ends_a_file(string word, string earlier, string? state) =>
        Assert.Equal(state, CheckOutput.Next(word, earlier.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Goal: nobody makes herself an output checker. Method: a key that she registers without the hospital's officer.</summary>
    [Fact]
    public async Task A_stranger_cannot_register()
    {
        using var stranger = SigningKey.Create();
        using var response = await silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.Checkers, UriKind.Relative), new CheckerKey(Json(stranger.Public.Jwk)));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<ExtractView> AskAsync(Permit permit, bool fresh = false)
    {
        var deployed = silo.Stack.Deployment.Deployed;
        var body = new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), permit.Id(), silo.Register, PermittedSilo.Dataset, Hash32.Of(Request), SignedQuery.File, fresh);
        var submission = new QuerySubmission(Json(SignedRecord.Sign(body, silo.Researcher)), JsonDocument.Parse(Request).RootElement);
        using var response = await silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.Extracts, UriKind.Relative), submission, CanonicalJson.Options);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<ExtractView>())!;
    }

    private async Task<SigningKey> CheckerAsync()
    {
        var key = SigningKey.Create();
        using var request = new HttpRequestMessage(HttpMethod.Post, SiloRoutes.Checkers) { Content = JsonContent.Create(new CheckerKey(Json(key.Public.Jwk))) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", silo.Stack.OfficerToken(1));
        using var response = await silo.Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return key;
    }

    /// <returns>The view, or null when the silo refused the word.</returns>
    private async Task<ExtractView?> CheckAsync(string extract, SigningKey checker, string decision = OutputCheck.Approve)
    {
        var sealedFor = (await silo.Http.GetFromJsonAsync<SealedForChecker>(new Uri($"{SiloRoutes.Extracts}/{extract}/checkers/{checker.Id}", UriKind.Relative)))!;
        var hash = Hash32.Of(SealedFile.Open(sealedFor.File, checker));
        var deployed = silo.Stack.Deployment.Deployed;
        var word = SignedRecord.Sign(new OutputCheck(deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Parse(extract), hash, decision), checker);
        using var response = await silo.Http.PostAsJsonAsync(new Uri($"{SiloRoutes.Extracts}/{extract}/checks", UriKind.Relative), new OutputCheckSubmission(Json(word)));
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<ExtractView>() : null;
    }

    private async Task<string> RefusedAsync(string route)
    {
        using var response = await silo.Http.GetAsync(new Uri(route, UriKind.Relative));
        Assert.False(response.IsSuccessStatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
    }

    /// <summary>Sizes of the classes of age, municipality and sex in the file's text.</summary>
    private static Dictionary<string, int> Classes(byte[] file)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        int[] columns = [.. new[] { "age", "municipality", "sex" }.Select(name => Array.IndexOf(lines[0], name))];
        return lines.Skip(1).GroupBy(line => string.Join('|', columns.Select(column => line[column]))).ToDictionary(group => group.Key, group => group.Count());
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);
}
