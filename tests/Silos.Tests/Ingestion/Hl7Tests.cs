using System.Text;
using System.Text.Json.Nodes;
using Silos.Ingestion.Hl7;
using Xunit;

namespace Silos.Tests.Ingestion;

public sealed class Hl7Tests
{
    private static string Head(int day, string type) => $"MSH|^~\\&|HIS|H|A|B|2026010{day}||{type}|M{day}|P|2.5.1\r";

    /// <summary>Goal: A08 corrects and A40 merges (C7). Method: admit two records of one person, correct, merge; one patient is left with all.</summary>
    [Fact]
    public void A_merge_gives_all_records_to_the_survivor()
    {
        var feed = new Hl7Feed();
        Taken(feed, 1, "ADT^A01", "PID|1||old^^^H^MR||X||1960|M\rPV1|1|I|||||||||||||||||V1\rDG1|1||E119^x^I10\r");
        Taken(feed, 2, "ADT^A01", "PID|1||new^^^H^MR||X||19610322|M\r");
        Taken(feed, 3, "ADT^A08", "PID|1||new^^^H^MR||X||19610323|F\r");
        Taken(feed, 4, "ADT^A40", "PID|1||new^^^H^MR\rMRG|old^^^H^MR\r");
        var resources = feed.Resources().Select(r => JsonNode.Parse(r.Json)!).ToList();
        Assert.Equal(["Patient", "Condition", "Encounter"], resources.Select(r => (string)r["resourceType"]!));
        Assert.Equal(("1961-03-23", "female"), ((string)resources[0]["birthDate"]!, (string)resources[0]["gender"]!));
        Assert.All(resources.Skip(1), r => Assert.Equal("Patient/new", (string)r["subject"]!["reference"]!));
    }

    /// <summary>Goal: legacy results are read. Method: decimal comma, escapes, a blood pressure panel, a preliminary text.</summary>
    [Fact]
    public void An_ORU_message_gives_observations()
    {
        var feed = new Hl7Feed();
        Taken(feed, 1, "ORU^R01", "PID|1||p^^^H^MR||X||19610322|M\rOBR|1|O|F|4548-4^A^LN|||20260105090000-0300\rOBX|1|NM|4548-4^A^LN||8,1|%^p^UCUM||||||F\rOBR|2|O|G|85354-9^PA^LN|||20260105\rOBX|1|NM|8480-6^S^LN||152|mm[Hg]|||||F\rOBX|2|NM|8462-4^D^LN||94|mm[Hg]|||||F\rOBX|3|ST|X^y^99LAB||a\\T\\b\\.br\\c\\X41\\||||||P\r");
        var resources = feed.Resources().Select(r => JsonNode.Parse(r.Json)!).ToList();
        Assert.Equal(4, resources.Count);
        Assert.Equal(8.1m, (decimal)resources[1]["valueQuantity"]!["value"]!);
        Assert.Equal("2026-01-05T09:00:00-03:00", (string)resources[1]["effectiveDateTime"]!);
        Assert.Equal([152m, 94m], resources[2]["component"]!.AsArray().Select(c => (decimal)c!["valueQuantity"]!["value"]!));
        Assert.Equal(("a&b\ncA", "preliminary"), ((string)resources[3]["valueString"]!, (string)resources[3]["status"]!));
    }

    /// <summary>Goal: a legacy system gets an acknowledgement for each message. Method: three messages over one stream, in two pieces.</summary>
    [Fact]
    public async Task MLLP_acknowledges_each_message()
    {
        var feed = new Hl7Feed();
        byte[] sent = [.. Mllp.Frame(Head(1, "ADT^A01") + "PID|1||p^^^H^MR\r"), .. Mllp.Frame(Head(2, "ORM^O01") + "PID|1||p\r"), .. Mllp.Frame("nonsense")];
        var stream = new Duplex(sent);
        await Mllp.ServeAsync(stream, (message, _) => feed.Apply(message, "mllp:1"), TimeProvider.System, cancel: TestContext.Current.CancellationToken);
        var answers = Encoding.UTF8.GetString(stream.Written.ToArray()).Split('\x1C', StringSplitOptions.RemoveEmptyEntries).Where(a => a.Contains("MSA")).Select(a => a.Split('\r').Single(s => s.StartsWith("MSA", StringComparison.Ordinal))).ToList();
        Assert.Equal("MSA|AA|M1|", answers[0]);
        Assert.StartsWith("MSA|AR|M2|messages of type ORM O01", answers[1], StringComparison.Ordinal);
        Assert.StartsWith("MSA|AE||does not begin with MSH", answers[2], StringComparison.Ordinal);
        Assert.Single(feed.Resources());
    }

    private static void Taken(Hl7Feed feed, int day, string type, string rest)
    {
        var (message, fault) = Hl7Message.Read(Head(day, type) + rest);
        Assert.Null(fault);
        Assert.Null(feed.Apply(message!, $"f:{day}").Reason);
    }

    private sealed class Duplex(byte[] input) : MemoryStream(input)
    {
        public MemoryStream Written { get; } = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, 37)], cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => Written.WriteAsync(buffer, cancellationToken);
    }
}
