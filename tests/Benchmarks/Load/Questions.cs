using System.Globalization;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Story;

namespace Benchmarks.Load;

/// <summary>A signed question as it is posted to the hub.</summary>
internal sealed record Ask(Door Door, byte[] Body, string Text);

/// <summary>Questions that no one has asked before, in turn at every door: another age range, grouping or loss each, about 2,000 nano-rho.</summary>
internal sealed class Questions(IReadOnlyList<Door> doors, string chainId, string contract)
{
    private long next;

    /// <summary>Leaves out the first questions, which another asks.</summary>
    public void Skip(long questions) => Interlocked.Add(ref next, questions);

    /// <summary>The next question, signed.</summary>
    public Ask Next()
    {
        var number = Interlocked.Increment(ref next);
        var door = doors[(int)(number % doors.Count)];
        return Sign(door, Text(number / doors.Count));
    }

    /// <summary>The same words, signed anew with a nonce of their own.</summary>
    public Ask Again(Ask before) => Sign(before.Door, before.Text);

    private Ask Sign(Door door, string text)
    {
        using var query = JsonDocument.Parse(text);
        var canonical = Query.Parse(query.RootElement, door.Schema).Canonical();
        var body = new SignedQuery(chainId, contract, Nonce.New(), Hash32.Parse(door.Permit), Hash32.Parse(door.Item.Silo), door.Item.Dataset, Hash32.Of(canonical));
        var signed = JsonSerializer.SerializeToElement(SignedRecord.Sign(body, door.Researcher.Key), CanonicalJson.Options);
        return new Ask(door, JsonSerializer.SerializeToUtf8Bytes(new QueryRelay(signed, query.RootElement), CanonicalJson.Options), text);
    }

    private static string Text(long number)
    {
        var (from, to, loss) = (number % 60, 60 + (number / 60 % 60), 0.009m + (number / 3600 * 0.000001m));
        var groups = number % 3 == 0 ? "" : """ "groupBy":["sex"],""";
        var measures = number % 2 == 0 ? """{"kind":"count"}""" : """{"kind":"count"},{"kind":"mean","attribute":"hba1c"}""";
        return string.Create(CultureInfo.InvariantCulture, $$"""{"where":[{"attribute":"age","atLeast":{{from}},"below":{{to}} }],{{groups}}"measures":[{{measures}}],"loss":{"epsilon":{{loss}},"delta":1e-6} }""");
    }
}
