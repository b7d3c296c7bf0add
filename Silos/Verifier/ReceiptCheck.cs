using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>Checks a receipt against the chain, believing neither the silo that wrote it nor the hub that relayed it. Pure but for its lines of output.</summary>
/// <param name="chain">The contracts' events.</param>
/// <param name="blockTime">Time of a block; null if the chain has no such block.</param>
/// <param name="witnesses">Co-signatures wanted by witnesses in Members; null takes 1 if Members names any, else 0.</param>
internal sealed class ReceiptCheck(ChainReplay chain, Deployed deployed, Func<ulong, DateTimeOffset?> blockTime, int? witnesses, Findings findings)
{
    public void Run(ReceiptFile file)
    {
        var opened = file.Signed.Open<Receipt>(deployed);
        if (!findings.Check(opened.Body is not null, "signature: the receipt is signed, and for this deployment", $"signature: {opened.Reason}"))
        {
            return;
        }

        var receipt = opened.Body!;
        if (Parse(receipt) is not var (entry, note, checkpoint))
        {
            return;
        }

        var logId = Hash32.Of(receipt.Log);
        findings.Check(checkpoint.Origin == receipt.Log, $"log: {receipt.Log}", $"log: the receipt names '{receipt.Log}', its checkpoint '{checkpoint.Origin}'");
        findings.Check(
            MerkleProof.Includes(entry.Leaf(), entry.Seq, checkpoint.Size, receipt.Proof, checkpoint.Root),
            Text($"inclusion: entry {entry.Seq} ({entry.Kind}, {entry.Time}) is in the tree of {checkpoint.Size} entries"),
            Text($"inclusion: entry {entry.Seq} is not in the tree of {checkpoint.Size} entries that the checkpoint signs"));
        if (CheckAnchor(logId, receipt, checkpoint) is { } anchor)
        {
            CheckKeys(logId, anchor, opened.Signer, note);
            CheckWitnesses(note);
            CheckTimes(note, checkpoint, anchor);
            CheckCharge(logId, entry, anchor);
        }

        CheckOpenings(receipt, file.AnswerBytes);
    }

    private (Entry Entry, SignedNote Note, Checkpoint Checkpoint)? Parse(Receipt receipt)
    {
        Entry? entry = null;
        try
        {
            entry = CanonicalJson.Read<Entry>(receipt.Entry);
        }
        catch (JsonException bad)
        {
            findings.Check(false, "", $"entry: {bad.Message}");
        }

        var note = SignedNote.Parse(receipt.Checkpoint);
        var checkpoint = note is null ? null : Checkpoint.Parse(note.Text);
        if (checkpoint is null)
        {
            findings.Check(false, "", "checkpoint: the note is not one");
        }

        return entry is null || checkpoint is null ? null : (entry, note!, checkpoint);
    }

    private AnchorEvent? CheckAnchor(Hash32 logId, Receipt receipt, Checkpoint checkpoint)
    {
        var anchor = chain.Anchors.GetValueOrDefault((logId, checkpoint.Size));
        if (!findings.Check(anchor is not null && anchor.Root == checkpoint.Root,
            Text($"anchor: size {checkpoint.Size} and its root are on the chain, in block {anchor?.Block}"),
            anchor is null ? Text($"anchor: the chain has no checkpoint of size {checkpoint.Size} of this log") : Text($"anchor: the chain's root at size {checkpoint.Size} is another")))
        {
            return null;
        }

        if (anchor!.Transaction != receipt.Transaction)
        {
            findings.Note($"anchor: the receipt names transaction {receipt.Transaction}; after the chain's head went back, it was anchored again in {anchor.Transaction}");
        }

        return anchor;
    }

    private void CheckKeys(Hash32 logId, AnchorEvent anchor, Hash32 signer, SignedNote note)
    {
        var allowed = chain.LogKeysAt(logId, anchor.Block);
        findings.Check(allowed.Contains(signer), $"signer: Members names key {signer} for this log", $"signer: key {signer} is not the one that Members names for this log");
        findings.Check(
            allowed.Any(member => chain.KeyOf(member) is { } key && note.IsSignedBy(NoteKey.Log(Checkpoint.Parse(note.Text)!.Origin, key))),
            "checkpoint: signed with the log's key in Members",
            "checkpoint: not signed with the log's key in Members");
    }

    private void CheckWitnesses(SignedNote note)
    {
        var known = chain.RolesEver.Where(member => member.Value.HasFlag(Roles.Witness)).Select(member => member.Key).ToList();
        var signed = Cosigners(note, known).Select(found => found.Name).ToList();
        var wanted = witnesses ?? (known.Count > 0 ? 1 : 0);
        findings.Check(signed.Count >= wanted,
            Text($"witnesses: {signed.Count} of {known.Count} in Members co-signed{(signed.Count > 0 ? ": " + string.Join(", ", signed) : "")}"),
            Text($"witnesses: {signed.Count} of {known.Count} in Members co-signed; wanted are {wanted}"));
    }

    private void CheckTimes(SignedNote note, Checkpoint checkpoint, AnchorEvent anchor)
    {
        var known = chain.RolesEver.Where(member => member.Value.HasFlag(Roles.Witness)).Select(member => member.Key).ToList();
        foreach (var flag in CheckpointTimes.Flags(checkpoint.Time, blockTime(anchor.Block), Cosigners(note, known).Select(found => found.Time)))
        {
            findings.Note("time: " + flag);
        }
    }

    private void CheckCharge(Hash32 logId, Entry entry, AnchorEvent anchor)
    {
        if (entry.Permit is { } id && chain.Permits.GetValueOrDefault(id) is { } permit)
        {
            var active = permit.StatusAt(ulong.MaxValue, 0) == PermitStatus.Active;
            findings.Note(Text($"permit: issued in block {permit.Issued}, until {RecordTime.Write(permit.NotAfter)}, {(active ? "neither suspended nor revoked" : "now suspended or revoked")}"));
        }

        if (entry.Charge is not { } charge)
        {
            return;
        }

        var posted = chain.Charges.GetValueOrDefault((logId, entry.Seq));
        findings.Check(posted is { Refusal: ChargeRefusal.None } && posted.Permit == entry.Permit && ChargeOf(posted.Amount) == charge && posted.Transaction == anchor.Transaction,
            Text($"charge: rho {charge.Rho}e-9, delta {charge.Delta}e-18 and {charge.Files} files are posted under permit {entry.Permit}"),
            posted is null ? Text($"charge: the chain settled no charge of entry {entry.Seq}")
            : posted.Refusal != ChargeRefusal.None ? Text($"charge: the chain refused it: {posted.Refusal}")
            : Text($"charge: the chain posted another amount, permit or transaction than entry {entry.Seq} says"));
    }

    private void CheckOpenings(Receipt receipt, byte[]? answer)
    {
        foreach (var (member, opening) in receipt.Opened.OrderBy(opened => opened.Key, StringComparer.Ordinal))
        {
            findings.Check(receipt.Entry[member]?.ToString() == opening.Commit().ToString(), $"opening: {member} is what the entry commits to", $"opening: {member} is not what the entry commits to");
        }

        if (answer is not null)
        {
            findings.Check(receipt.Opened.TryGetValue("answerHash", out var sent) && sent.Content == Hash32.Of(answer),
                "answer: its bytes are those that the entry commits to",
                receipt.Opened.ContainsKey("answerHash") ? "answer: its bytes are not those that the entry commits to" : "answer: the receipt does not open answerHash");
        }
        else if (receipt.Opened.ContainsKey("answerHash"))
        {
            findings.Note("answer: not compared; the file has no member 'answer'");
        }
    }

    private List<(string Name, DateTimeOffset Time)> Cosigners(SignedNote note, IEnumerable<Hash32> known) =>
    [
        .. known.SelectMany(member => note.Signatures.Select(line => line.Name).Distinct().Select(name => (Name: name, Time: note.CosignedAt(NoteKey.Witness(name, chain.KeyOf(member)!)))))
            .Where(found => found.Time is not null).Select(found => (found.Name, found.Time!.Value)),
    ];

    private static Charge ChargeOf(Amount amount) => Charge.Of(amount.Rho, amount.Delta, (int)amount.Files);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
