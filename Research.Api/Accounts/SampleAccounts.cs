using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Accounts;

/// <summary>One line of the file of sample accounts.</summary>
/// <param name="Roles">All its roles.</param>
/// <param name="Kind">Kind of user, for a researcher.</param>
/// <param name="Silo">Position (from 0) in the list of configured silos, for a patient and a custodian.</param>
internal sealed record SampleAccount(string Email, string Name, IReadOnlyList<string> Roles, string Password, string? Institution, string? Kind, int? Silo);

/// <summary>
/// Accounts for the embedded default, made once when <c>Accounts:Samples</c> names a file: random passwords, written there
/// readable by its owner alone. Never made where the setting is absent.
/// </summary>
internal static class SampleAccounts
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Makes every account that is in the plan and not yet in the file.</summary>
    public static async Task MakeAsync(IServiceProvider services, string path, int silos)
    {
        await using var scope = services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var made = File.Exists(path) ? JsonSerializer.Deserialize<List<SampleAccount>>(await File.ReadAllTextAsync(path), Json)! : [];
        foreach (var planned in Plan(silos).Where(planned => made.All(account => account.Email != planned.Email)))
        {
            if (await accounts.FindByEmailAsync(planned.Email) is not null)
            {
                continue;
            }

            var account = planned with { Password = NewPassword() };
            await MakeAsync(accounts, account);
            made.Add(account);
            Write(path, made);
        }
    }

    /// <summary>Makes one account with its roles.</summary>
    public static async Task MakeAsync(UserManager<Account> accounts, SampleAccount sample)
    {
        var account = new Account { UserName = sample.Email, Email = sample.Email, EmailConfirmed = true, Name = sample.Name, Institution = sample.Institution, Kind = sample.Kind };
        Demand(await accounts.CreateAsync(account, sample.Password));
        Demand(await accounts.AddToRolesAsync(account, sample.Roles));
    }

    private static IEnumerable<SampleAccount> Plan(int silos)
    {
        const string Domain = "@researchhub.example";
        for (var silo = 0; silo < silos; silo++)
        {
            var number = (silo + 1).ToString(CultureInfo.InvariantCulture);
            yield return new($"patient{number}{Domain}", $"Patient {number}", [Role.Patient], "", null, null, silo);
            yield return new($"custodian{number}{Domain}", $"Custodian {number}", [Role.Custodian], "", $"hospital-{number}", null, silo);
        }

        yield return new("researcher" + Domain, "Rosa Researcher", [Role.Researcher], "", "University", "non-profit", null);
        yield return new("colleague" + Domain, "Caio Colleague", [Role.Researcher], "", "University", "non-profit", null);
        yield return new("official" + Domain, "Olga Official", [Role.SigningOfficial], "", "University", null, null);
        yield return new("member1" + Domain, "Mara Member (chair)", [Role.CommitteeMember, Role.Chair], "", "Ethics board", null, null);
        yield return new("member2" + Domain, "Milo Member", [Role.CommitteeMember], "", "Ethics board", null, null);
        yield return new("member3" + Domain, "Maya Member", [Role.CommitteeMember], "", "Ethics board", null, null);
        yield return new("checker1" + Domain, "Chico Checker", [Role.OutputChecker], "", "Output desk", null, null);
        yield return new("checker2" + Domain, "Clara Checker", [Role.OutputChecker], "", "Output desk", null, null);
        yield return new("auditor" + Domain, "Ana Auditor", [Role.Auditor], "", "Audit office", null, null);
        yield return new("operator" + Domain, "Otto Operator", [Role.Operator], "", "ResearchHub", null, null);
    }

    /// <summary>128 random bits, with one character of each kind that Identity's default rules ask for.</summary>
    private static string NewPassword() => Nonce.New() + "-aA1";

    private static void Write(string path, List<SampleAccount> accounts)
    {
        var partial = path + ".new";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(partial, options))
        {
            JsonSerializer.Serialize(file, accounts, Json);
        }

        File.Move(partial, path, overwrite: true);
    }

    private static void Demand(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException("sample account: " + string.Join("; ", result.Errors.Select(error => error.Description)));
        }
    }
}
