using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>O12: a database that was restored from a backup brings nothing back to life.</summary>
public class RestoreTests(RunningStack running) : IClassFixture<RunningStack>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Goal: a silo whose database is older than the chain serves nothing, so that an opt-out stays, who was erased stays erased and a budget stays spent; with the database brought up to date it serves again. Method: back up; opt out, erase and spend; kill; restore the backup and start; put the newer database back and start.</summary>
    [Fact]
    public async Task A_restored_backup_serves_nothing_until_it_has_caught_up()
    {
        var permit = await running.PermitAsync();
        var backup = running.Options.In("backup.db");
        await using (var database = Open())
        {
            await database.ExecuteAsync("VACUUM INTO @backup", new { backup });
        }

        await running.Hospital.DecideAsync([running.Hospital.Patients.First(patient => patient.Value.Sequence > 0).Key], Directive.Deny, TimeProvider.System.GetUtcNow());
        var erased = running.Hospital.Patients.Where(patient => patient.Value.Sequence > 0).ElementAt(1).Value.Subject;
        using var officer = new HttpClient { BaseAddress = running.Stack.SiloUrl(1) };
        officer.DefaultRequestHeaders.Authorization = new("Bearer", running.Stack.OfficerToken(1));
        using (var done = await officer.PostAsJsonAsync(new Uri(SiloRoutes.Erasures, UriKind.Relative), new Erasing(erased)))
        {
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        }

        var before = await running.AskAsync(permit);
        Assert.True(before.Ok, before.Body);
        var decided = await CountAsync();
        await running.Stack.Silos[1].KillAsync();
        foreach (var file in Files())
        {
            File.Move(file, file + ".newer");
        }

        File.Copy(backup, Files()[0]);
        await running.Stack.StartSiloAsync(1);
        using var cancel = new CancellationTokenSource(Patience);
        await running.Stack.Silos[1].EndedAsync(cancel.Token);
        Assert.Contains(running.Stack.Silos[1].Lines(), line => line.Contains("the database was restored from an older backup; nothing is served", StringComparison.Ordinal));
        await Assert.ThrowsAsync<StoryException>(() => running.AskAsync(permit));
        Assert.True(await CountAsync() < decided);

        SqliteConnection.ClearAllPools();
        foreach (var file in Files().Where(File.Exists))
        {
            File.Delete(file);
        }

        foreach (var file in Files().Where(file => File.Exists(file + ".newer")))
        {
            File.Move(file + ".newer", file);
        }

        await running.Stack.StartSiloAsync(1);
        await running.Stack.Silos[1].ReadyAsync(Patience);
        var again = await running.AskAsync(permit);
        Assert.True(again.Ok, again.Body);
        Assert.Equal(before.Released, again.Released);
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
        Assert.Equal(decided, await CountAsync());
        using var gone = await officer.GetAsync(new Uri($"{SiloRoutes.Standing}/{erased}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private string[] Files() => [.. new[] { "silo.db", "silo.db-wal", "silo.db-shm" }.Select(name => running.Options.In("silo-1", name)).Where((name, i) => i == 0 || File.Exists(name) || File.Exists(name + ".newer"))];

    private SqliteConnection Open() => new($"Data Source={running.Options.In("silo-1", "silo.db")};Pooling=False");

    private async Task<long> CountAsync()
    {
        await using var database = Open();
        return await database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM directives");
    }
}
