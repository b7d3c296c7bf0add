using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Silos.Ledger.Records;
using Silos.Tests.Queries;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>Attacks 1, 2, 7 and 17 of the catalogue: what released numbers and keys tell.</summary>
[Collection("attacked silo")]
public sealed class NoiseAttacks(AttackedSilo silo)
{
    private const string Sum = $$"""{"measures":[{"kind":"sum","attribute":"hba1c","lower":4,"upper":14}],{{AttackedSilo.Loss}}}""";
    private const string Places = $$"""{"groupBy":["municipality"],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""";

    /// <summary>Goal: attack 1, low bits of a released number carry nothing. Method: 20 fresh sums; each is a whole number of the declared step of 0.1 (no false alarms).
    /// Planted: noise of doubles.</summary>
    [Fact]
    public async Task Low_bits_tell_nothing()
    {
        var permit = await silo.PermitAsync();
        await silo.Weak.HoldsAsync(
            async () => (await silo.DrawAsync(Sum, permit, 20)).Select(answer => (decimal)answer.Json["groups"]![0]!["sum:hba1c"]!["value"]!).FirstOrDefault(value => value % 0.1m != 0) is var off and not 0
                ? $"{off} is no multiple of 0.1"
                : null,
            weak => weak.AlterAnswers((_, answer) =>
            {
                var number = answer["groups"]![0]!["sum:hba1c"]!.AsObject();
                number["value"] = (double)number["value"]! - (20 * Math.Log(1 - RandomNumberGenerator.GetInt32(1, 1 << 30) / (double)(1 << 30)));
            }));
    }

    /// <summary>Goal: attack 2, a sum does not depend on the order of rows, and is exact. Method: have the noise of a released sum opened, replay it on the same rows in
    /// reverse and in a random order: the very bytes that were released (no false alarms); and what the recorder saw before noise is the sum of whole steps.
    /// Planted: the sum is made by adding doubles.</summary>
    [Fact]
    public async Task Sums_are_exact_in_any_order()
    {
        var permit = await silo.PermitAsync();
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var answer = await silo.Permitted.AskAsync(Sum, permit, fresh: true);
                var noise = await silo.NoiseAsync(answer);
                foreach (var rows in new[] { noise.Rows.Reverse(), noise.Rows.OrderBy(row => Hash32.Of(row[0]!).ToString(), StringComparer.Ordinal) })
                {
                    var (again, exact) = Replay(noise, [.. rows]);
                    var steps = noise.Rows.Where(row => row[^1] is not null).Sum(row => decimal.ToInt64(Math.Clamp(decimal.Parse(row[^1]!, CultureInfo.InvariantCulture), 4, 14) * 10));
                    if (again["groups"]!.ToJsonString() != answer.Json["groups"]!.ToJsonString() || exact != steps)
                    {
                        return $"released {answer.Json["groups"]}, in another order {again["groups"]}; before noise {exact} steps, exactly {steps}";
                    }
                }

                return null;
            },
            weak => weak.AlterAnswers((_, answer) =>
            {
                var number = answer["groups"]![0]!["sum:hba1c"]!.AsObject();
                number["value"] = Enumerable.Repeat(0.1, (int)((decimal)number["value"]! * 10)).Sum();
            }));
    }

    /// <summary>Goal: attack 7, a key that one patient alone has is not shown, and asking for it by name looks like asking for one that nobody has. Method: the municipalities
    /// of one patient; 2 answers grouped by municipality show one of them with a chance below 1e-6 a key; a count filtered by it has the form of a count filtered by nonsense.
    /// Planted: keys come from the rows.</summary>
    [Fact]
    public async Task A_key_of_one_patient_is_not_shown()
    {
        var places = silo.Truth.Table.Find("municipality")!;
        var rare = Enumerable.Range(0, silo.Truth.Patients.Count).Select(places.Text).OfType<string>().GroupBy(place => place).Where(place => place.Count() == 1).Select(place => place.Key).Order(StringComparer.Ordinal).First();
        var permit = await silo.PermitAsync("10000000000");
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var answers = await silo.DrawAsync(Places, permit, 2);
                Assert.All(answers, answer => Assert.True(answer.Ok, answer.Body));
                var shown = answers.SelectMany(answer => answer.Json["groups"]!.AsArray()).Select(group => (string?)group!["key"]!["municipality"]);
                var forms = await Task.WhenAll(new[] { rare, "no such place" }.Select(async place => Form(await silo.Permitted.AskAsync(OnlyIn(place), permit, fresh: true))));
                return shown.Contains(rare) ? $"{rare} is shown" : forms[0] != forms[1] ? $"{rare} gives {forms[0]}, nonsense gives {forms[1]}" : null;
            },
            weak => weak.AlterAnswers((asked, answer) =>
            {
                if (asked.Contains("groupBy", StringComparison.Ordinal))
                {
                    answer["groups"]!.AsArray().Add(new JsonObject { ["key"] = new JsonObject { ["municipality"] = rare }, ["suppressed"] = true });
                }
            }));
    }

    /// <summary>Goal: attack 17, counts do not rebuild the records. Method: 40 differences of counts by age that would each give the number of patients of one age; the attacker
    /// rounds. Under noise of deviation 12 he is right with a chance of 0.04 a time, and more than half of the time with one below 1e-12. Planted: counts without noise.</summary>
    [Fact]
    public async Task Differences_of_counts_do_not_rebuild_the_records()
    {
        var permit = await silo.PermitAsync("100000000000");
        var ages = silo.Truth.Table.Find("age")!;
        var truth = Enumerable.Range(0, silo.Truth.Patients.Count).Select(row => ages.Text(row)).OfType<string>().Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToList();
        string From(int age) => $$"""{"where":[{"attribute":"age","atLeast":{{age}}}],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""";
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var counts = await Task.WhenAll(Enumerable.Range(18, 41).Select(async age => (long?)(await silo.Permitted.AskAsync(From(age), permit, fresh: true)).Json["groups"]![0]!["count"]?["value"]));
                var right = Enumerable.Range(0, 40).Count(i => counts[i] - counts[i + 1] == truth.Count(age => age == 18 + i));
                return right > 20 ? $"{right} of 40 ages are rebuilt" : null;
            },
            weak => weak.AlterAnswers((asked, answer) =>
            {
                var least = (int)JsonNode.Parse(asked)!["where"]![0]!["atLeast"]!;
                answer["groups"] = new JsonArray(new JsonObject { ["key"] = new JsonObject(), ["count"] = new JsonObject { ["value"] = truth.Count(age => age >= least) } });
            }));
    }

    private static string OnlyIn(string place) => $$"""{"where":[{"attribute":"municipality","in":["{{place}}"]}],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""";

    /// <summary>What an answer looks like, but for its numbers; one that noise kept below the smallest cell counts as a number, for that happens to either.</summary>
    private static string Form(Story.Answered answer) => !answer.Ok ? $"{answer.Status} {answer.Code}"
        : $"{answer.Status} {string.Join(", ", answer.Json["groups"]!.AsArray().Select(group => $"{group!["key"]} {(group["suppressed"] ?? group["count"]) is not null} {group.AsObject().Count}"))}";

    private static (JsonNode Answer, System.Numerics.BigInteger? Exact) Replay(NoiseCase noise, IReadOnlyList<IReadOnlyList<string?>> rows)
    {
        var schema = Schema.Parse(JsonSerializer.SerializeToElement(noise.Schema));
        var builder = new TableBuilder(schema, noise.Header);
        foreach (var row in rows)
        {
            builder.Add([.. row]);
        }

        var recorder = new RecordingRandomSource(new PrfRandomSource(HMACSHA256.HashData(Base64Text.TryDecode(noise.Seed)!, noise.Signed.Hash().ToArray())));
        var query = Query.Parse(JsonDocument.Parse(noise.Query).RootElement, schema);
        return (Answering.Run(query, schema, builder.Build(), [], recorder, noise.Floor).ToJson(), recorder.Draws.FirstOrDefault(draw => draw.Exact is not null)?.Exact);
    }
}
