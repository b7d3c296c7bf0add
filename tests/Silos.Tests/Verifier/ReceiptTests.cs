using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Tests.Chain;
using Silos.Verifier;
using Xunit;

namespace Silos.Tests.Verifier;

/// <summary>A true receipt from a log on a real chain, and what a verifier says to it and to everything that was made of it.</summary>
public sealed class ReceiptTests(ReceiptTests.Issued issued) : IClassFixture<ReceiptTests.Issued>
{
    /// <summary>Goal: a true receipt verifies by the chain's address alone, alone and with its answer. Method: run the command on both files.</summary>
    [Fact]
    public async Task A_true_receipt_verifies()
    {
        issued.Chain.Require();
        var (code, output) = await VerifyAsync(Issued.WithAnswer(Issued.Answer, issued.Receipt));
        Assert.True(code == 0, output);
        Assert.Contains("ok     answer:", output, StringComparison.Ordinal);
        Assert.Contains("ok     charge:", output, StringComparison.Ordinal);
        Assert.Contains("ok     deployment: the four contracts have the published code", output, StringComparison.Ordinal);
        Assert.EndsWith("receipt verified\n", output, StringComparison.Ordinal);
        (code, output) = await VerifyAsync(JsonSerializer.SerializeToNode(issued.Receipt, CanonicalJson.Options)!.ToJsonString());
        Assert.True(code == 0, output);
    }

    /// <summary>Goal: whoever alters a receipt is found out. Method: alter one character of the answer, of each signed member, and of the signature.</summary>
    [Fact]
    public async Task An_altered_receipt_does_not_verify()
    {
        issued.Chain.Require();
        var (code, output) = await VerifyAsync(Issued.WithAnswer(Issued.Answer.Replace('7', '8'), issued.Receipt));
        Assert.Equal(1, code);
        Assert.Contains("answer: its bytes are not those", output, StringComparison.Ordinal);
        foreach (var member in new[] { "log", "checkpoint", "transaction", "nonce" })
        {
            var body = issued.Receipt.Body.DeepClone().AsObject();
            var text = body[member]!.GetValue<string>();
            body[member] = text[..^5] + (text[^5] == 'a' ? 'b' : 'a') + text[^4..];
            (code, output) = await VerifyAsync(Text(issued.Receipt with { Body = body }), "--deployment", issued.DeploymentFile);
            Assert.Equal(1, code);
            Assert.Contains("the signature does not verify", output, StringComparison.Ordinal);
        }
    }

    /// <summary>Goal: the log's own key holder cannot tell a lie either. Method: alter the receipt and sign it anew with the log's key; each lie has its reason.</summary>
    [Theory]
    [InlineData("entry.permit", "inclusion: entry 1 is not in the tree")]
    [InlineData("entry.consentRoot", "inclusion: entry 1 is not in the tree")]
    [InlineData("entry.charge", "inclusion: entry 1 is not in the tree")]
    [InlineData("proof", "inclusion: entry 1 is not in the tree")]
    [InlineData("opened", "opening: queryHash is not what the entry commits to")]
    [InlineData("checkpoint", "anchor: the chain's root at size 3 is another")]
    [InlineData("log", "log: the receipt names")]
    public async Task A_receipt_that_the_log_itself_falsified_does_not_verify(string lie, string reason)
    {
        issued.Chain.Require();
        var body = issued.Receipt.Body.DeepClone().AsObject();
        switch (lie)
        {
            case "entry.charge":
                body["entry"]!["charge"]!["rho"] = "1";
                break;
            case "proof":
                body["proof"]![0] = Hash32.Random().ToString();
                break;
            case "opened":
                body["opened"]!["queryHash"]!["content"] = Hash32.Random().ToString();
                break;
            case "checkpoint":
                body["checkpoint"] = body["checkpoint"]!.GetValue<string>().Replace("\n2\n", "\n3\n", StringComparison.Ordinal);
                break;
            case "log":
                body["log"] = "researchhub.example/other";
                break;
            default:
                body["entry"]![lie.Split('.')[1]] = Hash32.Random().ToString();
                break;
        }

        var (code, output) = await VerifyAsync(Text(Issued.Resign(body, issued.Board.Silo)));
        Assert.Equal(1, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    /// <summary>Goal: a stranger's key signs no receipts. Method: sign the true body with another key.</summary>
    [Fact]
    public async Task A_receipt_signed_by_a_stranger_does_not_verify()
    {
        issued.Chain.Require();
        using var stranger = SigningKey.Create();
        var (code, output) = await VerifyAsync(Text(Issued.Resign(issued.Receipt.Body, stranger)));
        Assert.Equal(1, code);
        Assert.Contains("is not the one that Members names for this log", output, StringComparison.Ordinal);
    }

    /// <summary>Goal: a receipt of a refused charge does not pass for an answer's. Method: a query over the permit's cap.</summary>
    [Fact]
    public async Task A_receipt_whose_charge_was_refused_does_not_verify()
    {
        issued.Chain.Require();
        var (code, output) = await VerifyAsync(Text(issued.Refused));
        Assert.Equal(1, code);
        Assert.Contains("charge: the chain refused it: OverPermitCap", output, StringComparison.Ordinal);
    }

    /// <summary>Goal: where witnesses are wanted, a receipt without them does not verify. Method: want one.</summary>
    [Fact]
    public async Task A_receipt_without_wanted_witnesses_does_not_verify()
    {
        issued.Chain.Require();
        var (code, output) = await VerifyAsync(Text(issued.Receipt), "--witnesses", "1");
        Assert.Equal(1, code);
        Assert.Contains("wanted are 1", output, StringComparison.Ordinal);
    }

    /// <summary>Goal: what cannot be checked is a usage error with one line. Method: no file, no receipt, no option.</summary>
    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"receipt\":3}")]
    [InlineData("not json")]
    public async Task What_is_no_receipt_is_a_usage_error(string text)
    {
        issued.Chain.Require();
        Assert.Equal(2, (await VerifyAsync(text)).Code);
    }

    private static string Text(SignedRecord record) => JsonSerializer.Serialize(record, CanonicalJson.Options);

    private async Task<(int Code, string Output)> VerifyAsync(string text, params string[] options)
    {
        var path = Path.Combine(issued.Folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, text);
        var output = new StringWriter { NewLine = "\n" };
        var code = await VerifyProgram.RunAsync(["receipt", path, "--rpc", issued.Chain.Anvil.Url.ToString(), .. options], output, output);
        return (code, output.ToString());
    }

    /// <summary>A deployment, a log on it, a permit, and receipts of one posted and one refused query.</summary>
    public sealed class Issued : IAsyncLifetime
    {
        public const string Answer = """{"groups":[{"key":{},"count":{"value":1207,"interval95":[1190,1224]}}],"charged":{"rho":"5000000","delta":"0","epsilon":0.1}}""";
        private const string Origin = "researchhub.example/receipts";

        public ChainFixture Chain { get; } = new();

        public string Folder { get; } = Directory.CreateTempSubdirectory("receipts").FullName;

        public Board Board { get; private set; } = null!;

        public SignedRecord Receipt { get; private set; } = null!;

        public SignedRecord Refused { get; private set; } = null!;

        /// <summary>A patient's proof that a snapshot holds her opt-in, and that a release used it.</summary>
        public ConsentProof Consent { get; private set; } = null!;

        public string DeploymentFile => Path.Combine(Folder, "deployment.json");

        public async ValueTask InitializeAsync()
        {
            await Chain.InitializeAsync();
            if (AnvilIsMissing)
            {
                return;
            }

            Board = await Chain.FoundAsync(new Amount(1_000_000, 0), Hash32.Of(Origin));
            Board.Client.Deployment.Write(DeploymentFile);
            var permit = (await Board.IssueAsync(new Amount(500_000, 0))).PermitId;
            await using var database = new Database($"Data Source={Path.Combine(Folder, "log.db")}");
            using var log = new LedgerLog(database, Board.Silo, Origin, Board.Client, new LogOptions { BatchAge = TimeSpan.FromMilliseconds(5) }, TimeProvider.System, NullLogger<LedgerLog>.Instance);
            await log.OpenAsync();
            using var stop = new CancellationTokenSource();
            var running = log.RunAsync(stop.Token);
            var writer = new ReceiptWriter(log, Board.Client.Deployment.Deployed, Board.Silo);
            await log.WhenFinalAsync((await log.AppendAsync(LedgerLog.Draft(EntryKind.DatasetRegistered, Board.Silo.Id))).Seq, default);
            Receipt = await AskAsync(log, writer, permit, 400_000);
            Refused = await AskAsync(log, writer, permit, 400_000);
            Consent = await ConsentAsync(log, writer, permit);
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => running);
        }

        private static bool AnvilIsMissing => Story.Anvil.Find() is null;

        private static async Task<SignedRecord> AskAsync(LedgerLog log, ReceiptWriter writer, Hash32 permit, ulong rho, Hash32? consentRoot = null)
        {
            var opened = new Dictionary<string, Opening>
            {
                ["queryHash"] = Opening.Of(Hash32.Of("the query")),
                ["answerHash"] = Opening.Of(Hash32.Of(Encoding.UTF8.GetBytes(Answer))),
            };
            var draft = LedgerLog.Draft(EntryKind.Query, Hash32.Of("researcher")) with
            {
                Permit = permit,
                ConsentRoot = consentRoot ?? Hash32.Of("snapshot"),
                QueryHash = opened["queryHash"].Commit(),
                AnswerHash = opened["answerHash"].Commit(),
                Charge = Charge.Of(rho, 0),
            };
            return writer.Write(await log.WhenFinalAsync((await log.AppendAsync(draft)).Seq, default), opened);
        }

        private async Task<ConsentProof> ConsentAsync(LedgerLog log, ReceiptWriter writer, Hash32 permit)
        {
            var deployed = Board.Client.Deployment.Deployed;
            using var patient = SigningKey.Create();
            var text = new ConsentText(Hash32.Of("the text shown"), "en", "1");
            var directive = SignedRecord.Sign(
                new Directive(deployed.ChainId, deployed.Contract, Nonce.New(), "subject 7", log.Id, 1, Directive.Permit, ["DUO:0000042"], ["non-profit"], ["*"], ["statistics"], "2026-01-01T00:00:00.000Z", text), patient);
            var salt = Hash32.Random();
            var name = Commitment.Of(Hash32.Of("subject 7"), salt);
            var tree = SnapshotTree.Of(Enumerable.Range(0, 50).Select(_ => KeyValuePair.Create(Hash32.Random(), Hash32.Random()))).With(name, Commitment.Of(directive.Hash(), salt));
            var entry = await log.AppendAsync(LedgerLog.Draft(EntryKind.ConsentSnapshot, Board.Silo.Id) with { ConsentRoot = tree.Root });
            var snapshot = writer.Write(await log.WhenFinalAsync(entry.Seq, default), new Dictionary<string, Opening>());
            return new ConsentProof("subject 7", salt, snapshot, tree.Prove(name), directive, await AskAsync(log, writer, permit, 1, tree.Root));
        }

        public static SignedRecord Resign(JsonObject body, SigningKey key)
        {
            var signature = Base64Text.Encode(key.Sign(CanonicalJson.Bytes(body)));
            return new SignedRecord(body, key.Public.Jwk, signature);
        }

        public static string WithAnswer(string answer, SignedRecord receipt) => $$"""{{{answer[1..^1]}}, "receipt": {{JsonSerializer.Serialize(receipt, CanonicalJson.Options)}} }""";

        public async ValueTask DisposeAsync()
        {
            Board?.Dispose();
            await Chain.DisposeAsync();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
