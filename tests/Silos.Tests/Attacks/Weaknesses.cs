using System.Text;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Records;
using Silos.Protocol;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>Weak parts that a test puts into the silo of its own process: what is charged, and what stands between the silo and the wire. No deployment can.</summary>
internal sealed class Weaknesses : IStartupFilter
{
    /// <summary>Another price list; null or an answer of null is the sound one's.</summary>
    public Func<SignedQuery, Query, PrivacyLoss?>? Price { get; set; }

    /// <summary>Handles requests in the silo's place.</summary>
    public Func<HttpContext, Func<Task>, Task>? Before { get; set; }

    /// <summary>Asserts that an attack fails, and that the same attack succeeds against the weakened system: a test that could not fail proves nothing.</summary>
    /// <param name="attack">Says what was learned or gained; null for nothing.</param>
    /// <param name="plant">Weakens the system.</param>
    public async Task HoldsAsync(Func<Task<string?>> attack, Action<Weaknesses> plant)
    {
        var learned = await attack();
        Assert.True(learned is null, learned);
        plant(this);
        try
        {
            learned = await attack();
        }
        finally
        {
            (Price, Before) = (null, null);
        }

        Assert.True(learned is not null, "the planted weakness was not found");
        TestContext.Current.TestOutputHelper!.WriteLine("planted: " + learned);
    }

    /// <summary>Answers leave altered.</summary>
    /// <param name="alter">The question's text, and its answer.</param>
    public void AlterAnswers(Action<string, JsonObject> alter) => Before = async (context, next) =>
    {
        if (context.Request.Path != SiloRoutes.Queries)
        {
            await next();
            return;
        }

        var asked = await AskedAsync(context);
        var (wire, body) = (context.Response.Body, new MemoryStream());
        context.Response.Body = body;
        await next();
        context.Response.Body = wire;
        var bytes = body.ToArray();
        if (context.Response.StatusCode == StatusCodes.Status200OK)
        {
            var answer = JsonNode.Parse(bytes)!.AsObject();
            alter(asked, answer);
            bytes = Encoding.UTF8.GetBytes(answer.ToJsonString());
            context.Response.ContentLength = bytes.Length;
        }

        await wire.WriteAsync(bytes);
    };

    /// <summary>The query of a request, as it was written.</summary>
    public static async Task<string> AskedAsync(HttpContext context)
    {
        context.Request.EnableBuffering();
        var asked = (await JsonNode.ParseAsync(context.Request.Body))?["query"]?.ToJsonString() ?? "";
        context.Request.Body.Position = 0;
        return asked;
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, rest) => Before is { } weak ? weak(context, () => rest(context)) : rest(context));
        next(app);
    };
}

/// <summary>Keeps what a host logs.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly List<string> lines = [];

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (lines)
        {
            lines.Add(formatter(state, exception));
        }
    }

    public void Dispose()
    {
    }
}
