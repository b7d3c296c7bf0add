using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Silos.Consents;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Story;
using Xunit;

namespace Silos.Tests.Callers;

/// <summary>A hub's request counts once at a silo, however many processes serve it.</summary>
public sealed class CheckCallerTests
{
    /// <summary>
    /// Goal: a request that one process of a silo took is taken by no other, and needs a voucher where the route asks for one. Method: two processes on one database; a signed request to the first, then the very same to both; one request twenty times at once, to both, of
    /// which one is taken; an unsigned one, and one signed by a member who is no organisation.
    /// </summary>
    [Fact]
    public async Task A_request_is_taken_once_by_all_processes_together()
    {
        var folder = Directory.CreateTempSubdirectory("callers");
        try
        {
            using var key = SigningKey.Create();
            using var witness = SigningKey.Create();
            using var own = SigningKey.Create();
            var identity = new SiloIdentity("Serra Verde", "researchhub.example/serra-verde", own, new Deployed("31337", "0x" + new string('a', 40)));
            var members = new MembersState([new Member(key.Public.Jwk, Roles.Organisation), new Member(witness.Public.Jwk, Roles.Witness)], [], 1, 0);
            var connection = $"Data Source={Path.Combine(folder.FullName, "silo.db")}";
            await using var first = await StartAsync(connection, identity, members);
            await using var second = await StartAsync(connection, identity, members);
            using var hub = new SignAsHub(key, identity.Register.ToString(), TimeProvider.System);
            using var other = new SignAsHub(witness, identity.Register.ToString(), TimeProvider.System);
            var now = TimeProvider.System.GetUtcNow();

            var once = hub.Headers("POST", "/vouched", Encoding.UTF8.GetBytes("{}"), now);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(first, once));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(second, once));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(first, once));

            var raced = hub.Headers("POST", "/vouched", Encoding.UTF8.GetBytes("{}"), now);
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AskAsync(i % 2 == 0 ? first : second, raced)));
            Assert.Equal(1, answers.Count(answer => answer == HttpStatusCode.OK));

            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(first, []));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(first, other.Headers("POST", "/vouched", Encoding.UTF8.GetBytes("{}"), now)));
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    private static async Task<WebApplication> StartAsync(string connection, SiloIdentity identity, MembersState members)
    {
        var database = new Database(connection);
        await database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(database).AddSingleton(identity).AddSingleton(TimeProvider.System).AddSingleton(new OfficerToken("officer")).AddSingleton<CallerNonces>();
        builder.Services.AddSingleton<ReadMembers>(_ => Task.FromResult(members)).AddSingleton(Options.Create(new CallerOptions()));
        var app = builder.Build();
        app.UseMiddleware<CheckCaller>();
        app.MapPost("/vouched", () => Results.Ok()).AddEndpointFilter<VouchedOnly>();
        await app.StartAsync();
        return app;
    }

    private static async Task<HttpStatusCode> AskAsync(WebApplication silo, IReadOnlyList<(string Name, string Value)> headers)
    {
        using var http = new HttpClient { BaseAddress = new Uri(silo.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/vouched") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
