using System.Globalization;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Story;

/// <summary>
/// The embedded default: the same processes as in production, on embedded parts, as children of this one. What it finds in its state
/// folder goes on; nothing else on the machine is touched.
/// </summary>
public sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Dictionary<int, Host> silos = [];
    private readonly Dictionary<(int Number, int Copy), Host> beside = [];
    private readonly List<Host> witnesses = [];
    private Host? web;
    private Anvil? chain;
    private Host? stripe;
    private Host? hub;
    private Host? secondHub;
    private IReadOnlyList<(string, string?)> payments = [];

    private Stack(StackOptions options, Anvil? chain, Founders founders, Deployment deployment)
    {
        Options = options;
        this.chain = chain;
        Founders = founders;
        Deployment = deployment;
    }

    public StackOptions Options { get; }

    /// <summary>The chain, where this process started it.</summary>
    public Anvil Chain => chain ?? throw new InvalidOperationException("the chain belongs to another process");

    public Uri ChainUrl => Local(Options.Chain);

    /// <summary>The proxy between the chain and everybody, where the options ask for one.</summary>
    public FaultProxy? Faults { get; private set; }

    /// <summary>Where hosts find the chain.</summary>
    private Uri NodeUrl => Faults?.Url ?? ChainUrl;

    public Uri WebUrl => Local(Options.Web);

    public Uri HubUrl => Local(Options.Api);

    public Uri SiloUrl(int number) => Local(Options.Silo(number));

    /// <summary>Asks a hospital's silo as the hub does, with the hub's own key: for stories in which the hub is dishonest. The caller disposes of it.</summary>
    public HttpClient AsHub(int number) =>
        new(new SignAsHub(Founders.Hub, Hash32.Of(Founders.Hospitals[number - 1].Origin).ToString(), TimeProvider.System) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = SiloUrl(number) };

    public Founders Founders { get; }

    public Deployment Deployment { get; }

    /// <summary>The hub, where this process started it.</summary>
    public Host Hub => hub ?? throw new InvalidOperationException("the hub belongs to another process");

    public IReadOnlyList<Host> Witnesses => witnesses;

    /// <summary>The silos by number, from 1.</summary>
    public IReadOnlyDictionary<int, Host> Silos => silos;

    /// <summary>Starts chain, witnesses, silos, payments, hub and web, and waits until each can answer.</summary>
    /// <exception cref="InvalidOperationException">One of them could not start, or the state was loaded from other data.</exception>
    public static async Task<Stack> StartAsync(StackOptions options, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(options.State);
        RememberData(options);
        var chain = await Anvil.StartAsync(options.ChainInMemory ? null : options.In("chain.json"), options.Chain);
        Stack? stack = null;
        try
        {
            var founders = new Founders(options);
            stack = new Stack(options, chain, founders, await founders.DeployAsync(chain, options));
            stack.Faults = options.FaultSeed is { } seed ? new FaultProxy(options.ChainProxy, chain.Url, seed) : null;
            await stack.StartWitnessesAsync(cancel);
            for (var number = 1; number <= Founders.Hospitals.Count; number++)
            {
                await stack.StartSiloAsync(number);
            }

            await Task.WhenAll(stack.silos.Values.Select(silo => silo.ReadyAsync(Patience, cancel: cancel)));
            if (options.SilosOnly)
            {
                return stack;
            }

            stack.payments = stack.StartPayments();
            await stack.StartHubAsync(second: false);
            await Task.WhenAll(new[] { stack.stripe }.OfType<Host>().Select(host => host.ReadyAsync(Patience, cancel: cancel)));
            VerifierZip.Write(options.In("verify.zip"));
            stack.web = Host.Start("web", "Research.Web", "Research.Web.dll", options.Web, options.In("logs", "web.log"), [("Api:Url", stack.Hub.Url.ToString()), ("State", options.In("web")), ("Verifier:Zip", options.In("verify.zip"))]);
            await stack.web.ReadyAsync(Patience, cancel: cancel);
            stack.WriteHubJson();
            return stack;
        }
        catch
        {
            await (stack?.DisposeAsync() ?? chain.DisposeAsync());
            throw;
        }
    }

    /// <summary>The stack that another process runs on this state; null when there is none.</summary>
    public static async Task<Stack?> FindRunningAsync(StackOptions options, CancellationToken cancel = default)
    {
        if (!File.Exists(options.In("hub.json")))
        {
            return null;
        }

        var running = JsonDocument.Parse(await File.ReadAllTextAsync(options.In("hub.json"), cancel)).RootElement;
        var there = options with { Port = running.GetProperty("port").GetInt32() };
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(new Uri(Local(there.Api), "/healthz"), cancel);
            return answer.IsSuccessStatusCode ? new Stack(there, null, new Founders(there), Deployment.Read(there.In("deployment.json"))) : null;
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What the silos said of their loads, this time.</summary>
    public IEnumerable<string> LoadLines() => silos.Values.SelectMany(silo => silo.Lines().Where(line => line.Contains("Load: ", StringComparison.Ordinal))
        .Select(line => $"{silo.Name}: {line[(line.IndexOf("Load: ", StringComparison.Ordinal) + 6)..]}"));

    /// <summary>Starts a silo, or starts it again after it was stopped or killed.</summary>
    public async Task StartSiloAsync(int number, params (string Key, string? Value)[] settings)
    {
        if (silos.Remove(number, out var old))
        {
            await old.DisposeAsync();
        }

        silos[number] = Host.Start(Founders.Hospitals[number - 1].Name, "Silos", "Silos.dll", Options.Silo(number), Options.In("logs", Text($"silo-{number}.log")), [.. await SiloSettingsAsync(number), .. settings]);
    }

    /// <summary>Starts a further process of a silo, or starts it again: the same register, key and database, on a port of its own.</summary>
    /// <param name="copy">From 1.</param>
    public async Task<Host> StartBesideAsync(int number, int copy, params (string Key, string? Value)[] settings)
    {
        if (beside.Remove((number, copy), out var old))
        {
            await old.DisposeAsync();
        }

        return beside[(number, copy)] = Host.Start(
            Text($"{Founders.Hospitals[number - 1].Name}, process {copy + 1}"), "Silos", "Silos.dll", Options.SiloBeside(number, copy), Options.In("logs", Text($"silo-{number}-{copy}.log")), [.. await SiloSettingsAsync(number), .. settings]);
    }

    /// <summary>A further process of a silo that was started.</summary>
    public Host Beside(int number, int copy) => beside[(number, copy)];

    /// <summary>What tells a hub of a further process of a silo.</summary>
    public (string Key, string? Value) BesideSetting(int number, int copy) => (Text($"Silos:{number - 1}:Beside:{copy - 1}"), Local(Options.SiloBeside(number, copy)).ToString());

    public Uri HubBesideUrl => Local(Options.HubBeside);

    /// <summary>Starts the hub or a second process of it on the same database and keys, or starts it again, and waits until it is ready.</summary>
    public async Task StartHubAsync(bool second, params (string Key, string? Value)[] settings)
    {
        await ((second ? secondHub : hub)?.DisposeAsync() ?? ValueTask.CompletedTask);
        var started = Host.Start(second ? "hub, process 2" : "hub", "Research.Api", "Research.Api.dll", second ? Options.HubBeside : Options.Api, Options.In("logs", second ? "hub-2.log" : "hub.log"), [.. await HubSettingsAsync(), .. payments, .. settings]);
        (hub, secondHub) = second ? (hub, started) : (started, secondHub);
        await started.ReadyAsync(Patience);
    }

    /// <summary>What a silo of this stack is told, for a test that runs one itself.</summary>
    public async Task<IReadOnlyList<(string Key, string? Value)>> SiloSettingsAsync(int number)
    {
        var accounts = await Deployer.AccountsAsync(Chain.Rpc);
        var folder = Options.In(Text($"silo-{number}"));
        Directory.CreateDirectory(folder);
        var (name, origin) = Founders.Hospitals[number - 1];
        return
        [
            ("Silo:Name", name),
            ("Silo:Secrets", Path.Combine(folder, "secrets")),
            ("ConnectionStrings:Silo", await DatabaseAsync(Text($"silo-{number}"), Path.Combine(folder, "silo.db"))),
            ("Ledger:Rpc", NodeUrl.ToString()),
            ("Ledger:Deployment", Options.In("deployment.json")),
            ("Ledger:Key", Founders.SiloKeyFile(Options, number)),
            ("Ledger:Origin", origin),
            ("Ledger:Account", accounts[number]),
            ("Ledger:Witnesses", WitnessFilePath),
            ("Datasets:Data", number == 1 ? Options.Data : null),
            ("Datasets:SamplePatients", number == 1 && Options.Data is not null ? null : Options.Patients.ToString(CultureInfo.InvariantCulture)),
            ("Consents:PasskeyOrigins:0", Text($"http://localhost:{Options.Web}")),
            ("Datasets:SampleSeed", number.ToString(CultureInfo.InvariantCulture)),
            ("Callers:Signed", Options.SilosOnly ? "false" : "true"),
            .. Options.Settings ?? [],
        ];
    }

    /// <summary>The officers' token of a hospital, from the silo's own folder.</summary>
    public string OfficerToken(int number) => File.ReadAllText(Options.In(Text($"silo-{number}"), "secrets", "officer.token")).Trim();

    /// <summary>Stops the chain, or kills it.</summary>
    public async Task StopChainAsync() => await Chain.DisposeAsync();

    /// <summary>Starts the chain again where its state file left it, or another file's copy of it.</summary>
    public async Task RestartChainAsync(string? state = null) => chain = await Anvil.StartAsync(state ?? Options.In("chain.json"), Options.Chain);

    public async ValueTask DisposeAsync()
    {
        if (chain is null)
        {
            return;
        }

        foreach (var host in new[] { web, hub, secondHub, stripe }.OfType<Host>())
        {
            await host.DisposeAsync();
        }

        foreach (var silo in silos.Values.Concat(beside.Values))
        {
            await silo.DisposeAsync();
        }

        foreach (var witness in witnesses)
        {
            await witness.DisposeAsync();
        }

        await (Faults?.DisposeAsync() ?? ValueTask.CompletedTask);
        await chain.DisposeAsync();
        File.Delete(Options.In("hub.json"));
    }

    private async Task<IReadOnlyList<(string, string?)>> HubSettingsAsync()
    {
        var accounts = await Deployer.AccountsAsync(Chain.Rpc);
        Directory.CreateDirectory(Options.In("hub"));
        return
        [
            ("ConnectionStrings:Hub", await DatabaseAsync("hub", Options.In("hub", "hub.db"))),
            ("Ledger:Rpc", NodeUrl.ToString()),
            ("Ledger:Deployment", Options.In("deployment.json")),
            ("Ledger:Key", Founders.HubKeyFile(Options)),
            ("Ledger:Origin", Founders.HubOrigin),
            ("Ledger:Account", accounts[Founders.Hospitals.Count + 1]),
            ("Ledger:Witnesses", WitnessFilePath),
            ("Accounts:Samples", Options.In("accounts.json")),
            ("State", Options.In("hub")),
            ("Passkeys:Origins:0", Text($"http://localhost:{Options.Web}")),
            .. silos.SelectMany(silo => new (string, string?)[] { (Text($"Silos:{silo.Key - 1}:Url"), silo.Value.Url.ToString()), (Text($"Silos:{silo.Key - 1}:Name"), silo.Value.Name), (Text($"Silos:{silo.Key - 1}:Institution"), Text($"hospital-{silo.Key}")) }),
            .. Options.HubSettings ?? [],
        ];
    }

    /// <summary>The price list of the sample, and the double of Stripe; with a test-mode key in <c>Stripe__ApiKey</c> Stripe itself, and nothing else differs.</summary>
    /// <returns>What the hub is told of it.</returns>
    private IReadOnlyList<(string, string?)> StartPayments()
    {
        IReadOnlyList<(string, string?)> prices =
        [
            ("Payments:Currency", "BRL"),
            ("Payments:ReviewFee", "50000"),
            ("Payments:DatasetFee", "20000"),
            ("Stripe:ReturnUrl", new Uri(WebUrl, "payments").ToString()),
        ];
        if (Environment.GetEnvironmentVariable("Stripe__ApiKey") is { Length: > 0 })
        {
            return prices;
        }

        var (key, secret) = ("sk_test_" + Hash32.Random(), "whsec_" + Hash32.Random());
        Directory.CreateDirectory(Options.In("stripe"));
        stripe = Host.Start("payments", "StripeDouble", "StripeDouble.dll", Options.StripeDouble, Options.In("logs", "stripe.log"),
        [
            ("Double:ApiKey", key),
            ("Double:WebhookSecret", secret),
            ("Double:Webhook", new Uri(HubUrl, HubRoutes.PaymentEvents).ToString()),
            ("Double:File", Options.In("stripe", "objects.json")),
        ]);
        return
        [
            .. prices,
            ("Stripe:Url", stripe.Url.ToString()),
            ("Stripe:ApiKey", key),
            ("Stripe:WebhookSecret", secret),
            .. Founders.Hospitals.Select((hospital, i) => (Text($"Payments:Accounts:{Hash32.Of(hospital.Origin)}"), (string?)Text($"acct_double{i + 1}"))),
        ];
    }

    private async Task<string> DatabaseAsync(string name, string file) => Options.Databases is { } postgres ? await postgres.DatabaseAsync(name) : $"Data Source={file}";

    private string WitnessFilePath => Options.In("witnesses.json");

    /// <summary>Starts the two witnesses, and writes down who they are for the hosts that ask them.</summary>
    private async Task StartWitnessesAsync(CancellationToken cancel)
    {
        var named = Founders.WitnessNames.Select((name, i) => new NamedWitness(name, Founders.Witnesses[i].Public.Jwk, Local(Options.Witness(i + 1)))).ToList();
        await File.WriteAllTextAsync(WitnessFilePath, JsonSerializer.Serialize(new WitnessFile(1, named), CanonicalJson.Options), cancel);
        for (var number = 1; number <= named.Count; number++)
        {
            var me = named[number - 1];
            Directory.CreateDirectory(Options.In(Text($"witness-{number}")));
            var checker = Options.SilosOnly ? null : await CopyCheckerAsync(Options.In(Text($"witness-{number}"), "researchhub-checker.html"));
            witnesses.Add(Host.Start(me.Name, "Silos.Witness", "witness.dll", Options.Witness(number), Options.In("logs", Text($"witness-{number}.log")),
            [
                ("Witness:Name", me.Name),
                ("Witness:KeyFile", Founders.WitnessKeyFile(Options, number)),
                ("Witness:Database", $"Data Source={Options.In(Text($"witness-{number}"), "witness.db")}"),
                ("Witness:Checker", checker),
                .. named.Where(other => other != me).Select((other, i) => (Text($"Witness:Peers:{i}"), (string?)other.Url.ToString())),
                ("Ledger:Rpc", NodeUrl.ToString()),
                ("Ledger:Deployment", Options.In("deployment.json")),
            ]));
        }

        await Task.WhenAll(witnesses.Select(witness => witness.ReadyAsync(Patience, "/health", cancel)));
    }

    /// <summary>A witness's own copy of the checker, made before any page is served, as her operator would build it.</summary>
    private static async Task<string> CopyCheckerAsync(string file)
    {
        var (code, output) = await Programs.RunAsync(Path.Combine("Research.Web", "release", "Research.Web.dll"), "checker", file);
        return code == 0 ? file : throw new InvalidOperationException($"the checker was not written: {output}");
    }

    /// <summary>The first start decides what the first hospital holds; a later one with other data is refused.</summary>
    private static void RememberData(StackOptions options)
    {
        var file = options.In("data.txt");
        var loads = options.Data is null ? "sample" : Path.GetFullPath(options.Data);
        if (File.Exists(file) && File.ReadAllText(file) is var loaded && loaded != loads)
        {
            throw new StateMismatchException($"--data: this state was loaded from {loaded}; allowed is the same, or another --state folder");
        }

        File.WriteAllText(file, loads);
    }

    private void WriteHubJson() => File.WriteAllText(Options.In("hub.json"), JsonSerializer.Serialize(
        new
        {
            web = web!.Url,
            api = Hub.Url,
            chain = Chain.Url,
            silos = silos.Values.Select(silo => silo.Url),
            witnesses = witnesses.Select(witness => witness.Url),
            port = Options.Port,
            payments = stripe?.Url,
            processes = new Dictionary<string, int>(silos.Select(silo => KeyValuePair.Create(Text($"silo-{silo.Key}"), silo.Value.ProcessId)).Concat(stripe is null ? [] : [KeyValuePair.Create("payments", stripe.ProcessId)]))
            {
                ["web"] = web.ProcessId,
                ["hub"] = Hub.ProcessId,
                ["chain"] = Chain.ProcessId,
            },
        },
        CanonicalJson.Options));

    private static Uri Local(int port) => new(Text($"http://127.0.0.1:{port}"));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>The state folder holds something else than what was asked for.</summary>
public sealed class StateMismatchException(string message) : Exception(message);
