using System.Globalization;
using Silos.Ledger.Storage;
using Silos.Queries;

namespace Silos.Persistence;

/// <summary><c>Silos keys</c>: lists a silo's keys, rotates them, and erases a dataset by them, while no process of the silo runs. It takes the silo's own settings.</summary>
public static class KeysCommand
{
    private const string Usage =
        """
        usage: dotnet Silos.dll keys list
               dotnet Silos.dll keys rotate [DATASET | host]
               dotnet Silos.dll keys erase DATASET for-ever
        with the silo's settings (ConnectionStrings__Silo, Silo__Secrets), and no process of the silo running
        """;

    /// <param name="args">What follows <c>keys</c>; settings as <c>--Section:Name=value</c> among it.</param>
    /// <returns>0 when it was done; 1 when it was not; 2 when it was not understood.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter said, TextWriter wrong, TimeProvider clock, CancellationToken cancel)
    {
        var configuration = WebApplication.CreateBuilder([.. args.Where(arg => arg.StartsWith("--", StringComparison.Ordinal))]).Configuration;
        if (configuration.GetConnectionString("Silo") is not { } connection || configuration["Silo:Secrets"] is not { } secrets)
        {
            await wrong.WriteLineAsync("configuration: ConnectionStrings:Silo or Silo:Secrets is missing");
            return 2;
        }

        try
        {
            await using var database = new Database(connection);
            await database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence", cancel);
            if (await new QuestionOwners(database, clock).CountLivingAsync(cancel) is var living and > 0)
            {
                await wrong.WriteLineAsync($"{living} processes of this silo run, or ended less than {QuestionOwners.Length.TotalSeconds:0} s ago without saying so: end them first");
                return 1;
            }

            using var vault = Vault.LoadOrCreate(secrets);
            return await RunAsync([.. args.Where(arg => !arg.StartsWith("--", StringComparison.Ordinal))], new Reseal(database, vault), vault, said, wrong, cancel);
        }
        catch (Exception refused) when (refused is MissingKeyException or InvalidDataException or InvalidOperationException or IOException or System.Security.Cryptography.CryptographicException)
        {
            await wrong.WriteLineAsync(refused.Message);
            return 1;
        }
    }

    private static async Task<int> RunAsync(string[] args, Reseal reseal, Vault vault, TextWriter said, TextWriter wrong, CancellationToken cancel)
    {
        switch (args)
        {
            case ["list"]:
                foreach (var key in vault.Keys)
                {
                    await said.WriteLineAsync($"{key.Id} {Name(key.Of)}");
                }

                return 0;

            case ["rotate"] or ["rotate", _]:
                await reseal.UpgradeAsync((_, _) => { }, cancel);
                string[] owners = args is ["rotate", var one] ? [one == "host" ? Vault.Host : one] : [.. vault.Keys.Select(key => key.Of).Distinct()];
                foreach (var of in owners)
                {
                    var count = 0;
                    await reseal.RotateAsync(of, (_, rows) => count += rows, cancel);
                    await said.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Name(of)}: {count} rows lie under key {vault.Keys.Last(key => key.Of == of).Id}, and every older key is dropped"));
                }

                return 0;

            case ["erase", var dataset, "for-ever"]:
                if (await reseal.EraseAsync(dataset, cancel) is not { } dropped)
                {
                    await wrong.WriteLineAsync($"dataset '{dataset}' is not registered here");
                    return 1;
                }

                await said.WriteLineAsync($"{dataset}: {dropped} keys dropped from {vault.Path}; destroy every other copy of that file, and nothing of the dataset can be read again, in no backup either");
                return 0;

            default:
                await wrong.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static string Name(string of) => of == Vault.Host ? "host" : of;
}
