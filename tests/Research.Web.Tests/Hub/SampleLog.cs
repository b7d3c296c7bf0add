using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>A log of some entries with a real tree, so that a browser can check real proofs.</summary>
internal static class SampleLog
{
    private static readonly string[] Kinds = [EntryKind.ApplicationSubmitted, EntryKind.Vote, EntryKind.Vote, EntryKind.PermitIssued, EntryKind.Query, EntryKind.Denial, EntryKind.AuditRead];
    private static readonly List<Entry> Made = [.. Enumerable.Range(0, 37).Select(i => new Entry(
        Kinds[i % Kinds.Length], i, Samples.Time, Hash32.Of("actor" + i % 3), Hash32.Of("salt" + i), i % 2 == 0 ? Hash32.Of("permit") : null, Charge: Kinds[i % Kinds.Length] == EntryKind.Query ? Charge.Of(6641525, 0) : null))];

    private static readonly (Dictionary<long, Hash32> Nodes, Hash32 Root) Tree = Grow();

    public static IReadOnlyList<JsonElement> Entries { get; } = [.. Made.Select(entry => JsonSerializer.SerializeToElement(entry, CanonicalJson.Options))];

    /// <summary>Its text; signatures are not what the pages check.</summary>
    public static string Checkpoint { get; } = new Checkpoint("researchhub.example/hub", Made.Count, Tree.Root, RecordTime.Read(Samples.Time)!.Value).Text() + "\n— hub signature\n";

    public static ProvenEntry Prove(int seq) => new(
        Entries[seq], Checkpoint, [.. ProofPlan.Inclusion(seq, Made.Count).Select(range => ProofPlan.Fold(range.Start, range.End, position => Tree.Nodes[position]).ToString())], "0x6f1d0c4e");

    private static (Dictionary<long, Hash32>, Hash32) Grow()
    {
        var growth = new TreeGrowth(0, _ => default);
        foreach (var entry in Made)
        {
            growth.Append(entry.Leaf());
        }

        return (growth.Made.ToDictionary(node => node.Position, node => node.Hash), growth.Root());
    }
}
