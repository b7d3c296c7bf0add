using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Queries;
using Xunit;

namespace Silos.Tests.Queries;

/// <summary>O5, O6: what an answer or a refusal says beside its words, over HTTP: bytes, headers and time.</summary>
public sealed class SideChannelTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    private const string Everybody = """{"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
    private const string Nobody = """{"where":[{"attribute":"age","atLeast":119}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
    private const string NobodyElse = """{"where":[{"attribute":"age","below":1}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    /// <summary>Goal: a refusal's bytes and headers do not depend on whom a question is about. Method: over a permit's cap, a question about everybody, one about
    /// nobody and one about other nobodies, three times each; status, header names and body are compared.</summary>
    [Fact]
    public async Task Refusals_are_the_same_whomever_a_question_is_about()
    {
        var permit = await silo.IssueAsync("1000");
        var seen = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            foreach (var query in (string[])[Everybody, Nobody, NobodyElse])
            {
                var (took, response, body) = await AskAsync(query, permit);
                using var _ = response;
                Assert.True(took >= AnswerQuantum.Length, $"a refusal left after {took}");
                Assert.Equal(RefusalCode.OverPermitCap, (string?)JsonNode.Parse(body)!["code"]);
                seen.Add($"{response.StatusCode} {Headers(response)} {body}");
            }
        }

        Assert.Single(seen);
    }

    /// <summary>Goal: a suppressed cell looks the same whatever is under it, and an answer takes whole quanta. Method: two questions about nobody; the groups' bytes and
    /// the headers are compared, those of an answer about everybody with them.</summary>
    [Fact]
    public async Task Answers_have_the_same_form_and_leave_at_quanta()
    {
        // The noise has a standard deviation of 8.7: nobody looks like 100 with a chance below 1e-29, and 285 patients do not with one below 1e-90.
        var permit = await silo.IssueAsync("50000000", minimumCell: 100);
        var (headers, groups) = (new HashSet<string>(), new HashSet<string>());
        foreach (var query in (string[])[Nobody, NobodyElse, Everybody])
        {
            var (took, response, body) = await AskAsync(query, permit);
            using var _ = response;
            Assert.True(response.IsSuccessStatusCode, body);
            Assert.True(took >= AnswerQuantum.Length, $"an answer left after {took}");
            headers.Add(Headers(response));
            if (query != Everybody)
            {
                groups.Add(JsonNode.Parse(body)!["groups"]!.ToJsonString());
            }
        }

        Assert.Single(headers);
        Assert.Equal("""[{"key":{},"suppressed":true}]""", Assert.Single(groups));
    }

    private async Task<(TimeSpan Took, HttpResponseMessage Response, string Body)> AskAsync(string query, Permit permit)
    {
        var signed = await silo.SignAsync(query, permit, fresh: true);
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        var clock = Stopwatch.StartNew();
        var response = await silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.Queries, UriKind.Relative), submission, CanonicalJson.Options, TestContext.Current.CancellationToken);
        return (clock.Elapsed, response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    // Names, and values but for the clock's and the length, which for an answer is that of its noisy numbers and proof.
    private static string Headers(HttpResponseMessage response) => string.Join(';', response.Headers.Concat(response.Content.Headers)
        .Where(header => header.Key is not ("Date" or "Content-Length")).Select(header => $"{header.Key}={string.Join(',', header.Value)}").Order(StringComparer.Ordinal));
}
