using System.Net;
using System.Text;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Hub and silos know each other by keys in Members.</summary>
public class SignedRequestTests
{
    private const string Body = """{"dataset":"chronic-care","query":{"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}}""";

    /// <summary>
    /// Goal: a silo behind a hub listens to the hub's key alone, and to each request once. Method: a stack whose silos demand signatures; the demo runs through the hub; then a preview unsigned, signed by the hub, the very same again, altered,
    /// meant for the other silo, stale, and signed by a witness, who is no organisation; what anybody may read is read without; one that was taken before a restart is not taken after it.
    /// </summary>
    [Fact]
    public async Task A_silo_takes_only_the_hubs_own_fresh_requests_and_each_once()
    {
        var state = Directory.CreateTempSubdirectory("researchhub-signed-");
        try
        {
            await using var stack = await Stack.StartAsync(new StackOptions(state.FullName, Host.FreeBasePort(), Patients: 100));
            using (var hospital = new Hospital(stack, 1))
            {
                await hospital.EnrolSampleAsync("chronic-care", TimeProvider.System.GetUtcNow());
            }

            await new Demo(stack, TimeProvider.System, _ => { }).RunAsync();

            using var silo = new HttpClient { BaseAddress = stack.SiloUrl(1) };
            var register = Hash32.Of(Founders.Hospitals[0].Origin).ToString();
            var now = TimeProvider.System.GetUtcNow();
            var good = Headers(stack.Founders.Hub, register, now);
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, [], Body));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(silo, good, Body));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, good, Body));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, Headers(stack.Founders.Hub, register, now), Body.Replace("0.5", "0.4", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, Headers(stack.Founders.Hub, Hash32.Of(Founders.Hospitals[1].Origin).ToString(), now), Body));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, Headers(stack.Founders.Hub, register, now.AddMinutes(-6)), Body));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, Headers(stack.Founders.Witnesses[0], register, now), Body));
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync(new Uri(SiloRoutes.Datasets, UriKind.Relative))).StatusCode);

            var kept = Headers(stack.Founders.Hub, register, now);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(silo, kept, Body));
            await stack.StartSiloAsync(1);
            await stack.Silos[1].ReadyAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(silo, kept, Body));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(silo, Headers(stack.Founders.Hub, register, now), Body));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<(string Name, string Value)> Headers(SigningKey key, string register, DateTimeOffset at)
    {
        using var hub = new SignAsHub(key, register, TimeProvider.System);
        return hub.Headers("POST", SiloRoutes.Preview, Encoding.UTF8.GetBytes(Body), at);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient silo, IReadOnlyList<(string Name, string Value)> headers, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, SiloRoutes.Preview) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await silo.SendAsync(request);
        return answer.StatusCode;
    }
}
