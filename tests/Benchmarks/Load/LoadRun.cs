using System.Collections.Concurrent;
using System.Globalization;
using Silos.Ledger.Chain;
using Story;

namespace Benchmarks.Load;

/// <summary>
/// <c>load [--seconds N] [--warm-up N] [--callers N] [--rate N] [--patients N] [--age MS] [--soak MINUTES]</c>: answered questions a second through hub, silos,
/// chain and witnesses on PostgreSQL, each question new, charged, and answered with a receipt; what the machine can do at most in the same
/// run; redeliveries and a single dataset apart; patients' decisions; with <c>--soak</c>, memory.
/// </summary>
internal static class LoadRun
{
    /// <summary>Questions that are signed before the measurement, for a second of it: researchers sign on machines of their own. What is asked beyond them is signed meanwhile.</summary>
    private const int SignedASecond = 500;

    public static async Task<int> RunAsync(string[] args)
    {
        if (Children.OnPath("anvil") is null && Anvil.Find() is null || PostgresServer.Find() is null)
        {
            Console.Error.WriteLine("load: " + (Anvil.Find() is null ? Anvil.Missing : PostgresServer.Missing));
            return 2;
        }

        var (seconds, callers, patients) = (Option(args, "--seconds", 30), Option(args, "--callers", 200), Option(args, "--patients", 1000));
        var soak = Option(args, "--soak", 0);
        var age = TimeSpan.FromMilliseconds(Option(args, "--age", soak > 0 ? 1000 : 150));
        Print($"{Environment.ProcessorCount} processors; load average before: {File.ReadAllText("/proc/loadavg").Trim()}; Ledger:BatchAge {age.TotalMilliseconds} ms");
        await using var market = await Marketplace.OpenAsync(patients, age, line => Print(line));
        var deployed = market.Stack.Deployment.Deployed;
        var questions = new Questions(market.Doors, deployed.ChainId, deployed.Contract);
        var tokens = market.Doors.Select(door => door.Researcher).Distinct().ToDictionary(one => one, one => one.Hub.Token!);
        var to = new Uri(market.Stack.HubUrl, "/queries");
        (Uri, string?, byte[])? Post(Ask ask) => (to, tokens[ask.Door.Researcher], ask.Body);
        var processes = new Processes(market.Stack, market.Postgres);

        if (args.Contains("--consents"))
        {
            await Decisions.RunAsync(market, processes, Print);
            return 0;
        }

        var warmUp = await Drive.RunAsync(callers, TimeSpan.FromSeconds(Option(args, "--warm-up", 30)), _ => Post(questions.Next()));
        Print($"warm-up, not counted: {warmUp}");
        if (soak > 0)
        {
            return await Soak.RunAsync(callers, TimeSpan.FromMinutes(soak), _ => Post(questions.Next()), processes, Print);
        }

        var endpoint = await References.EndpointAsync(callers, questions.Next().Body);
        Print($"reference, bare endpoint: {endpoint}");
        var (one, sixteen) = await References.CommitsAsync(market.Postgres);
        Print($"reference, bare commit of a row: {one:0}/s on one connection, {sixteen:0}/s on sixteen");

        var (ready, asked) = (new ConcurrentQueue<Ask>(), new ConcurrentQueue<Ask>());
        for (var i = 0; i < seconds * SignedASecond; i++)
        {
            ready.Enqueue(questions.Next());
        }

        Ask New()
        {
            var ask = ready.TryDequeue(out var signed) ? signed : questions.Next();
            asked.Enqueue(ask);
            return ask;
        }

        var samples = new ConcurrentQueue<byte[]>();
        var spentBefore = await SpentAsync(market);
        processes.Start();
        var fresh = await Drive.RunAsync(callers, TimeSpan.FromSeconds(seconds), _ => Post(New()), answer => Keep(samples, answer));
        Print($"new questions, {market.Doors.Count} datasets, {callers} callers in a closed loop: {fresh}");
        Print($"  processors: {processes.Since(fresh.Times.Count)}");
        Print($"  charged on the chain meanwhile: {await SpentAsync(market) - spentBefore} nano-rho; blocks so far: {(await market.Stack.Chain.Rpc.CallAsync("eth_blockNumber", [])).GetString()}");

        var rate = Option(args, "--rate", 310);
        processes.Start();
        var paced = await Drive.RunAsync(callers, TimeSpan.FromSeconds(seconds), _ => Post(New()), rate: rate);
        Print($"new questions, {market.Doors.Count} datasets, {callers} callers who ask {rate} a second, counted from when each was due: {paced}");
        Print($"  processors: {processes.Since(paced.Times.Count)}");

        processes.Start();
        var again = await Drive.RunAsync(callers, TimeSpan.FromSeconds(seconds / 3), _ => asked.TryDequeue(out var ask) ? Post(questions.Again(ask)) : null);
        Print($"redeliveries: {again}");
        Print($"  processors: {processes.Since(again.Times.Count)}");

        var single = new Questions([market.Doors[0]], deployed.ChainId, deployed.Contract);
        single.Skip(10_000_000);
        processes.Start();
        var alone = await Drive.RunAsync(callers, TimeSpan.FromSeconds(seconds / 3), _ => Post(single.Next()));
        Print($"new questions, one dataset: {alone}");
        Print($"  processors: {processes.Since(alone.Times.Count)}");
        await Decisions.RunAsync(market, processes, Print);
        return await VerifyAsync(market, samples) && fresh.Refusals.Count + paced.Refusals.Count == 0 ? 0 : 1;
    }

    /// <summary>A few of the answers, by the verifier that believes nobody.</summary>
    private static async Task<bool> VerifyAsync(Marketplace market, ConcurrentQueue<byte[]> samples)
    {
        var whole = true;
        var file = market.Stack.Options.In("sample.json");
        foreach (var answer in samples)
        {
            await File.WriteAllBytesAsync(file, answer);
            var (code, output) = await Programs.VerifyAsync("receipt", file, "--rpc", market.Stack.ChainUrl.ToString());
            whole &= code == 0;
            if (code != 0)
            {
                Print($"a receipt does not verify: {output}");
            }
        }

        Print($"{samples.Count} receipts verified: {whole}");
        return whole;
    }

    private static void Keep(ConcurrentQueue<byte[]> samples, byte[] answer)
    {
        if (samples.Count < 5)
        {
            samples.Enqueue(answer);
        }
    }

    private static async Task<long> SpentAsync(Marketplace market)
    {
        using var chain = new ChainClient(market.Stack.Chain.Rpc, market.Stack.Deployment);
        var spent = 0L;
        foreach (var hospital in market.Hospitals)
        {
            spent += (long)(await chain.ReadBudgetAsync(hospital.Register)).Spent.Rho;
        }

        return spent;
    }

    private static int Option(string[] args, string name, int standard) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : standard;

    private static void Print(FormattableString line) => Print(line.ToString(CultureInfo.InvariantCulture));

    private static void Print(string line) => Console.WriteLine(line);
}
