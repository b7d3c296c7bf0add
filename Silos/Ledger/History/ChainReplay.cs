using System.Globalization;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.History;

/// <summary>
/// What the contracts' events, replayed in order, say happened: who was a member when, what the board issued, what was anchored and charged.
/// Pure; the same for a live chain and for the <c>chain.ndjson</c> of an export.
/// </summary>
public sealed class ChainReplay
{
    private readonly List<(ulong Block, Hash32 Log, Hash32 Member)> logKeys = [];
    private readonly Dictionary<Hash32, PermitHistory> permits = [];
    private readonly Dictionary<Hash32, Roles> rolesEver = [];
    private readonly Dictionary<Hash32, PublicKey> keys = [];
    private readonly Dictionary<(Hash32 Log, long Size), AnchorEvent> anchors = [];
    private readonly Dictionary<(Hash32 Log, long Seq), ChargeEvent> charges = [];
    private readonly Dictionary<Hash32, List<(ulong Block, Amount Most)>> limits = [];

    private ChainReplay()
    {
    }

    public IReadOnlyDictionary<(Hash32 Log, long Size), AnchorEvent> Anchors => anchors;

    public IReadOnlyDictionary<(Hash32 Log, long Seq), ChargeEvent> Charges => charges;

    public IReadOnlyDictionary<Hash32, PermitHistory> Permits => permits;

    /// <summary>Everybody who ever was a member, with every role ever held.</summary>
    public IReadOnlyDictionary<Hash32, Roles> RolesEver => rolesEver;

    /// <summary>Replays events that are in the order of the chain.</summary>
    /// <exception cref="FormatException">An event lacks a field, or has one of another type.</exception>
    public static ChainReplay Of(IEnumerable<ChainEvent> events)
    {
        var replay = new ChainReplay();
        foreach (var happened in events)
        {
            try
            {
                replay.Apply(happened);
            }
            catch (Exception bad) when (bad is NullReferenceException or InvalidOperationException or OverflowException)
            {
                throw new FormatException($"event {happened.Name} in block {happened.Block}: a field is missing or not of its type", bad);
            }
        }

        return replay;
    }

    /// <summary>The key of a member past or present.</summary>
    public PublicKey? KeyOf(Hash32 member) => keys.GetValueOrDefault(member);

    /// <summary>The members whose key signs this log's checkpoints at the block: usually one; two in a block that changes it.</summary>
    public IReadOnlyList<Hash32> LogKeysAt(Hash32 log, ulong block)
    {
        var before = logKeys.Where(change => change.Log == log && change.Block < block).Select(change => change.Member).TakeLast(1);
        return [.. before.Concat(logKeys.Where(change => change.Log == log && change.Block == block).Select(change => change.Member)).Distinct()];
    }

    /// <summary>The limit of a register as the board last set it, and all it ever was.</summary>
    public IReadOnlyList<(ulong Block, Amount Most)> LimitsOf(Hash32 register) => limits.TryGetValue(register, out var found) ? found : [];

    /// <summary>Which permit a vote's subject is about: its issue, and each act that could follow.</summary>
    public IReadOnlyDictionary<Hash32, Hash32> PermitsBySubject()
    {
        var subjects = new Dictionary<Hash32, Hash32>();
        foreach (var (id, permit) in permits)
        {
            subjects[Subjects.Issue(new Terms(id, permit.NotAfter, permit.Caps))] = id;
            foreach (var act in Enum.GetValues<PermitAct>())
            {
                for (var acts = 0UL; acts <= (ulong)permit.Acts.Count; acts++)
                {
                    subjects[Subjects.Act(id, act, acts)] = id;
                }
            }
        }

        return subjects;
    }

    private void Apply(ChainEvent happened)
    {
        switch (happened.Name)
        {
            case "MemberChanged":
                var key = PublicKey.From(Field(happened, "x").ToArray(), Field(happened, "y").ToArray());
                keys[key.Id] = key;
                rolesEver[key.Id] = rolesEver.GetValueOrDefault(key.Id) | (Roles)Number(happened.Fields["roles"]!);
                break;
            case "LogChanged":
                logKeys.Add((happened.Block, Field(happened, "logId"), Field(happened, "member")));
                break;
            case "LimitChanged":
                var register = Field(happened, "register");
                if (!limits.TryGetValue(register, out var set))
                {
                    limits[register] = set = [];
                }

                set.Add((happened.Block, ReadAmount(happened.Fields["most"]!)));
                break;
            case "PermitIssued":
                permits[Field(happened, "permitId")] = new PermitHistory(
                    happened.Block,
                    DateTimeOffset.FromUnixTimeSeconds((long)Number(happened.Fields["notAfter"]!)),
                    [.. happened.Fields["caps"]!.AsArray().Select(cap => new Cap(Hash32.Parse(cap!["register"]!.GetValue<string>()), ReadAmount(cap["most"]!)))]);
                break;
            case "PermitSuspended" or "PermitResumed" or "PermitRevoked":
                permits[Field(happened, "permitId")].Acts.Add((happened.Block, happened.Index, happened.Name));
                break;
            case "CheckpointAnchored":
                anchors[(Field(happened, "logId"), (long)Number(happened.Fields["size"]!))] = new AnchorEvent(Field(happened, "root"), happened.Block, happened.BlockHash, happened.Transaction);
                break;
            case "ChargePosted":
                charges[(Field(happened, "logId"), (long)Number(happened.Fields["seq"]!))] =
                    new ChargeEvent(Field(happened, "permitId"), ReadAmount(happened.Fields["amount"]!), ChargeRefusal.None, happened.Block, happened.Index, happened.Transaction);
                break;
            case "ChargeRefused":
                charges.TryAdd((Field(happened, "logId"), (long)Number(happened.Fields["seq"]!)),
                    new ChargeEvent(Field(happened, "permitId"), default, (ChargeRefusal)Number(happened.Fields["reason"]!), happened.Block, happened.Index, happened.Transaction));
                break;
        }
    }

    internal static Hash32 Field(ChainEvent happened, string name) => Hash32.Parse(happened.Fields[name]!.GetValue<string>());

    internal static ulong Number(JsonNode number) => ulong.Parse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture);

    internal static Amount ReadAmount(JsonNode amount) => new(Number(amount["rho"]!), Number(amount["delta"]!), checked((uint)Number(amount["files"]!)));
}

/// <summary>A checkpoint's anchoring.</summary>
public sealed record AnchorEvent(Hash32 Root, ulong Block, string BlockHash, string Transaction);

/// <summary>What became of an entry's charge; the amount is there when it was posted.</summary>
public sealed record ChargeEvent(Hash32 Permit, Amount Amount, ChargeRefusal Refusal, ulong Block, ulong Index, string Transaction);

/// <summary>A permit from its issue on.</summary>
public sealed record PermitHistory(ulong Issued, DateTimeOffset NotAfter, IReadOnlyList<Cap> Caps)
{
    /// <summary>What the board did to it: <c>PermitSuspended</c>, <c>PermitResumed</c>, <c>PermitRevoked</c>, in order.</summary>
    public List<(ulong Block, ulong Index, string Act)> Acts { get; } = [];

    /// <summary>What the board had made of it at this place of the chain; expiry is the caller's to tell from the block's time.</summary>
    public PermitStatus StatusAt(ulong block, ulong index) =>
        Issued > block ? PermitStatus.None
        : Acts.LastOrDefault(act => act.Block < block || (act.Block == block && act.Index < index)).Act switch
        {
            "PermitSuspended" => PermitStatus.Suspended,
            "PermitRevoked" => PermitStatus.Revoked,
            _ => PermitStatus.Active,
        };
}
