using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>Attacks 3, 4 and 18 of the catalogue, and what refusals tell (O5, O6): time, failures, and everything beside an answer's numbers.</summary>
[Collection("attacked silo")]
public sealed partial class SideChannelAttacks(AttackedSilo silo)
{
    private const double OneInAMillion = 4.9;

    /// <summary>Goal: attack 3, the time that an answer takes tells nothing of whom it is about. Method: 24 answers about everybody and 24 about nobody, in the order ABBA; the ranks
    /// of their times differ by less than 4.9 deviations (false alarm 1e-6); none left before its first quantum. With RESEARCHHUB_LONG 500 of each, and the noise's size against the
    /// time. Planted: a second of work behind the pad where there are rows.</summary>
    [Fact]
    public async Task Time_tells_nothing()
    {
        var permit = await silo.PermitAsync("100000000000");
        var pairs = Long ? 250 : 12;
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var all = new List<(TimeSpan Took, double? Value)>();
                var none = new List<(TimeSpan Took, double? Value)>();
                for (var i = 0; i < pairs; i++)
                {
                    all.Add(await TimedAsync(AttackedSilo.Everybody, permit));
                    none.Add(await TimedAsync(AttackedSilo.Nobody, permit));
                    none.Add(await TimedAsync(AttackedSilo.Nobody, permit));
                    all.Add(await TimedAsync(AttackedSilo.Everybody, permit));
                }

                var apart = RanksApart([.. all.Select(one => one.Took)], [.. none.Select(one => one.Took)]);
                var mean = all.Average(one => one.Value ?? 0);
                var withNoise = Correlation([.. all.Select(one => Math.Abs((one.Value ?? 0) - mean))], [.. all.Select(one => one.Took.TotalMilliseconds)]) * Math.Sqrt(all.Count - 1);
                TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{all.Count} + {none.Count} times: ranks {apart:0.00} deviations apart, noise and time correlate by {withNoise:0.00} deviations"));
                var early = all.Concat(none).Count(one => one.Took < Silos.Queries.AnswerQuantum.Length);
                return early > 0 ? $"{early} answers left before a quantum was over"
                    : Math.Abs(apart) > OneInAMillion ? string.Create(CultureInfo.InvariantCulture, $"times about everybody and nobody are {apart:0.0} deviations apart")
                    : Math.Abs(withNoise) > OneInAMillion ? "slow answers have much noise, or little"
                    : null;
            },
            weak => weak.Before = async (context, next) =>
            {
                var rows = context.Request.Path == SiloRoutes.Queries && !(await Weaknesses.AskedAsync(context)).Contains("119", StringComparison.Ordinal);
                await (rows ? Task.Delay(1_000) : Task.CompletedTask);
                await next();
            });
    }

    /// <summary>Goal: refusals are byte for byte the same whomever a question is about, and so is the time they take (O5, O6). Method: over the permit's cap, 12 questions about everybody
    /// and 12 about nobody, in the order ABBA; status, headers and body are equal, and the ranks of the times differ by less than 4.9 deviations. In CI times tell only what is
    /// this far apart; with RESEARCHHUB_LONG 500 of each. Planted: the refusal says that nobody would have been counted.</summary>
    [Fact]
    public async Task Refusals_tell_nothing()
    {
        var permit = await silo.PermitAsync("1000");
        var rounds = Long ? 250 : 12;
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var (seen, all, none) = (new HashSet<string>(), new List<TimeSpan>(), new List<TimeSpan>());
                for (var i = 0; i < rounds; i++)
                {
                    foreach (var (query, times) in new[] { (AttackedSilo.Everybody, all), (AttackedSilo.Nobody, none), (AttackedSilo.Nobody, none), (AttackedSilo.Everybody, all) })
                    {
                        var (whole, took) = await WholeAsync(query, permit);
                        Assert.Contains(RefusalCode.OverPermitCap, whole, StringComparison.Ordinal);
                        seen.Add(whole);
                        times.Add(took);
                    }
                }

                var apart = RanksApart(all, none);
                TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refusals: {all.Count} + {none.Count} times, ranks {apart:0.00} deviations apart"));
                return seen.Count > 1 ? string.Join("\n", seen) : Math.Abs(apart) > OneInAMillion ? "times of refusals differ" : null;
            },
            weak => weak.Before = async (context, next) =>
            {
                if (context.Request.Path == SiloRoutes.Queries && (await Weaknesses.AskedAsync(context)).Contains("119", StringComparison.Ordinal))
                {
                    context.Response.Headers["X-Counted"] = "0";
                }

                await next();
            });
    }

    /// <summary>Goal: attack 4, data never raise, and malformed parameters are refused by the request alone. Method: bounds and quantiles that are absent, turned round, empty, endless or
    /// not numbers, of everybody and of nobody: the same answer code for both, below 500; and measures of nobody, which would divide by zero, are answered. Planted: a mean of nobody fails.</summary>
    [Fact]
    public async Task Data_never_raise()
    {
        var permit = await silo.PermitAsync("100000000000");
        string[] measures =
        [
            """{"kind":"mean","attribute":"hba1c","lower":14,"upper":4}""",
            """{"kind":"mean","attribute":"hba1c","lower":4,"upper":4}""",
            """{"kind":"mean","attribute":"hba1c","lower":"NaN","upper":14}""",
            """{"kind":"mean","attribute":"hba1c","lower":-1e308,"upper":1e308}""",
            """{"kind":"sum","attribute":"hba1c","lower":-0.0,"upper":1e-320}""",
            """{"kind":"sum","attribute":"sbp","lower":60,"upper":9223372036854775807}""",
            """{"kind":"quantile","attribute":"age","q":1.5,"lower":0,"upper":120}""",
            """{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}""",
            """{"kind":"quantile","attribute":"age","q":0.5,"lower":0,"upper":120}""",
            """{"kind":"mean","attribute":"diagnoses"}""",
        ];
        await silo.Weak.HoldsAsync(
            async () =>
            {
                foreach (var measure in measures)
                {
                    var codes = await Task.WhenAll(new[] { AttackedSilo.Everybody, AttackedSilo.Nobody }.Select(async query =>
                    {
                        var asked = query.Replace("""{"kind":"count"}""", measure, StringComparison.Ordinal);
                        var answer = await silo.Permitted.AskAsync(await SignAsync(asked, permit), asked);
                        return ((int)answer.Status, (int)answer.Status == 400 ? answer.Json["detail"]!.ToString() : null);
                    }));
                    if (codes[0] != codes[1] || codes[0].Item1 >= 500)
                    {
                        return $"{measure} of everybody gives {codes[0]}, of nobody {codes[1]}";
                    }
                }

                return null;
            },
            weak => weak.AlterAnswers((asked, _) =>
            {
                if (asked.Contains("119", StringComparison.Ordinal) && asked.Contains("mean", StringComparison.Ordinal))
                {
                    throw new DivideByZeroException("nobody");
                }
            }));
    }

    /// <summary>Goal: attack 18, nothing beside the numbers tells of the data: headers, members, log lines. Method: the same questions, counts and groups, about everybody and about nobody, and under
    /// a cap that is too small; with digits taken out, headers and log lines are the same set, and no size of a cohort stands in a header, or alone in a log line.
    /// Planted: a header says how many rows were read; then a log line does.</summary>
    [Fact]
    public async Task Headers_and_logs_tell_nothing()
    {
        await silo.Weak.HoldsAsync(MetadataAsync, weak => weak.Before = async (context, next) =>
        {
            if (context.Request.Path == SiloRoutes.Queries && !(await Weaknesses.AskedAsync(context)).Contains("119", StringComparison.Ordinal))
            {
                context.Response.Headers["X-Rows-Scanned"] = silo.Truth.Patients.Count.ToString(CultureInfo.InvariantCulture);
            }

            await next();
        });
        await silo.Weak.HoldsAsync(MetadataAsync, weak => weak.Before = async (context, next) =>
        {
            if (context.Request.Path == SiloRoutes.Queries && !(await Weaknesses.AskedAsync(context)).Contains("119", StringComparison.Ordinal))
            {
                silo.Lines.Log(Microsoft.Extensions.Logging.LogLevel.Information, default, $"{silo.Truth.Patients.Count} rows matched", null, (text, _) => text);
            }

            await next();
        });
    }

    private static bool Long => Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1";

    private async Task<string?> MetadataAsync()
    {
        var (plenty, little) = (await silo.PermitAsync(), await silo.PermitAsync("1000"));
        var told = new List<HashSet<string>>();
        foreach (var query in new[] { AttackedSilo.Everybody, AttackedSilo.Nobody })
        {
            var (before, set) = (silo.Lines.All.Count, new HashSet<string>());
            foreach (var (asked, permit) in new[] { (query, plenty), (query, little), (query.Replace("\"measures\"", "\"groupBy\":[\"sex\"],\"measures\"", StringComparison.Ordinal), plenty) })
            {
                var (whole, _) = await WholeAsync(asked, permit);
                var head = whole[..whole.IndexOf('\n')];
                set.Add(head);
                set.Add(string.Join(',', JsonNode.Parse(whole[head.Length..])!.AsObject().Select(member => member.Key)));
            }

            var lines = silo.Lines.All.Skip(before).Where(line => !line.Contains("onsent", StringComparison.Ordinal)).ToList();
            set.UnionWith(lines.Select(line => Numbers().Replace(line, "#")));
            told.Add(set);
            var sizes = new[] { silo.Truth.Patients.Count, silo.Truth.Patients.Count - (silo.Truth.Patients.Count / 20) }.Select(size => size.ToString(CultureInfo.InvariantCulture)).ToList();
            if (lines.Concat(set).FirstOrDefault(line => Numbers().Matches(line).Any(number => sizes.Contains(number.Value))) is { } size)
            {
                return "a size of a cohort: " + size;
            }
        }

        told[0].SymmetricExceptWith(told[1]);
        return told[0].Count > 0 ? string.Join(" | ", told[0]) : null;
    }

    private async Task<(TimeSpan Took, double? Value)> TimedAsync(string query, Permit permit)
    {
        var signed = await silo.Permitted.SignAsync(query, permit, fresh: true);
        var clock = Stopwatch.StartNew();
        var answer = await silo.Permitted.AskAsync(signed, query);
        var took = clock.Elapsed;
        Assert.True(answer.Ok, answer.Body);
        return (took, (double?)answer.Json["groups"]![0]!["count"]?["value"]);
    }

    /// <summary>Status, headers and body of an answer or a refusal, and how long it took. Left out are the date, and the length where the numbers are noisy.</summary>
    private async Task<(string Whole, TimeSpan Took)> WholeAsync(string query, Permit permit)
    {
        var signed = await silo.Permitted.SignAsync(query, permit, fresh: true);
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        var clock = Stopwatch.StartNew();
        using var response = await silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.Queries, UriKind.Relative), submission, CanonicalJson.Options);
        var body = await response.Content.ReadAsStringAsync();
        var took = clock.Elapsed;
        var headers = response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Date" && (header.Key != "Content-Length" || !response.IsSuccessStatusCode))
            .Select(header => $"{header.Key}={string.Join(',', header.Value)}").Order(StringComparer.Ordinal);
        return ($"{(int)response.StatusCode} {string.Join(';', headers)}\n{body}", took);
    }

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

    /// <summary>Mann and Whitney's statistic in deviations, ties averaged.</summary>
    private static double RanksApart(IReadOnlyList<TimeSpan> first, IReadOnlyList<TimeSpan> second)
    {
        var above = first.Sum(one => second.Sum(other => one > other ? 1.0 : one == other ? 0.5 : 0));
        double n = first.Count, m = second.Count;
        return (above - (n * m / 2)) / Math.Sqrt(n * m * (n + m + 1) / 12);
    }

    private static double Correlation(double[] first, double[] second)
    {
        static double[] Ranks(double[] values)
        {
            var places = values.Order().Select((value, place) => (value, place)).GroupBy(one => one.value).ToDictionary(same => same.Key, same => same.Average(one => one.place));
            return [.. values.Select(value => places[value])];
        }

        var (a, b) = (Ranks(first), Ranks(second));
        var (meanA, meanB) = (a.Average(), b.Average());
        var spread = Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(x => (x - meanB) * (x - meanB)));
        return spread == 0 ? 0 : a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum() / spread;
    }

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Numbers();
}
