using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>A chain that was made anew under the same address is noticed.</summary>
public class AnotherChainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Goal: a silo whose chain was made anew halts, says why, and does not start on it either. Method: stop the chain, start another at its port; read the health page; start the silo again.</summary>
    [Fact]
    public async Task A_silo_halts_on_a_chain_that_was_made_anew_and_says_why()
    {
        var state = Directory.CreateTempSubdirectory("researchhub-anew-");
        try
        {
            await using var stack = await Stack.StartAsync(new StackOptions(state.FullName, Host.FreeBasePort(), Patients: 20, SilosOnly: true));
            await stack.StopChainAsync();
            File.Delete(stack.Options.In("chain.json"));
            await stack.RestartChainAsync();
            using var cancel = new CancellationTokenSource(Patience);
            using var http = new HttpClient();
            Task<string> HealthAsync() => TextAsync(http, new Uri(stack.SiloUrl(1), "healthz"));
            var page = await Until.ReadAsync("the silo's health to name the ledger", Patience, HealthAsync, text => text.Contains("ledger", StringComparison.Ordinal));
            Assert.Matches("was made anew or lost its blocks|has lost the deployment|another chain", page);
            await stack.StartSiloAsync(1);
            await stack.Silos[1].EndedAsync(cancel.Token);
            Assert.Contains(stack.Silos[1].Lines(), line => line.Contains("was made anew or lost its blocks", StringComparison.Ordinal));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static async Task<string> TextAsync(HttpClient http, Uri page)
    {
        using var answer = await http.GetAsync(page);
        return await answer.Content.ReadAsStringAsync();
    }
}
