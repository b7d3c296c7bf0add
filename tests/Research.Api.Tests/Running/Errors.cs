using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Research.Api.Tests.Running;

/// <summary>Keeps what the hub logs as error, so that a test that sees a 500 can say why.</summary>
internal sealed class Errors : ILoggerProvider, ILogger
{
    public static ConcurrentQueue<string> Seen { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Seen.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
