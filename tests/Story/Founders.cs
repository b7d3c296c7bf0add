using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Story;

/// <summary>The members of the embedded default: three people of the board, two hospitals, the hub, two witnesses. Their keys lie in the state folder.</summary>
public sealed class Founders
{
    /// <summary>Approvals that a decision of the board needs.</summary>
    public const int Quorum = 2;

    /// <summary>ρ of a register and period (DESIGN.md, "Numbers"): 0.5.</summary>
    private const ulong RegisterRho = 500_000_000;

    /// <summary>δ that private selection of keys may spend on a register and period: 1e-4 of an atto's 1e18.</summary>
    private const ulong RegisterDelta = 100_000_000_000_000;

    /// <summary>Files that may leave a register: the sample's board allows more than DESIGN's default of one a year, so that the demo can be repeated.</summary>
    private const uint RegisterFiles = 12;

    /// <summary>The two hospitals: name as people read it, and the last part of the log's origin.</summary>
    public static IReadOnlyList<(string Name, string Origin)> Hospitals { get; } =
    [
        ("Serra Verde Hospital", "researchhub.example/serra-verde"),
        ("Santa Luzia Hospital", "researchhub.example/santa-luzia"),
    ];

    /// <summary>Origin of the hub's log.</summary>
    public const string HubOrigin = "researchhub.example/hub";

    public Founders(StackOptions options)
    {
        Board = [.. Enumerable.Range(1, 3).Select(number => SigningKey.LoadOrCreate(options.In("keys", $"board-{number}.jwk")))];
        Silos = [.. Enumerable.Range(1, Hospitals.Count).Select(number => SigningKey.LoadOrCreate(SiloKeyFile(options, number)))];
        Hub = SigningKey.LoadOrCreate(HubKeyFile(options));
        Witnesses = [.. Enumerable.Range(1, WitnessNames.Count).Select(number => SigningKey.LoadOrCreate(WitnessKeyFile(options, number)))];
    }

    public IReadOnlyList<SigningKey> Board { get; }

    public IReadOnlyList<SigningKey> Silos { get; }

    public SigningKey Hub { get; }

    public IReadOnlyList<SigningKey> Witnesses { get; }

    /// <summary>Who witnesses: a patients' association and the board. One of the two must co-sign.</summary>
    public static IReadOnlyList<string> WitnessNames { get; } = ["patients.example/witness", "board.example/witness"];

    public static string WitnessKeyFile(StackOptions options, int number) => options.In("keys", $"witness-{number}.jwk");

    public static string SiloKeyFile(StackOptions options, int number) => options.In("keys", $"silo-{number}.jwk");

    public static string HubKeyFile(StackOptions options) => options.In("keys", "hub.jwk");

    /// <summary>Puts the contracts on the chain, unless the state folder says that they are there.</summary>
    public async Task<Deployment> DeployAsync(Anvil chain, StackOptions options)
    {
        var file = options.In("deployment.json");
        if (File.Exists(file))
        {
            return Deployment.Read(file);
        }

        var accounts = await Deployer.AccountsAsync(chain.Rpc);
        List<Member> members = [
            .. Board.Select(key => new Member(key.Public.Jwk, Roles.Board)),
            .. Silos.Select(key => new Member(key.Public.Jwk, Roles.Organisation | Roles.Log)),
            new Member(Hub.Public.Jwk, Roles.Organisation | Roles.Log),
            .. Witnesses.Select(key => new Member(key.Public.Jwk, Roles.Witness))];
        List<RegisteredLog> logs = [
            .. Hospitals.Select((hospital, i) => new RegisteredLog(Hash32.Of(hospital.Origin), Silos[i].Id, accounts[i + 1])),
            new RegisteredLog(Hash32.Of(HubOrigin), Hub.Id, accounts[Hospitals.Count + 1])];
        var limits = Hospitals.Select(hospital => new Limit(Hash32.Of(hospital.Origin), new Amount(RegisterRho, RegisterDelta, RegisterFiles))).ToList();
        var deployment = await Deployer.DeployAsync(chain.Rpc, new Founding(members, logs, Quorum, limits));
        deployment.Write(file);
        return deployment;
    }
}
