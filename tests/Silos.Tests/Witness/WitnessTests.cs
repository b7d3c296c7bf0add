using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Tests.Chain;
using Silos.Witness;
using Story;
using Xunit;

namespace Silos.Tests.Witness;

/// <summary>Two witnesses as they run, on a real chain.</summary>
public sealed class WitnessTests(ChainFixture chain) : IClassFixture<ChainFixture>, IAsyncDisposable
{
    private const string Origin = "researchhub.example/witnessed";

    private readonly string folder = Directory.CreateTempSubdirectory("witness").FullName;
    private readonly HttpClient http = new();
    private Board board = null!;
    private RunningWitness first = null!;
    private RunningWitness second = null!;

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    /// <summary>Goal: with a quorum of two, every final entry carries both co-signatures. Method: a log with both; then with one stopped, quorum 2 waits and quorum 1 goes on.</summary>
    [Fact]
    public async Task A_log_is_final_with_its_quorum_of_witnesses_and_not_below()
    {
        await FoundAsync();
        var final = await AppendAsync(2);
        var note = SignedNote.Parse(final.Checkpoint)!;
        Assert.NotNull(note.CosignedAt(NoteKey.Witness(first.Name, first.Key.Public)));
        Assert.NotNull(note.CosignedAt(NoteKey.Witness(second.Name, second.Key.Public)));
        await second.StopAsync();
        var late = await Assert.ThrowsAsync<LedgerUnavailableException>(() => AppendAsync(2));
        Assert.Contains("2 of 2 witnesses must co-sign", late.Message, StringComparison.Ordinal);
        Assert.Contains(second.Name, late.Message, StringComparison.Ordinal);
        Assert.Null(SignedNote.Parse((await AppendAsync(1)).Checkpoint)!.CosignedAt(NoteKey.Witness(second.Name, second.Key.Public)));
        await second.StartAsync(first);
        Assert.NotNull(SignedNote.Parse((await AppendAsync(2)).Checkpoint)!.CosignedAt(NoteKey.Witness(second.Name, second.Key.Public)));
    }

    /// <summary>Goal: a witness signs only what extends what it has signed, also after a restart. Method: the answers of C2SP tlog-witness, one by one.</summary>
    [Fact]
    public async Task A_witness_signs_only_what_extends_what_it_signed()
    {
        await FoundAsync();
        var (one, two) = (Note(["a"]), Note(["a", "b"]));
        Assert.Equal((404, "Members names no log 'nobody.example/log'\n"), await AddAsync(first, 0, [], Note(["a"], "nobody.example/log")));
        using var stranger = SigningKey.Create();
        Assert.Equal(403, (await AddAsync(first, 0, [], SignedNote.Sign(one.Text, Origin, stranger))).Status);
        Assert.Equal(400, (await AddAsync(first, 2, [], one)).Status);
        Assert.Equal(400, await PostAsync(first, "add-checkpoint", "old 0\n\nnonsense"));
        Assert.Equal(200, (await AddAsync(first, 0, [], one)).Status);
        Assert.Equal((409, "1\n"), await AddAsync(first, 0, [], two));
        Assert.Equal((409, "1\n"), await AddAsync(first, 1, [], Note(["x"])));
        Assert.Equal(422, (await AddAsync(first, 1, [TreeHash.Leaf("z"u8)], two)).Status);
        await first.StopAsync();
        await first.StartAsync();
        Assert.Equal((409, "1\n"), await AddAsync(first, 0, [], two));
        var (status, line) = await AddAsync(first, 1, [TreeHash.Leaf("b"u8)], two);
        Assert.Equal(200, status);
        Assert.NotNull(two.With(NoteSignature.Parse(line.TrimEnd('\n'))!).CosignedAt(NoteKey.Witness(first.Name, first.Key.Public)));
        Assert.Equal(200, (await AddAsync(first, 2, [], two)).Status);
    }

    /// <summary>Goal: a log that shows two histories is found out. Method: each witness co-signs another one of the same size; both raise the alarm by gossip, each keeping the other's signed note.</summary>
    [Fact]
    public async Task Two_histories_raise_an_alarm_at_both_witnesses()
    {
        await FoundAsync();
        await AddAsync(first, 0, [], Note(["a", "b"]));
        await AddAsync(second, 0, [], Note(["a", "c"]));
        Assert.Contains("two histories", (await second.AlarmAsync(http, Patience)).Reason, StringComparison.Ordinal);
        await first.StopAsync();
        await first.StartAsync(second);
        var alarm = await first.AlarmAsync(http, Patience);
        Assert.Equal(Checkpoint.Parse(Note(["a", "c"]).Text)!.Root, Checkpoint.Parse(SignedNote.Parse(alarm.Note)!.Text)!.Root);
    }

    /// <summary>Goal: a fork shown to one client alone is found out when she shows it to a witness. Method: notes of a size the chain passed over, of one it has not reached, and of the true one.</summary>
    [Fact]
    public async Task A_fork_that_a_client_was_shown_is_told_from_the_true_history()
    {
        await FoundAsync();
        var final = await AppendAsync(1);
        Assert.Equal(200, await PostAsync(second, "gossip", final.Checkpoint));
        Assert.Equal(202, await PostAsync(second, "gossip", Note(["a", "b", "c"]).ToString()));
        await AppendAsync(1, 5);
        Assert.Equal(409, await PostAsync(second, "gossip", Note(["a", "b", "c"]).ToString()));
        Assert.Equal(400, await PostAsync(second, "gossip", final.Checkpoint.Replace("time", "tame", StringComparison.Ordinal)));
    }

    /// <summary>Goal: a log that is anchored on while a witness compares is not accused. Method: she is told of a checkpoint before it is anchored; once the chain has answered her first question about the log, it and a larger one are anchored.</summary>
    [Fact]
    public async Task A_checkpoint_that_is_anchored_while_a_witness_compares_is_no_fork()
    {
        await FoundAsync();
        var (one, two) = (Note(["a"]), Note(["a", "b"]));
        var asked = 0;
        using var wire = new TappedWire(async (request, answer) =>
        {
            if (request.Contains(board.LogId.ToHex()[2..], StringComparison.Ordinal) && asked++ == 0)
            {
                Assert.NotNull((await board.Client.AnchorAsync(board.LogId, 1, Checkpoint.Parse(one.Text)!.Root, [], [])).Anchoring);
                Assert.NotNull((await board.Client.AnchorAsync(board.LogId, 2, Checkpoint.Parse(two.Text)!.Root, [TreeHash.Leaf("b"u8)], [])).Anchoring);
            }

            return answer;
        });
        using var slow = new HttpClient(wire);
        using var client = new ChainClient(new JsonRpc(slow, chain.Anvil.Url), board.Client.Deployment);
        await using var database = new Database($"Data Source={Path.Combine(folder, "third.db")}");
        var store = new WitnessStore(database);
        await store.OpenAsync(Patience);
        var compare = new CompareHistories(new KnownLogs(client), store, client, TimeProvider.System, NullLogger<CompareHistories>.Instance);
        Assert.IsType<Comparison.Same>(await compare.HearAsync(one.ToString(), "a client", Patience));
        Assert.InRange(asked, 2, int.MaxValue);
        Assert.Empty(await store.AlarmsAsync());
    }

    /// <summary>Goal: a witness vouches, signed, for the very file that her operator looked at, and for nothing without one. Method: none configured; then a copy, whose statement verifies under her key, names its hash and no changed file's, and does not verify when the hash in it is changed; then a copy that is not there.</summary>
    [Fact]
    public async Task A_witness_vouches_for_the_checker_that_her_operator_looked_at()
    {
        await FoundAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(first.Url, "checker"))).StatusCode);
        await first.StopAsync();
        first.Checker = Path.Combine(folder, "checker.html");
        await Assert.ThrowsAsync<FileNotFoundException>(() => first.StartAsync());
        byte[] looked = [.. "<!DOCTYPE html>"u8];
        await File.WriteAllBytesAsync(first.Checker, looked);
        await first.StartAsync();

        var json = JsonNode.Parse(await http.GetStringAsync(new Uri(first.Url, "checker")))!;
        var (body, signer, reason) = CanonicalJson.Read<SignedRecord>(json).Open<CheckerStatement>(board.Client.Deployment.Deployed);
        Assert.Null(reason);
        Assert.Equal((Hash32.Of(looked), first.Name, first.Key.Id), (body!.Checker, body.Witness, signer));
        Assert.NotEqual(Hash32.Of("<!DOCTYPE html >"), body.Checker);
        Assert.Equal(looked, await http.GetByteArrayAsync(new Uri(first.Url, "checker.html")));
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(looked)) + "  ", await http.GetStringAsync(new Uri(first.Url, "checker.html.sha256")), StringComparison.Ordinal);
        json["body"]!["checker"] = Hash32.Of("another file").ToString();
        Assert.Equal("the signature does not verify", CanonicalJson.Read<SignedRecord>(json).Open<CheckerStatement>(board.Client.Deployment.Deployed).Reason);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var witness in new[] { first, second }.Where(witness => witness is not null))
        {
            await witness.DisposeAsync();
        }

        board?.Dispose();
        http.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private async Task FoundAsync()
    {
        chain.Require();
        var deployment = Path.Combine(folder, "deployment.json");
        first = new RunningWitness(folder, "w1", chain.Anvil.Url, deployment);
        second = new RunningWitness(folder, "w2", chain.Anvil.Url, deployment);
        board = await chain.FoundAsync(default, Hash32.Of(Origin), first.Key, second.Key);
        board.Client.Deployment.Write(deployment);
        await first.StartAsync();
        await second.StartAsync(first);
    }

    /// <summary>Appends to the log, run by a process with both witnesses and this quorum, and stops the process again.</summary>
    private async Task<FinalEntry> AppendAsync(int quorum, int entries = 1)
    {
        await using var database = new Database($"Data Source={Path.Combine(folder, "log.db")}");
        using var log = new LedgerLog(database, board.Silo, Origin, board.Client, new LogOptions { BatchAge = TimeSpan.FromMilliseconds(5) }, TimeProvider.System, NullLogger<LedgerLog>.Instance,
            new WitnessQuorum(http, [first.Known, second.Known], quorum));
        await log.OpenAsync();
        using var stop = new CancellationTokenSource();
        var running = log.RunAsync(stop.Token);
        try
        {
            var appended = await Task.WhenAll(Enumerable.Range(0, entries).Select(_ => log.AppendAsync(LedgerLog.Draft(EntryKind.AuditRead, board.Silo.Id))));
            var final = log.WhenFinalAsync(appended[^1].Seq, stop.Token);
            await Until.TrueAsync("the entry to be final, or trouble", TimeSpan.FromMinutes(2), () => Task.FromResult(final.IsCompleted || log.Health.Trouble is not null));
            return log.Health.Trouble is { } trouble ? throw new LedgerUnavailableException(trouble) : await final;
        }
        finally
        {
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => running);
        }
    }

    private SignedNote Note(IEnumerable<string> leaves, string origin = Origin)
    {
        var growth = new TreeGrowth(0, _ => default);
        leaves.ToList().ForEach(leaf => growth.Append(TreeHash.Leaf(Encoding.UTF8.GetBytes(leaf))));
        return SignedNote.Sign(new Checkpoint(origin, growth.Size, growth.Root(), TimeProvider.System.GetUtcNow()).Text(), origin, board.Silo);
    }

    private async Task<(int Status, string Text)> AddAsync(RunningWitness witness, long old, IEnumerable<Hash32> proof, SignedNote note)
    {
        using var content = new StringContent($"old {old}\n{string.Concat(proof.Select(hash => Convert.ToBase64String(hash.ToArray()) + "\n"))}\n{note}");
        using var response = await http.PostAsync(new Uri(witness.Url, "add-checkpoint"), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<int> PostAsync(RunningWitness witness, string path, string text)
    {
        using var content = new StringContent(text);
        using var response = await http.PostAsync(new Uri(witness.Url, path), content);
        return (int)response.StatusCode;
    }
}
