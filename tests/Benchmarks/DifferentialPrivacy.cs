using System.Diagnostics;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Benchmarks;

/// <summary>What the privacy engine takes, each figure beside a reference of the same run. Best of several rounds; other load only raises it.</summary>
internal static class DifferentialPrivacy
{
    private static readonly string[] Groups = ["a", "b", "c", "d", "e"];

    public static int Run()
    {
        Samplers();
        GroupedCountAndMean();
        Growth();
        Bounded();
        Accountants();
        return 0;
    }

    private static void Samplers()
    {
        const int Draws = 5_000;
        var source = new PrfRandomSource(new byte[PrfRandomSource.KeyLength]);
        var bytes = new byte[64];
        Report("reference: 64 random bytes", Best(200, () => Repeat(Draws, () => source.Fill(bytes))) * 1e6 / Draws, "ns");
        foreach (var scale in new Rational[] { new(1, 2), 10, 1_000_000, 1L << 40 })
        {
            var laplace = new DiscreteLaplace(scale);
            Report($"discrete Laplace, scale {scale}", Best(200, () => Repeat(Draws, () => laplace.Draw(source))) * 1e6 / Draws, "ns (target 500)");
        }

        foreach (var sigma in new Rational[] { new(1, 2), 10, 1_000, 1L << 30 })
        {
            var gaussian = new DiscreteGaussian(sigma * sigma);
            Report($"discrete Gaussian, sigma {sigma}", Best(200, () => Repeat(Draws, () => gaussian.Draw(source))) * 1e6 / Draws, "ns (target 500)");
        }
    }

    private static void GroupedCountAndMean()
    {
        var (schema, table) = Patients(1_000_000, Groups);
        var query = Ask(schema, """["site"]""");
        var source = new PrfRandomSource(new byte[PrfRandomSource.KeyLength]);

        // Both in turns, so that other load meets both alike, after enough rounds for the compiler to have finished with them.
        var (reference, engine) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < 20; round++)
        {
            reference = Math.Min(reference, Best(20, () => PlainLoop(table)));
            engine = Math.Min(engine, Best(20, () => Answering.Run(query, schema, table, [], source.For("round"))));
        }

        Report("reference: plain loop, 1,000,000 patients", reference, "ms");
        Report("grouped count and mean, noise included", engine, $"ms = {engine / reference:0.00} of the loop (target 1.5)");
    }

    private static void Growth()
    {
        foreach (var rows in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            var (schema, table) = Patients(rows, Groups);
            var query = Ask(schema, """["site"]""");
            Report($"count and mean, {rows} rows, 5 groups", Best(30, () => Answering.Run(query, schema, table, [], new PrfRandomSource(new byte[32]))), "ms");
        }

        foreach (var groups in new[] { 1, 10, 100, 1_000, 10_000 })
        {
            var (schema, table) = Patients(100_000, [.. Enumerable.Range(0, groups).Select(i => $"g{i}")]);
            var query = Ask(schema, """["site"]""");
            Report($"count and mean, 100000 rows, {groups} groups", Best(5, () => Answering.Run(query, schema, table, [], new PrfRandomSource(new byte[32]))), "ms");
        }
    }

    // Event tables: five rows a patient, of which three count; each patient's are chosen at random.
    private static void Bounded()
    {
        foreach (var rows in new[] { 10_000, 100_000, 1_000_000 })
        {
            var (schema, table) = Patients(rows, Groups, rowsEach: 5);
            var query = Ask(schema, """["site"]""");
            Report($"count and mean, {rows} rows of patients over their bound", Best(3, () => Answering.Run(query, schema, table, [], new PrfRandomSource(new byte[32]))), "ms");
        }
    }

    private static void Accountants()
    {
        var filter = PrivacyFilter.Of(new PrivacyLoss(500_000_000, 0));
        for (var i = 0; i < 1_000; i++)
        {
            filter = ((Admission.Granted)filter.Reserve(new PrivacyLoss(100_000, 0))).Filter.Post(new PrivacyLoss(100_000, 0));
        }

        var asked = new PrivacyLoss(6_641_525, 0);
        Report("filter's decision after 1,000 questions", Best(5, () => Repeat(10_000, () => filter.Reserve(asked))) * 1e3 / 10_000, "us (target 50)");
        (LossDistribution, int)[] gaussian = [(new LossDistribution.Gaussian(30), 1_000)];
        (LossDistribution, int)[] laplace = [(new LossDistribution.Laplace(100), 1_000)];
        (LossDistribution, int)[] mixed = [(new LossDistribution.Gaussian(50), 500), (new LossDistribution.Laplace(100), 250), (new LossDistribution.Pure(0.01), 250)];
        foreach (var (name, losses) in new[] { ("1,000 Gaussian", gaussian), ("1,000 Laplace", laplace), ("1,000 mixed", mixed) })
        {
            var bracket = ExactAccountant.Epsilon(losses, 1e-6);
            Report($"exact accountant, {name}", Best(30, () => ExactAccountant.Epsilon(losses, 1e-6)), $"ms (target 5); epsilon {bracket.Lower:0.000000} to {bracket.Upper:0.000000}, Renyi {Renyi.Epsilon(losses, 1e-6):0.000000}");
        }
    }

    private static (Schema, Table) Patients(int rows, string[] sites, int rowsEach = 1)
    {
        var schema = Schema.Parse(JsonDocument.Parse($$"""
            {"maxRowsPerUnit":{{(rowsEach + 1) / 2}},"maxGroupsPerUnit":{{(rowsEach + 1) / 2}},"privacyUnit":"id","attributes":{"site":{"type":"category","values":{{JsonSerializer.Serialize(sites)}}},"hba1c":{"type":"decimal","step":0.1,"lower":4,"upper":14} } }
            """).RootElement);
        var source = new PrfRandomSource(new byte[32]);
        var (codes, ticks, units) = (new int[rows], new long[rows], new int[rows]);
        for (var i = 0; i < rows; i++)
        {
            (codes[i], ticks[i], units[i]) = ((int)Uniform.Below(source, (ulong)sites.Length), 40 + (long)Uniform.Below(source, 101UL), i / rowsEach);
        }

        var ids = new CategoryColumn("id", [.. Enumerable.Range(0, rows).Select(i => $"{i}")], units);
        return (schema, new Table([ids, new CategoryColumn("site", sites, codes), new NumberColumn("hba1c", 0.1m, ticks)]));
    }

    private static Query Ask(Schema schema, string groupBy) => Query.Parse(
        JsonDocument.Parse($$"""{"groupBy":{{groupBy}},"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c"}],"loss":{"epsilon":0.5,"delta":1e-6} }""").RootElement, schema);

    // The same columns, the same nulls and bounds, nothing else.
    private static double PlainLoop(Table table)
    {
        var codes = ((CategoryColumn)table.Find("site")!).Codes;
        var ticks = ((NumberColumn)table.Find("hba1c")!).Ticks;
        var (counts, numbers, sums) = (new long[5], new long[5], new long[5]);
        for (var i = 0; i < codes.Length; i++)
        {
            var group = codes[i];
            if (group < 0)
            {
                continue;
            }

            counts[group]++;
            if (ticks[i] != NumberColumn.Null)
            {
                numbers[group]++;
                sums[group] += Math.Clamp(ticks[i], 40, 140);
            }
        }

        return sums.Zip(numbers, (sum, number) => (double)sum / number).Sum();
    }

    private static long Repeat<T>(int times, Func<T> work)
    {
        for (var i = 0; i < times; i++)
        {
            work();
        }

        return times;
    }

    private static long Repeat(int times, Action work)
    {
        for (var i = 0; i < times; i++)
        {
            work();
        }

        return times;
    }

    // Milliseconds of the fastest round, of the clock or of the processor, whichever is less: what others run does not count.
    private static double Best<T>(int rounds, Func<T> work)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round < rounds + 2; round++)
        {
            var used = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Math.Min(Stopwatch.GetElapsedTime(start).TotalMilliseconds, Processor(used)));
        }

        return best;
    }

    // Processor time is counted in coarse steps, so that only longer rounds are measured by it.
    private static double Processor(TimeSpan before)
    {
        var used = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
        return used < 30 ? double.PositiveInfinity : used;
    }

    private static void Report(string what, double figure, string unit) => Console.WriteLine($"{what}: {figure:0.000} {unit}");
}
