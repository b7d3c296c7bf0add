namespace Silos.Queries;

/// <summary>
/// Named steps at which a test kills or holds this process. Configured only on the development chain: elsewhere the host refuses to start.
/// </summary>
/// <param name="kill">The step at which the process ends itself at once, like a power cut.</param>
/// <param name="hold">The step at which a question waits.</param>
/// <param name="release">The file whose existence ends the wait; a file of that name with <c>.reached</c> says that the step was reached.</param>
/// <param name="reached">What a simulation does at each step: it ends the silo by throwing.</param>
public sealed class NamedSteps(string? kill, string? hold, string? release, Action<string>? reached = null)
{
    public const string Reserved = "reserved";
    public const string Computed = "computed";
    public const string Logged = "logged";

    public bool Any => kill is not null || hold is not null;

    public async Task ReachedAsync(string step, CancellationToken cancel)
    {
        reached?.Invoke(step);
        if (step == kill)
        {
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            self.Kill();
        }

        if (step == hold && release is not null)
        {
            await File.WriteAllTextAsync(release + ".reached", step, cancel);
            while (!File.Exists(release))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancel);
            }
        }
    }
}
