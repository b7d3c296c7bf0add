using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What must hold on either database when the power goes, the chain goes, or two ask at once.</summary>
public abstract class CrashTests(RunningStack running)
{
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Goal: nothing is answered while the chain is down, and the question is charged once when it is back. Method: stop anvil, ask, start it, ask.</summary>
    [Fact]
    public async Task With_the_chain_stopped_nothing_is_answered_and_with_it_back_the_question_is_charged_once()
    {
        var permit = await running.PermitAsync();
        await running.Stack.StopChainAsync();
        var refused = await running.AskAsync(permit);
        await running.Stack.RestartChainAsync();
        var answered = await running.AskAsync(permit);

        Assert.Equal(RefusalCode.LedgerUnavailable, refused.Code);
        Assert.True(answered.Ok, answered.Body);
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }

    /// <summary>Goal: a crash between reservation and answer leaves the charge standing, no answer without an entry, and the question answerable. Method: the silo kills itself at each named step; start it again and ask the same.</summary>
    [Theory]
    [InlineData("reserved")]
    [InlineData("computed")]
    [InlineData("logged")]
    public async Task A_killed_silo_keeps_the_charge_and_answers_when_asked_again(string step)
    {
        var permit = await running.PermitAsync();
        await running.Stack.StartSiloAsync(1, ("Steps:Kill", step));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var lost = await running.AskAsync(permit);
        Assert.False(lost.Ok);
        using var cancel = new CancellationTokenSource(Patience);
        await running.Stack.Silos[1].EndedAsync(cancel.Token);

        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var again = await running.AskAsync(permit);

        Assert.True(again.Ok, again.Body);
        Assert.Equal("redelivery", again.Json["receipt"]!["body"]!["entry"]!["kind"]!.GetValue<string>());
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }

    /// <summary>Goal: a process that starts leaves a living one's question alone, and finishes a dead one's. Method: hold a question in one process, start another and let it look; release, and the first answers it; hold another and kill its process, and the second finishes it. Each is charged once.</summary>
    [Fact]
    public async Task A_starting_process_takes_over_a_dead_ones_question_and_leaves_a_living_ones()
    {
        var (kept, left) = (await running.PermitAsync(), await running.PermitAsync());
        await running.AskAsync(await running.PermitAsync());
        var (asking, release) = await HeldAsync(kept);
        var second = await running.Stack.StartBesideAsync(1, 1);
        await second.ReadyAsync(Patience);
        await SaidAsync(second, "0 to finish here, 1 being worked on");
        await File.WriteAllTextAsync(release, "");
        Assert.True((await asking).Ok, (await asking).Body);
        Assert.DoesNotContain(second.Lines(), line => line.Contains("1 to finish here", StringComparison.Ordinal));
        Assert.Equal(6641525UL, await running.SpentAsync(kept));

        (asking, _) = await HeldAsync(left);
        await running.Stack.Silos[1].KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asking);
        await SaidAsync(second, "1 to finish here, 0 being worked on");
        var again = await running.AskAtAsync(second, left);
        Assert.True(again.Ok, again.Body);
        Assert.Equal("redelivery", again.Json["receipt"]!["body"]!["entry"]!["kind"]!.GetValue<string>());
        Assert.Equal(6641525UL, await running.SpentAsync(left));
        await second.DisposeAsync();
        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
    }

    /// <summary>Restarts the first silo, asks it, and has the question held once it is reserved for.</summary>
    private async Task<(Task<Answered> Asking, string Release)> HeldAsync(string permit)
    {
        var release = running.Options.In("release-" + permit);
        await running.Stack.StartSiloAsync(1, ("Steps:Hold", "reserved"), ("Steps:Release", release));
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var asking = running.AskAtAsync(running.Stack.Silos[1], permit);
        await Until.TrueAsync("the question to be held", Patience, () => Task.FromResult(File.Exists(release + ".reached")));
        return (asking, release);
    }

    private static Task SaidAsync(Host host, string words) =>
        Until.TrueAsync($"{host.Name} to say '{words}'", Patience, () => Task.FromResult(host.Lines().Any(line => line.Contains(words, StringComparison.Ordinal))));

    /// <summary>Goal: two questions that race for the last of a cap do not both get it. Method: a cap for one and a half; ask two at once.</summary>
    [Fact]
    public async Task Two_questions_racing_for_the_last_of_a_cap_do_not_both_get_it()
    {
        var permit = await running.PermitAsync("10000000");
        var answers = await Task.WhenAll(running.AskAsync(permit, fresh: true), running.AskAsync(permit, fresh: true));

        Assert.Single(answers, answer => answer.Ok);
        Assert.Contains(answers, answer => answer.Code == RefusalCode.OverPermitCap);
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }
}
