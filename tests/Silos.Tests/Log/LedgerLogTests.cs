using Dapper;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Tests.Storage;
using Xunit;

namespace Silos.Tests.Log;

public sealed class SqliteLogTests : LedgerLogTests
{
    protected override Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgresLogTests(Postgres postgres) : LedgerLogTests
{
    protected override async Task<string?> ConnectionStringAsync() => await postgres.NewDatabaseAsync();
}

/// <summary>What a log promises, on both engines, on a chain that fails when told to.</summary>
public abstract class LedgerLogTests
{
    private static readonly Hash32 Actor = Hash32.Of("actor");

    private static Entry Draft => LedgerLog.Draft(EntryKind.AuditRead, Actor);

    private static Entry Charged => LedgerLog.Draft(EntryKind.Query, Actor) with { Permit = Hash32.Of("permit"), Charge = Charge.Of(7, 8) };

    /// <summary>Goal: an entry becomes final with a checkpoint that the log signed and a proof that holds. Method: append 40 at once, wait for each, check note, proof and anchored root.</summary>
    [Fact]
    public async Task Every_entry_becomes_final_with_a_proof_that_holds()
    {
        await using var running = await StartAsync();
        var entries = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => running.Log.AppendAsync(Draft)));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), entries.Select(entry => entry.Seq).Order());
        foreach (var entry in entries)
        {
            var final = await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience);
            var note = SignedNote.Parse(final.Checkpoint)!;
            var checkpoint = Checkpoint.Parse(note.Text)!;
            Assert.True(note.IsSignedBy(NoteKey.Log(RunningLog.Origin, running.Key.Public)));
            Assert.Equal(entry, final.Entry);
            Assert.True(MerkleProof.Includes(final.Entry.Leaf(), entry.Seq, checkpoint.Size, final.Proof, checkpoint.Root));
            Assert.Contains(running.Chain.Anchorings, anchoring => anchoring.Receipt.Hash == final.Transaction && anchoring.Root == checkpoint.Root && anchoring.Size == (ulong)checkpoint.Size);
            Assert.IsType<Settled.None>(final.Settlement);
        }
    }

    /// <summary>Goal: an entry is in the log if and only if its caller's transaction commits. Method: append in a transaction that fails, then in one that commits.</summary>
    [Fact]
    public async Task An_entry_lives_and_dies_with_its_callers_transaction()
    {
        await using var running = await StartAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => running.Database.WriteAsync("register", async within =>
        {
            await running.Log.AppendAsync(within, Draft);
            throw new TimeoutException();
        }));
        Assert.Equal(0, await running.Log.CountAsync());
        var entry = await running.Database.WriteAsync("register", within => running.Log.AppendAsync(within, Draft));
        Assert.Equal(0, entry.Seq);
        Assert.Equal(entry, (await running.Log.WhenFinalAsync(0, RunningLog.Patience)).Entry);
    }

    /// <summary>Goal: each charge is settled by itself. Method: a chain that refuses every third; compare.</summary>
    [Fact]
    public async Task A_refused_charge_is_told_with_its_reason_and_the_others_are_posted()
    {
        await using var running = await StartAsync();
        running.Chain.Settle = charge => charge.Seq % 3 == 0 ? ChargeRefusal.OverPermitCap : ChargeRefusal.None;
        foreach (var entry in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => running.Log.AppendAsync(Charged))))
        {
            var settlement = (await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience)).Settlement;
            Assert.Equal(entry.Seq % 3 == 0 ? new Settled.Refused(ChargeRefusal.OverPermitCap) : new Settled.Posted(), settlement);
        }

        Assert.Equal(20, running.Chain.Charged);
    }

    /// <summary>Goal: while the chain is down nothing is final and nothing is lost. Method: append, see the wait cancelled, bring the chain back, see it final.</summary>
    [Fact]
    public async Task With_the_chain_down_entries_wait_and_become_final_when_it_is_back()
    {
        await using var running = await StartAsync();
        running.Chain.Down = true;
        var entry = await running.Log.AppendAsync(Charged);
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Log.WhenFinalAsync(entry.Seq, impatience.Token));
        Assert.Null(await running.Log.FindAsync(entry.Seq));
        Assert.Equal("the chain is down", running.Log.Health.Trouble);
        running.Chain.Down = false;
        Assert.IsType<Settled.Posted>((await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience)).Settlement);
        Assert.Equal(1, running.Chain.Charged);
    }

    /// <summary>Goal: the database is the outbox. Method: append with the chain down, restart the process, bring the chain back.</summary>
    [Fact]
    public async Task What_was_appended_before_a_restart_becomes_final_after_it()
    {
        await using var running = await StartAsync();
        running.Chain.Down = true;
        var entry = await running.Log.AppendAsync(Draft);
        await running.RestartAsync(open: false);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => running.Log.AppendAsync(Draft));
        running.Chain.Down = false;
        Assert.Equal(entry, (await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience)).Entry);
        Assert.Equal(1, (await running.Log.AppendAsync(Draft)).Seq);
    }

    /// <summary>Goal: a lost answer charges nothing twice. Method: the chain takes the transaction and the answer is lost.</summary>
    [Fact]
    public async Task A_transaction_whose_answer_was_lost_is_found_and_not_sent_again()
    {
        await using var running = await StartAsync();
        running.Chain.LoseNextReceipt = true;
        var entry = await running.Log.AppendAsync(Charged);
        Assert.IsType<Settled.Posted>((await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience)).Settlement);
        Assert.Equal(1, running.Chain.Charged);
        Assert.Single(running.Chain.Anchorings);
    }

    /// <summary>Goal: a head that went back is noticed, anchored again, and told. Method: three checkpoints; drop the last two; wait for the alarm and re-anchored entries; compare the checkpoints.</summary>
    [Fact]
    public async Task A_head_that_went_back_is_anchored_again_and_told()
    {
        await using var running = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Charged)).Seq, RunningLog.Patience);
        }

        var before = running.Chain.Anchorings;
        running.Chain.DropLast(2);
        await running.Log.WhenFinalAsync(3, RunningLog.Patience);
        await running.Log.WhenFinalAsync(4, RunningLog.Patience);
        Assert.Equal([EntryKind.Alarm, EntryKind.ReAnchored], (await running.Log.ReadAsync(3, 5)).Select(entry => entry.Kind));
        Assert.Equal(before.Select(anchoring => (anchoring.Size, anchoring.Root)), running.Chain.Anchorings.Take(3).Select(anchoring => (anchoring.Size, anchoring.Root)));
        Assert.Equal(running.Chain.Anchorings[2].Receipt.Hash, (await running.Log.FindAsync(2))!.Transaction);
    }

    /// <summary>Goal: a charge that the chain settles otherwise after it went back is told. Method: post, drop, refuse.</summary>
    [Fact]
    public async Task A_charge_settled_otherwise_after_the_head_went_back_raises_an_alarm()
    {
        await using var running = await StartAsync();
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Charged)).Seq, RunningLog.Patience);
        running.Chain.Settle = _ => ChargeRefusal.PermitRevoked;
        running.Chain.DropLast(1);
        await running.Log.WhenFinalAsync(3, RunningLog.Patience);
        Assert.Equal([EntryKind.Alarm, EntryKind.Alarm, EntryKind.ReAnchored], (await running.Log.ReadAsync(1, 4)).Select(entry => entry.Kind));
        Assert.Equal(new Settled.Refused(ChargeRefusal.PermitRevoked), (await running.Log.FindAsync(0))!.Settlement);
    }

    /// <summary>Goal: a chain made anew halts the log with a clear message. Method: drop everything and let the deployment's check fail.</summary>
    [Fact]
    public async Task A_chain_made_anew_halts_the_log()
    {
        await using var running = await StartAsync();
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        running.Chain.IsAnother = true;
        running.Chain.DropLast(1);
        var waiting = running.Log.WhenFinalAsync(99, RunningLog.Patience);
        Assert.Contains("made anew", (await running.EndAsync()).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LedgerHaltedException>(() => waiting);
        await Assert.ThrowsAsync<LedgerHaltedException>(() => running.Log.AppendAsync(Draft));
        Assert.True(running.Log.Health.Halted);
    }

    /// <summary>Goal: a database restored from a backup does not serve. Method: copy the database between two entries and put the copy back.</summary>
    [Fact]
    public async Task A_database_older_than_the_chain_is_refused()
    {
        await using var running = await StartAsync();
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        await running.Database.WriteAsync("log", within => within.Connection!.ExecuteAsync(
            "DELETE FROM log_checkpoints WHERE size = 2; DELETE FROM log_entries WHERE seq = 1; DELETE FROM log_nodes WHERE position IN (1, 2)", transaction: within));
        var refused = await Assert.ThrowsAsync<LedgerHaltedException>(() => running.RestartAsync());
        Assert.Contains("the chain holds 2 entries", refused.Message, StringComparison.Ordinal);
        Assert.Contains("backup", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Goal: who edits the database is found out. Method: edit an entry's text; edit a checkpoint's root; delete a waiting entry.</summary>
    [Theory]
    [InlineData("UPDATE log_entries SET body = replace(body, 'audit-read', 'audit-read2') WHERE seq = 0", "entry 0 in the database is not the one that was signed")]
    [InlineData("UPDATE log_nodes SET hash = (SELECT hash FROM log_nodes WHERE position = 2) WHERE position = 0", "entry 1 in the database is not the one that was signed")]
    [InlineData("DELETE FROM log_nodes WHERE position = 0", "tree node 0 is missing")]
    public async Task An_edited_database_yields_no_proof(string edit, string message)
    {
        await using var running = await StartAsync();
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        await running.Database.WriteAsync("log", within => within.Connection!.ExecuteAsync(edit, transaction: within));
        var found = await Assert.ThrowsAsync<LedgerHaltedException>(async () =>
        {
            await running.Log.FindAsync(0);
            await running.Log.FindAsync(1);
        });
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    /// <summary>Goal: a clock that is off is told once. Method: a chain whose blocks are two minutes early; two entries; one alarm.</summary>
    [Fact]
    public async Task A_checkpoint_dated_a_minute_off_its_block_raises_one_alarm()
    {
        await using var running = await StartAsync();
        running.Chain.ClockOffset = TimeSpan.FromMinutes(-2);
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        await running.Log.WhenFinalAsync(1, RunningLog.Patience);
        await running.Log.WhenFinalAsync((await running.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
        Assert.Equal([EntryKind.AuditRead, EntryKind.Alarm, EntryKind.AuditRead], (await running.Log.ReadAsync(0, 9)).Select(entry => entry.Kind));
    }

    /// <summary>Goal: a malformed draft is refused before it is anywhere. Method: a draft with a place, a kind with a space, a charge without a permit or with a sign.</summary>
    [Fact]
    public async Task A_malformed_draft_is_refused()
    {
        await using var running = await StartAsync();
        foreach (var draft in new[] { Draft with { Seq = 3 }, Draft with { Kind = "two words" }, Charged with { Permit = null }, Charged with { Charge = new Charge("-1", "0") }, Charged with { Charge = new Charge("01", "0") } })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => running.Log.AppendAsync(draft));
        }

        Assert.Equal(0, await running.Log.CountAsync());
    }

    /// <summary>Goal: a receipt opens what it says and nothing else. Method: write one; open it; offer a wrong opening.</summary>
    [Fact]
    public async Task A_receipt_is_signed_and_opens_its_commitments()
    {
        await using var running = await StartAsync();
        var opening = Opening.Of(Hash32.Of("the query"));
        var entry = await running.Log.AppendAsync(Charged with { QueryHash = opening.Commit() });
        var writer = new ReceiptWriter(running.Log, new Deployed("31337", "0xabc"), running.Key);
        var final = await running.Log.WhenFinalAsync(entry.Seq, RunningLog.Patience);
        var receipt = writer.Write(final, new Dictionary<string, Opening> { ["queryHash"] = opening });
        var opened = receipt.Open<Receipt>(new Deployed("31337", "0xabc"));
        Assert.Equal(running.Key.Id, opened.Signer);
        Assert.Equal(entry.Leaf(), CanonicalJson.Read<Entry>(opened.Body!.Entry).Leaf());
        Assert.Throws<ArgumentException>(() => writer.Write(final, new Dictionary<string, Opening> { ["answerHash"] = opening }));
    }

    /// <summary>Goal: several processes of one host share one log. Method: a second process on the same database; both append at once; each sees the other's entries final; then the first stops.</summary>
    [Fact]
    public async Task Several_processes_share_one_log()
    {
        await using var running = await StartAsync();
        await using var other = await running.SecondAsync();
        var entries = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? running : other).Log.AppendAsync(Charged)));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (long)i), entries.Select(entry => entry.Seq).Order());
        await Task.WhenAll(entries.Select(entry => (entry.Seq % 2 == 0 ? running : other).Log.WhenFinalAsync(entry.Seq, RunningLog.Patience)));
        Assert.Equal(60, running.Chain.Charged);
        await running.StopAsync();
        await other.Log.WhenFinalAsync((await other.Log.AppendAsync(Draft)).Seq, RunningLog.Patience);
    }

    protected abstract Task<string?> ConnectionStringAsync();

    private async Task<RunningLog> StartAsync() => await RunningLog.StartAsync(await ConnectionStringAsync());
}
