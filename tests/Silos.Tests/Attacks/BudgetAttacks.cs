using Anonymizer.DifferentialPrivacy;
using Microsoft.Data.Sqlite;
using Dapper;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>Attacks 5 and 8 to 12 of the catalogue: answers that are not paid for. The planted weakness is a price list with a hole.</summary>
[Collection("attacked silo")]
public sealed class BudgetAttacks(AttackedSilo silo)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Goal: attack 5, no new noise for free. Method: one question 8 times, in 5 other writings and 6 times afresh; different answers are as many as charges on the chain
    /// (no false alarms). Planted: fresh answers cost nothing.</summary>
    [Fact]
    public async Task Asking_again_gives_the_same_answer_or_is_charged()
    {
        string[] writings =
        [
            Of("""{"attribute":"age","atLeast":40},{"attribute":"sex","in":["female","male"]}"""),
            Of("""{"attribute":"sex","in":["male","female"]},{"attribute":"age","atLeast":40}"""),
            Of("""{"not":{"attribute":"age","below":40}},{"attribute":"sex","in":["female","male"]}"""),
            Of("""{"attribute":"age","atLeast":40.0},{"attribute":"sex","in":["female","male","female"]}"""),
            Of("""{"attribute":"age","atLeast":40},{"attribute":"age","atLeast":40},{"attribute":"sex","in":["female","male"]}"""),
        ];
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var permit = await silo.PermitAsync();
                var answers = new List<Answered>();
                foreach (var writing in writings.Concat(Enumerable.Repeat(writings[0], 8)))
                {
                    answers.Add(await silo.Permitted.AskAsync(writing, permit));
                }

                answers.AddRange(await silo.DrawAsync(writings[0], permit, 6));
                Assert.All(answers, answer => Assert.True(answer.Ok, answer.Body));
                var (different, charged) = (answers.Select(answer => answer.Json["receipt"]!["body"]!["opened"]!["answerHash"]!["content"]!.ToString()).Distinct().Count(), await silo.ChargedAsync(permit));
                return different > 7 || (ulong)different * AttackedSilo.Price > charged.Rho ? $"{different} answers for {charged.Rho} nano-rho" : null;
            },
            weak => weak.Price = (signed, _) => signed.Fresh ? PrivacyLoss.Zero : null);
    }

    /// <summary>Goal: attack 8, a race wins nothing. Method: a cap for 10 answers, 64 fresh questions at once; at most 10 are answered, each charged. Planted: charges are forgotten.</summary>
    [Fact]
    public async Task A_race_for_the_last_of_a_cap_wins_nothing() => await silo.Weak.HoldsAsync(
        async () =>
        {
            var permit = await silo.PermitAsync("66415250");
            var answered = (await silo.DrawAsync(AttackedSilo.Everybody, permit, 64)).Count(answer => answer.Ok);
            var charged = await silo.ChargedAsync(permit);
            return answered > 10 || (ulong)answered * AttackedSilo.Price > charged.Rho || charged.Rho > 66_415_250 ? $"{answered} answered for {charged.Rho} nano-rho" : null;
        },
        weak => weak.Price = (_, _) => PrivacyLoss.Zero);

    /// <summary>Goal: attack 9, what is refused tells nothing of the data. Method: the same script of losses under a cap of three questions, about everybody and about nobody; the words
    /// accepted and refused are equal, step by step. Planted: a question that counted nobody is not charged.</summary>
    [Fact]
    public async Task Exhaustion_is_no_oracle() => await silo.Weak.HoldsAsync(
        async () =>
        {
            var seen = await Task.WhenAll(new[] { AttackedSilo.Everybody, AttackedSilo.Nobody }.Select(async query =>
            {
                var permit = await silo.PermitAsync("20000000");
                var words = new List<string?>();
                foreach (var epsilon in new[] { "0.5", "0.4", "0.5", "0.5", "0.1", "0.5", "0.2" })
                {
                    words.Add((await silo.Permitted.AskAsync(query.Replace("0.5", epsilon, StringComparison.Ordinal), permit, fresh: true)).Code ?? "answered");
                }

                return string.Join(' ', words);
            }));
            Assert.Contains("over-permit-cap", seen[0], StringComparison.Ordinal);
            return seen[0] != seen[1] ? $"everybody: {seen[0]}; nobody: {seen[1]}" : null;
        },
        weak => weak.Price = ForNobodyNothing);

    /// <summary>Goal: attack 10, a question that fails after noise was drawn stays charged. Method: means and quantiles of nobody (a division by zero), and questions whose caller
    /// hangs up after 0 to 150 ms: in the end each question that was reserved is charged on the chain. Planted: what counted nobody is paid back.</summary>
    [Fact]
    public async Task A_failed_question_is_not_paid_back() => await silo.Weak.HoldsAsync(
        async () =>
        {
            var permit = await silo.PermitAsync();
            var nobody = AttackedSilo.Nobody.Replace("""{"kind":"count"}""", """{"kind":"mean","attribute":"hba1c","lower":4,"upper":14},{"kind":"quantile","attribute":"age","q":0.5,"lower":0,"upper":120}""", StringComparison.Ordinal);
            Assert.All(await silo.DrawAsync(nobody, permit, 3), answer => Assert.True(answer.Ok, answer.Body));
            await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            {
                using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(10 * i));
                var signed = await silo.Permitted.SignAsync(AttackedSilo.Everybody, permit, fresh: true);
                var body = new Protocol.QuerySubmission(System.Text.Json.JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), System.Text.Json.JsonDocument.Parse(AttackedSilo.Everybody).RootElement);
                try
                {
                    using var response = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(silo.Http, new Uri(Protocol.SiloRoutes.Queries, UriKind.Relative), body, CanonicalJson.Options, hangUp.Token);
                }
                catch (OperationCanceledException)
                {
                    // The caller is gone.
                }
            }));
            await using var database = new SqliteConnection($"Data Source={silo.Database};Mode=ReadOnly");
            await Until.TrueAsync("all questions' entries to be on the chain", Patience, async () => await database.ExecuteScalarAsync<long>(
                """
                SELECT COUNT(*) FROM queries WHERE permit = @id
                AND (state = 'reserved' OR seq >= (SELECT MAX(size) FROM log_checkpoints WHERE transaction_hash IS NOT NULL))
                """,
                new { id = permit.Id().ToString() }) == 0);
            var drawn = await database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM queries WHERE permit = @id", new { id = permit.Id().ToString() });
            var charged = await silo.ChargedAsync(permit);
            return (ulong)drawn * AttackedSilo.Price > charged.Rho ? $"{drawn} questions drew noise for {charged.Rho} nano-rho" : null;
        },
        weak => weak.Price = ForNobodyNothing);

    /// <summary>Goal: attack 11, tiny, negative and malformed losses buy nothing. Method: each as the loss of a fresh count: refused as malformed, or charged at least one unit on the chain.
    /// Planted: charges are rounded down to 0.001 rho.</summary>
    [Fact]
    public async Task Tiny_negative_and_malformed_losses_buy_nothing() => await silo.Weak.HoldsAsync(
        async () =>
        {
            var permit = await silo.PermitAsync();
            foreach (var epsilon in new[] { "5e-324", "1e-400", "-0.1", "0", "\"NaN\"", "\"0,1\"", "1e308", "1e-9", "1e-5", "0.01" })
            {
                var query = AttackedSilo.Everybody.Replace("0.5", epsilon, StringComparison.Ordinal);
                var before = await silo.ChargedAsync(permit);
                var answer = await silo.Permitted.AskAsync(await SignAsync(query, permit), query);
                var after = await silo.ChargedAsync(permit);
                if ((int)answer.Status >= 500 || (answer.Ok && after.Rho <= before.Rho))
                {
                    return $"ε {epsilon} gives {answer.Status} for {after.Rho - before.Rho} nano-rho";
                }
            }

            return null;
        },
        weak => weak.Price = (_, query) => PriceDown(Anonymizer.DifferentialPrivacy.Queries.Pricing.Charge(query)));

    /// <summary>Goal: attack 12, two researchers together get no more than the register holds. Method: the board leaves the register room for two answers; two researchers, each with a permit
    /// of their own for many, ask three times each: two answers in all. Planted: charges are forgotten.</summary>
    [Fact]
    public async Task Colluding_researchers_are_held_by_the_register()
    {
        using var other = SigningKey.Create();
        var room = new Amount(1_000_000_000_000, 100_000_000_000_000_000, 100);
        await silo.Weak.HoldsAsync(
            async () =>
            {
                Permit[] permits = [await silo.PermitAsync(), await silo.Permitted.IssueAsync("10000000000", person: other.Id)];
                var spent = (await silo.Permitted.Chain.ReadBudgetAsync(silo.Permitted.Register)).Spent;
                await LimitAsync(room with { Rho = spent.Rho + (2 * AttackedSilo.Price) });
                try
                {
                    var asked = permits.Zip([silo.Permitted.Researcher, other]).SelectMany(one => Enumerable.Repeat(one, 3)).Select(async one =>
                        await silo.Permitted.AskAsync(await silo.Permitted.SignAsync(AttackedSilo.Everybody, one.First, fresh: true, by: one.Second), AttackedSilo.Everybody));
                    var answered = (await Task.WhenAll(asked)).Count(answer => answer.Ok);
                    return answered > 2 ? $"{answered} answers where the register holds two" : null;
                }
                finally
                {
                    await LimitAsync(room);
                }
            },
            weak => weak.Price = (_, _) => PrivacyLoss.Zero);
    }

    private static string Of(string where) => $$"""{"where":[{{where}}],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""";

    private static PrivacyLoss? ForNobodyNothing(SignedQuery signed, Anonymizer.DifferentialPrivacy.Queries.Query query) =>
        System.Text.Encoding.UTF8.GetString(query.Canonical()).Contains("119", StringComparison.Ordinal) ? PrivacyLoss.Zero : null;

    private static PrivacyLoss PriceDown(PrivacyLoss loss) => loss with { Rho = loss.Rho / 1_000_000 * 1_000_000 };

    /// <summary>A malformed question has no canonical form: what is signed is a hash of anything.</summary>
    private async Task<SignedRecord> SignAsync(string query, Permit permit)
    {
        try
        {
            return await silo.Permitted.SignAsync(query, permit, fresh: true);
        }
        catch (Anonymizer.DifferentialPrivacy.Queries.InputException)
        {
            return silo.Permitted.SignCanonical(query, permit);
        }
    }

    private async Task LimitAsync(Amount most)
    {
        var limit = new Limit(silo.Permitted.Register, most);
        await silo.Permitted.VoteAsync(Subjects.ChangeLimit(limit, (await silo.Permitted.Chain.ReadBudgetAsync(silo.Permitted.Register)).Changes));
        await silo.Permitted.Chain.ChangeLimitAsync(limit);
    }
}
