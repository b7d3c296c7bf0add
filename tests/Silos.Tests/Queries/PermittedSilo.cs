using System.Net.Http.Json;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace Silos.Tests.Queries;

/// <summary>Real chain, real silos, a permit that the board signed, and a researcher who asks a silo directly, as any hub could.</summary>
public class PermittedSilo : IAsyncLifetime
{
    public const string Dataset = "chronic-care";
    public const string Count = """{"where":[{"attribute":"age","atLeast":18}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("researchhub-silo-");
    private Stack? stack;
    private HttpClient? http;

    /// <summary>The dataset that permits and questions name.</summary>
    public virtual string Asked => Dataset;

    public Stack Stack => stack!;

    public SigningKey Researcher { get; } = SigningKey.Create();

    public SigningKey FileKey { get; } = SigningKey.Create();

    /// <summary>The silo's own address, without a hub before it.</summary>
    public HttpClient Http => http!;

    public ChainClient Chain { get; private set; } = null!;

    public Permit Permit { get; private set; } = null!;

    public Hash32 Register { get; } = Hash32.Of(Founders.Hospitals[0].Origin);

    public virtual async ValueTask InitializeAsync()
    {
        var options = new StackOptions(state.FullName, Host.FreeBasePort(), Patients: 300, Settings: [("Dashboards:Look", "00:00:01"), .. await SettingsAsync(state.FullName)], SilosOnly: true);
        stack = await Stack.StartAsync(options);
        http = new HttpClient { BaseAddress = stack.SiloUrl(1), Timeout = TimeSpan.FromMinutes(1) };
        Chain = new ChainClient(stack.Chain.Rpc, stack.Deployment, (await Deployer.AccountsAsync(stack.Chain.Rpc))[9]);
        using var hospital = new Hospital(stack, 1);
        await hospital.EnrolSampleAsync(Asked, TimeProvider.System.GetUtcNow());
        Permit = await IssueAsync("100000000");
    }

    /// <summary>A permit with this cap, voted for by two members, issued on the chain and delivered to the silo.</summary>
    /// <param name="person">Whose key it names; the researcher's by default.</param>
    /// <param name="delta">Its cap of δ, in atto, which private keys spend.</param>
    /// <param name="datasets">What it names; <see cref="Asked"/> by default.</param>
    public async Task<Permit> IssueAsync(string rho, int files = 0, int minimumCell = 11, Hash32? person = null, string delta = "0", IReadOnlyList<string>? datasets = null)
    {
        var deployed = Stack.Deployment.Deployed;
        var now = TimeProvider.System.GetUtcNow();
        var permit = new Permit(
            deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Random(), "application", "DUO:0000042", new PermitUse("non-profit", "BR"),
            [.. (datasets ?? [Asked]).Select(dataset => new PermitDataset(Register, dataset))], [person is { } other ? new PermitPerson(other) : new PermitPerson(Researcher.Id, FileKey.Public.Jwk)], [new PermitCap(Register, rho, delta, files)],
            files > 0 ? [SignedQuery.Statistics, SignedQuery.File] : [SignedQuery.Statistics], minimumCell, RecordTime.Write(now.AddMinutes(-1)), RecordTime.Write(now.AddDays(30)));
        var terms = Terms.Of(permit);
        await VoteAsync(Subjects.Issue(terms));
        await Chain.IssuePermitAsync(terms);
        using var delivered = await http!.PutAsJsonAsync(new Uri($"{SiloRoutes.Permits}/{permit.Id()}", UriKind.Relative), CanonicalJson.ToJson(permit));
        delivered.EnsureSuccessStatusCode();
        return permit;
    }

    public async Task RevokeAsync(Permit permit)
    {
        var acts = (await Chain.ReadPermitAsync(permit.Id(), Register)).Acts;
        await VoteAsync(Subjects.Act(permit.Id(), PermitAct.Revoke, acts));
        await Chain.RevokeAsync(permit.Id());
    }

    /// <summary>Two members of the board approve the subject on the chain.</summary>
    public async Task VoteAsync(Hash32 subject)
    {
        var deployed = Stack.Deployment.Deployed;
        foreach (var member in Stack.Founders.Board.Take(Founders.Quorum))
        {
            var vote = new Vote(deployed.ChainId, deployed.Contract, Nonce.ForVote(), member.Id, "approve", subject);
            await Chain.CastVoteAsync(SignedRecord.Sign(vote, member));
        }
    }

    /// <summary>Signs a query under a permit, with a nonce of its own.</summary>
    public async Task<SignedRecord> SignAsync(string query, Permit? permit = null, bool fresh = false, SigningKey? by = null)
    {
        var schema = Schema.Parse((await http!.GetFromJsonAsync<DatasetDescription>(new Uri($"{SiloRoutes.Datasets}/{Asked}", UriKind.Relative)))!.Schema);
        var hash = Hash32.Of(Query.Parse(JsonDocument.Parse(query).RootElement, schema).Canonical());
        var deployed = Stack.Deployment.Deployed;
        var body = new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), (permit ?? Permit).Id(), Register, Asked, hash, Fresh: fresh);
        return SignedRecord.Sign(body, by ?? Researcher);
    }

    /// <summary>Signs a query by its canonical text, as a preview shows it.</summary>
    public SignedRecord SignCanonical(string canonical, Permit? permit = null)
    {
        var deployed = Stack.Deployment.Deployed;
        return SignedRecord.Sign(new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), (permit ?? Permit).Id(), Register, Asked, Hash32.Of(canonical)), Researcher);
    }

    /// <summary>Puts a signed query to the silo.</summary>
    public async Task<Answered> AskAsync(SignedRecord signed, string query)
    {
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        using var response = await http!.PostAsJsonAsync(new Uri(SiloRoutes.Queries, UriKind.Relative), submission, CanonicalJson.Options);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<Answered> AskAsync(string query, Permit? permit = null, bool fresh = false) => await AskAsync(await SignAsync(query, permit, fresh), query);

    /// <summary>Further settings of the silos.</summary>
    /// <param name="folder">Where their state is.</param>
    protected virtual Task<IReadOnlyList<(string Key, string? Value)>> SettingsAsync(string folder) => Task.FromResult<IReadOnlyList<(string, string?)>>([]);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        http?.Dispose();
        Chain?.Dispose();
        if (stack is not null)
        {
            await stack.DisposeAsync();
        }

        state.Delete(recursive: true);
        Researcher.Dispose();
        FileKey.Dispose();
    }
}
