using Microsoft.Extensions.Logging;
using Npgsql;
using Silos.Ledger.Chain;
using Silos.Ledger.Storage;
using Xunit;

namespace Silos.Tests.Storage;

/// <summary>Work in rounds survives what passes by itself, and nothing else.</summary>
public sealed class RoundsTests : ILogger
{
    private readonly List<string> said = [];

    /// <summary>Goal: trouble of ledger and database, also wrapped, ends no work and is told once. Method: a round that fails three times in three ways and then passes.</summary>
    [Fact]
    public async Task A_round_is_tried_until_it_passes_and_its_trouble_is_told_once()
    {
        var tries = 0;
        await new Rounds("tests", new NoPauses(), this).OnceAsync(_ => tries++ switch
        {
            0 => throw new NpgsqlException("gone"),
            1 => throw new LedgerUnavailableException("silent"),
            2 => throw new InvalidOperationException("wrapped", new NpgsqlException("gone")),
            _ => Task.CompletedTask,
        }, TestContext.Current.CancellationToken);

        Assert.Equal(4, tries);
        Assert.Equal(["tests wait: gone", "tests go on"], said);
    }

    /// <summary>Goal: a fault of the program is not hidden. Method: a round that fails by itself.</summary>
    [Fact]
    public async Task A_fault_of_the_program_is_thrown() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => new Rounds("tests", new NoPauses(), this).OnceAsync(_ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));

    /// <summary>Goal: a host that stops need not wait for the database. Method: stop while a round fails.</summary>
    [Fact]
    public async Task Stopping_ends_the_rounds()
    {
        using var stop = new CancellationTokenSource();
        var rounds = new Rounds("tests", TimeProvider.System, this).RunAsync(TimeSpan.FromDays(1), async _ =>
        {
            await stop.CancelAsync();
            throw new NpgsqlException("gone");
        }, stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rounds);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => said.Add(formatter(state, exception));

    /// <summary>Lets every pause end at once.</summary>
    private sealed class NoPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
