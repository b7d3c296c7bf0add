using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Consents;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Permits;
using Silos.Protocol;
using Silos.Queries;

namespace Simulation.Tests;

/// <summary>What becomes of a message.</summary>
internal enum Fate
{
    Arrives,
    Lost,
    AnswerLost,
    Doubled,
    Late,
}

/// <summary>An answer at the moment at which it left its hospital.</summary>
/// <param name="Asked">Hash of the signed question.</param>
/// <param name="Decided">How many decisions of patients the hospital had recorded when the question came.</param>
/// <param name="Anchored">What the chain held of the hospital's log when the answer left.</param>
internal sealed record Left(SimulatedSilo Silo, Hash32 Asked, byte[] Body, int Decided, ulong Anchored);

/// <summary>The line between the hub's own client and the hospitals' own parts. It loses, doubles and delays what it is told to, and writes down what left.</summary>
internal sealed class SimulatedNetwork(IReadOnlyList<SimulatedSilo> silos, SimulatedChain chain) : HttpMessageHandler
{
    private readonly Lock gate = new();
    private readonly List<(SimulatedSilo Silo, string Route, byte[] Body)> late = [];

    /// <summary>The fates of the next messages; those after them arrive.</summary>
    public Queue<Fate> Fates { get; } = new();

    /// <summary>Everything that left a hospital as an answer.</summary>
    public List<Left> Answers { get; } = [];

    /// <summary>Patients' decisions as they were recorded, by hospital: who, and whether it is a yes.</summary>
    public Dictionary<SimulatedSilo, List<(string Subject, bool Permits)>> Decisions { get; } = silos.ToDictionary(silo => silo, _ => new List<(string, bool)>());

    /// <summary>Brings what was delayed.</summary>
    public async Task BringLateAsync()
    {
        var waiting = late.ToList();
        late.Clear();
        foreach (var (silo, route, body) in waiting)
        {
            try
            {
                await HandleAsync(silo, route, body);
            }
            catch (HttpRequestException)
            {
                // Nobody waits for it any more.
            }
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var silo = silos[int.Parse(request.RequestUri!.Host.Split('-')[1].Split('.')[0], System.Globalization.CultureInfo.InvariantCulture)];
        var (route, body) = (request.RequestUri.AbsolutePath, request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken));
        if (route == SiloRoutes.Describe)
        {
            return Json(HttpStatusCode.OK, new SiloDescription(silo.Identity.Name, silo.Identity.Register.ToString(), silo.Identity.Origin, JsonSerializer.SerializeToElement(silo.Identity.Key.Public.Jwk, CanonicalJson.Options)));
        }

        Fate fate;
        lock (gate)
        {
            fate = Fates.TryDequeue(out var next) ? next : Fate.Arrives;
            if (fate == Fate.Late)
            {
                late.Add((silo, route, body));
            }
        }

        if (fate is Fate.Lost or Fate.Late)
        {
            throw new HttpRequestException("lost on the way");
        }

        if (fate == Fate.Doubled)
        {
            var both = await Task.WhenAll(HandleAsync(silo, route, body), HandleAsync(silo, route, body));
            return both[0];
        }

        var answer = await HandleAsync(silo, route, body);
        return fate == Fate.AnswerLost ? throw new HttpRequestException("the answer was lost") : answer;
    }

    private async Task<HttpResponseMessage> HandleAsync(SimulatedSilo silo, string route, byte[] body)
    {
        if (silo.Ended)
        {
            throw new HttpRequestException("nobody is there");
        }

        try
        {
            return route == SiloRoutes.Queries ? await AskAsync(silo, body)
                : route == SiloRoutes.Directives ? await DecideAsync(silo, body)
                : await KeepAsync(silo, body);
        }
        catch (Exception gone) when (silo.Ended)
        {
            throw new HttpRequestException("the process ended", gone);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(SimulatedSilo silo, byte[] body)
    {
        var submission = JsonSerializer.Deserialize<QuerySubmission>(body, JsonSerializerOptions.Web)!;
        int decided;
        lock (gate)
        {
            decided = Decisions[silo].Count;
        }

        var outcome = await silo.Part<RunQuery>().AskAsync(submission, silo.Life);
        if (outcome.Answer is not { } answer)
        {
            return Json(HttpStatusCode.Forbidden, new { code = outcome.Refusal!.Code, detail = outcome.Refusal.Detail });
        }

        var anchored = chain.Anchored(silo.Identity.Register) is [.., var last] ? last.Size : 0;
        var asked = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(submission.Signed.GetRawText())!).Hash();
        lock (gate)
        {
            Answers.Add(new Left(silo, asked, answer, decided, anchored));
        }

        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(answer) };
    }

    private async Task<HttpResponseMessage> DecideAsync(SimulatedSilo silo, byte[] body)
    {
        var records = JsonSerializer.Deserialize<DirectiveSubmission>(body, JsonSerializerOptions.Web)!.Directives.Select(one => CanonicalJson.Read<SignedRecord>(JsonNode.Parse(one.GetRawText())!)).ToList();
        var outcomes = await silo.Part<ConsentRegister>().RecordAsync(records, silo.Life);
        lock (gate)
        {
            Decisions[silo].AddRange(records.Zip(outcomes).Where(pair => pair.Second.Recorded)
                .Select(pair => (pair.First.Body["subject"]!.GetValue<string>(), pair.First.Body["decision"]!.GetValue<string>() == Directive.Permit)));
        }

        return Json(HttpStatusCode.OK, outcomes);
    }

    private static async Task<HttpResponseMessage> KeepAsync(SimulatedSilo silo, byte[] body)
    {
        await silo.Part<PermitStore>().KeepAsync(JsonNode.Parse(body)!, silo.Life);
        return new HttpResponseMessage(HttpStatusCode.NoContent);
    }

    private static HttpResponseMessage Json<T>(HttpStatusCode status, T value) => new(status) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web)) };
}
