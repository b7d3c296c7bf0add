using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Ledger.Records;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Budgets;

/// <summary>P10: at her own limit a patient drops out of later cohorts, and only she could tell.</summary>
public sealed partial class PersonalCapTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    private const string All = """{"measures":[{"kind":"count"}],"loss":{"epsilon":0.3,"delta":1e-6}}""";

    /// <summary>Goal: a cap of 2.5 charges lets two questions count her and not the third, while form, charge and time are those of everybody, and a smaller
    /// question may count her again. Method: two patients, one with a cap, three fresh questions and a fourth of a third of the loss; whose rows were counted is
    /// opened as the hospital's auditor; the texts but for their numbers are compared.</summary>
    [Fact]
    public async Task The_third_question_leaves_her_out_and_looks_the_same()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var permit = await silo.IssueAsync("100000000");
        var (capped, free) = Two(hospital, skip: 0);
        var charge = await ChargeOfAsync(All);
        await CapAsync(hospital, capped, await SpentAsync() + (2.5 * charge));

        var asked = new List<(Answered Answer, HashSet<string> Counted)>();
        for (var i = 0; i < 3; i++)
        {
            asked.Add(await AskAsync(hospital, All, permit));
        }

        Assert.Equal([true, true, false], asked.Select(one => one.Counted.Contains(capped)));
        Assert.Equal([true, true, true], asked.Select(one => one.Counted.Contains(free)));
        Assert.Equal(asked[1].Counted.Except([capped]).Order(StringComparer.Ordinal), asked[2].Counted.Order(StringComparer.Ordinal));
        Assert.Single(asked.Select(one => Form(one.Answer.Json)).Distinct());
        Assert.Single(asked.Select(one => one.Answer.Json["charged"]!.ToJsonString()).Distinct());

        var smaller = await AskAsync(hospital, All.Replace("0.3", "0.1", StringComparison.Ordinal), permit);
        Assert.Contains(capped, smaller.Counted);
    }

    /// <summary>Goal: what was counted is there after a kill, and questions at once cannot both take the last of a cap. Method: a cap of 2.5 charges, four
    /// questions at once; she is in two of them; the silo is killed and started again, and a further question leaves her out.</summary>
    [Fact]
    public async Task Questions_at_once_and_a_kill_do_not_pass_the_cap()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var permit = await silo.IssueAsync("100000000");
        var (capped, _) = Two(hospital, skip: 5);
        var charge = await ChargeOfAsync(All);
        await CapAsync(hospital, capped, await SpentAsync() + (2.5 * charge));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => silo.AskAsync(All, permit, fresh: true)));
        var counted = 0;
        foreach (var answer in answers)
        {
            Assert.True(answer.Ok, answer.Body);
            counted += (await CountedAsync(hospital, answer)).Contains(capped) ? 1 : 0;
        }

        Assert.Equal(2, counted);
        await silo.Stack.StartSiloAsync(1);
        await silo.Stack.Silos[1].ReadyAsync(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(capped, (await AskAsync(hospital, All, permit)).Counted);
    }

    /// <summary>Goal: a cap that cannot be read is refused by name and changes nothing. Method: negative, fractional, too large and no number.</summary>
    [Theory]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("18446744073709551616")]
    [InlineData("much")]
    public async Task A_cap_that_is_no_amount_is_refused(string rho)
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var (patient, _) = Two(hospital, skip: 10);
        var refused = await Assert.ThrowsAsync<StoryException>(() => hospital.DecideAsync([patient], Directive.Permit, TimeProvider.System.GetUtcNow(), new PersonalCap(rho, "0")));
        Assert.Contains("cap.rho", refused.Message, StringComparison.Ordinal);
    }

    private async Task<(Answered Answer, HashSet<string> Counted)> AskAsync(Hospital hospital, string query, Permit permit)
    {
        var answer = await silo.AskAsync(query, permit, fresh: true);
        Assert.True(answer.Ok, answer.Body);
        return (answer, await CountedAsync(hospital, answer));
    }

    // The hospital's auditor alone can see whose rows an answer counted.
    private static async Task<HashSet<string>> CountedAsync(Hospital hospital, Answered answer)
    {
        var seq = answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>();
        var opened = JsonNode.Parse(await hospital.OpenNoiseAsync(seq))!;
        return [.. opened["rows"]!.AsArray().Select(row => row![0]!.GetValue<string>())];
    }

    private async Task<double> ChargeOfAsync(string query)
    {
        var answer = await silo.AskAsync(query, await silo.IssueAsync("50000000"));
        return double.Parse(answer.Json["charged"]!["rho"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    // What earlier answers of this register cost everybody who opted in and has no cap.
    private async Task<double> SpentAsync()
    {
        await using var database = new SqliteConnection($"Data Source={silo.Stack.Options.In("silo-1", "silo.db")};Mode=ReadOnly");
        return await database.ExecuteScalarAsync<double>("SELECT COALESCE(SUM(rho), 0) FROM queries WHERE output = 'statistics' AND state IN ('computed', 'answered')");
    }

    private static Task CapAsync(Hospital hospital, string patient, double rho) => hospital.DecideAsync(
        [patient], Directive.Permit, TimeProvider.System.GetUtcNow(), new PersonalCap(((ulong)rho).ToString(CultureInfo.InvariantCulture), "0"));

    // Two patients who opted in; the sample leaves each twentieth silent.
    private static (string Capped, string Free) Two(Hospital hospital, int skip)
    {
        var willing = hospital.Patients.Where(pair => pair.Value.Sequence > 0).Select(pair => pair.Key).Order(StringComparer.Ordinal).Skip(skip).Take(2).ToArray();
        return (willing[0], willing[1]);
    }

    // The answer without its numbers, hashes and signatures: the receipt's proofs grow with the log, whoever is counted.
    private static string Form(JsonNode answer) => Numbers().Replace(answer["groups"]!.ToJsonString() + answer["charged"]!.ToJsonString(), "#")
        + string.Join(',', answer.AsObject().Select(member => member.Key));

    [GeneratedRegex("-?[0-9]+(\\.[0-9]+)?")]
    private static partial Regex Numbers();
}
