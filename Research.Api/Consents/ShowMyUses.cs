using System.Globalization;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Permits;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Consents;

/// <summary>Who used the patient's records: the hospital's list, with each project in plain words, what could have been learned as odds, and what no withdrawal can undo.</summary>
internal static class ShowMyUses
{
    private const double LogOfOneMillion = 13.815510557964274;

    public static async Task<IReadOnlyList<MyUses>> RunAsync(
        Caller caller, AccountStore accounts, PermitStore permits, ApplicationStore applications, SiloDirectory silos, CancellationToken cancel)
    {
        List<MyUses> shown = [];
        var projects = new Dictionary<string, (string? Title, string? Summary)>();
        foreach (var (register, subject) in await accounts.LinksAsync(caller.Id))
        {
            var silo = Hash32.TryParse(register, out var id) ? await silos.FindAsync(id, cancel) : null;
            var uses = silo is null ? null : await ReadAsync(silo, subject, cancel);
            foreach (var permit in (uses?.Uses ?? []).Select(use => use.Permit).OfType<string>().Where(permit => !projects.ContainsKey(permit)))
            {
                projects[permit] = await ProjectAsync(permit, permits, applications);
            }

            shown.Add(Show(register, silo is null ? register : silos.NameOf(silo), uses, projects));
        }

        return shown;
    }

    /// <summary>The hospital's list in words. Pure.</summary>
    internal static MyUses Show(string register, string hospital, PatientUses? uses, IReadOnlyDictionary<string, (string? Title, string? Summary)> projects)
    {
        if (uses is null)
        {
            return new MyUses(register, hospital, false, [], null, null);
        }

        var list = uses.Uses.Select(use =>
        {
            var (title, summary) = use.Permit is { } permit ? projects.GetValueOrDefault(permit) : default;
            return new MyUse(use.Seq, use.Time, use.Kind, use.Permit, title, summary, use.Dataset, use.Rho, use.Delta, use.Files, use.Reason, use.Decided, use.CannotBeRecalled);
        }).ToList();
        var gone = list.Where(use => use.CannotBeRecalled).ToList();
        return new MyUses(register, hospital, true, list, LossOf(uses.Loss), gone.Count == 0 ? null : LimitOf(gone));
    }

    private static string LimitOf(List<MyUse> gone) => string.Create(CultureInfo.InvariantCulture,
        $"Already released while you permitted it, and not to be recalled: {string.Join("; ", gone.Select(use => $"{(use.Kind == "file" ? "a file" : "an answer")} of {use.Time[..10]}{(use.Project is null ? "" : $" to “{use.Project}”")}"))}.");

    private static MyLoss LossOf(PatientLoss loss)
    {
        var rho = ulong.Parse(loss.Total.Rho, CultureInfo.InvariantCulture) / 1e9;
        var epsilon = Math.Ceiling((rho + (2 * Math.Sqrt(rho * LogOfOneMillion))) * 1000) / 1000;
        var odds = (int)Math.Ceiling(100 / (1 + Math.Exp(-epsilon)));
        return new MyLoss(loss.Total.Rho, loss.Total.Delta, epsilon, odds, loss.Files, Rho(loss.ByPermit), Rho(loss.ByYear));
    }

    private static Dictionary<string, string> Rho(IReadOnlyDictionary<string, LossSum> sums) => sums.ToDictionary(sum => sum.Key, sum => sum.Value.Rho);

    private static async Task<(string?, string?)> ProjectAsync(string permit, PermitStore permits, ApplicationStore applications) =>
        await permits.FindAsync(permit) is { } issued && await applications.FindAsync(issued.Application) is { } application ? (application.Form.Title, application.Form.LaySummary) : default;

    private static async Task<PatientUses?> ReadAsync(SiloClient silo, string subject, CancellationToken cancel)
    {
        try
        {
            return await silo.GetAsync<PatientUses>($"{SiloRoutes.PatientUses}/{subject}", cancel);
        }
        catch (SiloUnreachableException)
        {
            return null;
        }
    }
}
