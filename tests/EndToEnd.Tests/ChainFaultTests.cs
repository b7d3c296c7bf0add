using System.Collections.Concurrent;
using Silos.Ledger.Chain;
using Research.Api.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>On SQLite files.</summary>
public class ChainFaultTests(FaultyStack running) : ChainFaultCases(running), IClassFixture<FaultyStack>;

/// <summary>On PostgreSQL.</summary>
public class PostgresChainFaultTests(PostgresStack running) : ChainFaultCases(running.Required()), IClassFixture<PostgresStack>;

/// <summary>Whatever happens between the hosts and the chain: nothing is answered without a final entry, nothing is charged twice, and the history verifies.</summary>
public abstract class ChainFaultCases(RunningStack running)
{
    private const int Questions = 8;
    private const ulong Price = 6641525;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Goal: as the class says, with clear words where the chain went back. Method: eight questions, four at a time, each asked again until it is answered, while the proxy spoils a request in seven or the chain itself is struck; then calm, and the chain's events, the permit's spending and the exported history are looked at.</summary>
    [Theory]
    [InlineData("drop")]
    [InlineData("delay")]
    [InlineData("duplicate")]
    [InlineData("5xx")]
    [InlineData("reorganisation")]
    [InlineData("kill")]
    [InlineData("rollback")]
    public async Task Nothing_is_answered_without_a_final_entry_or_charged_twice(string fault)
    {
        using var cancel = new CancellationTokenSource(Patience);
        var permit = await running.PermitAsync();
        var strike = await ArmAsync(fault);
        var proxy = running.Stack.Faults!;
        proxy.Fault = fault switch { "drop" => ProxyFault.Drop, "delay" => ProxyFault.Delay, "duplicate" => ProxyFault.Duplicate, "5xx" => ProxyFault.Unavailable, _ => ProxyFault.None };
        var answered = new ConcurrentDictionary<int, long>();
        var asking = Parallel.ForEachAsync(Enumerable.Range(0, Questions), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel.Token }, async (number, token) => answered[number] = await AskUntilAnsweredAsync(permit, number, token));
        await Until.TrueAsync("the first answer", Patience, () => Task.FromResult(!answered.IsEmpty || asking.IsCompleted));
        await strike();
        await asking;
        proxy.Fault = ProxyFault.None;

        var charged = await ChargedAsync(answered.Values, cancel.Token);
        Assert.Equal(Questions, answered.Values.Distinct().Count());
        Assert.Equal(Questions * Price, await running.SpentAsync(permit));
        Assert.All(charged.CountBy(seq => seq), seq => Assert.Equal(1, seq.Value));
        var export = running.Options.In("history.zip");
        using var anybody = new HubClient(running.Stack.HubUrl);
        await anybody.DownloadAsync(HubRoutes.LedgerExport, export);
        var (code, output) = await Programs.VerifyAsync("history", export, "--rpc", running.Stack.ChainUrl.ToString());
        Assert.True(code == 0, $"{fault}\n{output}");
        if (fault is "rollback" or "reorganisation")
        {
            Assert.Contains(running.Stack.Silos[1].Lines(), line => line.Contains("the chain's head went back: it held size", StringComparison.Ordinal));
            Assert.Contains("is of kind re-anchored", output, StringComparison.Ordinal);
        }

        TestContext.Current.SendDiagnosticMessage($"{fault}: {proxy.Spoilt} requests spoilt so far");
    }

    /// <summary>Prepares what strikes the chain itself; the others leave that to the proxy.</summary>
    private async Task<Func<Task>> ArmAsync(string fault)
    {
        var stack = running.Stack;
        if (fault is "kill" or "rollback")
        {
            // A state file is whole only after a stop; the permit must be in it.
            await stack.StopChainAsync();
            File.Copy(running.Options.In("chain.json"), running.Options.In("older.json"), overwrite: true);
            await stack.RestartChainAsync();
        }

        switch (fault)
        {
            case "reorganisation":
                var snapshot = await stack.Chain.Rpc.CallAsync("evm_snapshot", []);
                return async () => Assert.True((await stack.Chain.Rpc.CallAsync("evm_revert", [snapshot])).GetBoolean());
            case "kill":
                return async () =>
                {
                    await stack.Chain.KillAsync();
                    await stack.RestartChainAsync();
                };
            case "rollback":
                return async () =>
                {
                    await stack.Chain.KillAsync();
                    File.Copy(running.Options.In("older.json"), running.Options.In("chain.json"), overwrite: true);
                    await stack.RestartChainAsync();
                };
            default:
                return () => Task.CompletedTask;
        }
    }

    /// <returns>Seq of the entry under which the question was first answered.</returns>
    private async Task<long> AskUntilAnsweredAsync(string permit, int number, CancellationToken cancel)
    {
        var question = RunningStack.Count.Replace("18", $"{20 + number}", StringComparison.Ordinal);
        var answer = await Until.ReadAsync($"the answer to question {number}", Patience, async () =>
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return await running.AskAsync(permit, question);
            }
            catch (Exception refused) when (refused is StoryException or HttpRequestException)
            {
                // The hub could not price it just now; asked again.
                return null;
            }
        }, answer => answer?.Ok == true);
        return (answer!.Json["first"]?["seq"] ?? answer.Json["receipt"]!["body"]!["entry"]!["seq"])!.GetValue<long>();
    }

    /// <summary>Waits until the chain holds the charge of every answer.</summary>
    /// <returns>The seq of each charge that this register's events hold, as often as they hold it.</returns>
    private async Task<IReadOnlyList<long>> ChargedAsync(ICollection<long> answered, CancellationToken cancel)
    {
        using var chain = new ChainClient(running.Stack.Chain.Rpc, running.Stack.Deployment);
        return await Until.ReadAsync("the charges on the chain", Patience, async () => (await chain.ReadEventsAsync(cancel: cancel))
            .Where(happened => happened.Name == "ChargePosted" && happened.Fields["logId"]!.ToString() == running.Hospital.Register.ToString())
            .Select(happened => long.Parse(happened.Fields["seq"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture)).ToList(), charged => answered.All(charged.Contains));
    }
}
