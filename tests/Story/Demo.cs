using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Story;

/// <summary>The main job through the public API: apply, vote, permit, pay, ask, verify. Prints each step; throws when one does not hold.</summary>
public sealed class Demo(Stack stack, TimeProvider clock, Action<string> print)
{
    public const string Question =
        """
        {"where":[{"attribute":"age","atLeast":18}],
         "groupBy":["sex"],
         "measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}],
         "loss":{"epsilon":0.5,"delta":1e-6}}
        """;

    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <param name="export">Where to write the history export, which is verified; null writes none.</param>
    public async Task RunAsync(string? export = null)
    {
        var dataset = await FindDatasetAsync();
        using var researcher = await Researcher.SignInAsync(stack);
        var (application, permit) = await ApproveAsync(researcher, dataset, await researcher.ApplyAsync(dataset, clock.GetUtcNow()));
        await RefusedUnpaidAsync(researcher, permit, dataset, application);
        await PayAsync(researcher, application);
        var answer = await AskAsync(researcher, permit, dataset);
        await VerifyAsync(answer);
        await ReleaseFileAsync(researcher, permit, dataset);
        await ShowDashboardAsync(researcher, dataset);
        if (export is not null)
        {
            await ExportAsync(export);
        }

        Say("All of it holds.");
    }

    /// <summary>The whole history as the hub hands it to anybody, verified from the file alone and against the chain.</summary>
    public async Task ExportAsync(string file)
    {
        using var anybody = new HubClient(stack.HubUrl);
        await anybody.DownloadAsync(HubRoutes.LedgerExport, file);
        Say(string.Create(CultureInfo.InvariantCulture, $"The history was exported to {file}: {new FileInfo(file).Length} bytes."));
        await RunVerifyAsync("history", file);
        await RunVerifyAsync("history", file, "--rpc", stack.ChainUrl.ToString());
    }

    /// <summary>An application that two board members approve, paid for, and the permit that comes of it.</summary>
    public async Task<string> ObtainPermitAsync(Researcher researcher, CatalogueItem dataset, CapAsked? caps = null)
    {
        var (application, permit) = await ApproveAsync(researcher, dataset, await researcher.ApplyAsync(dataset, clock.GetUtcNow(), caps));
        await PayAsync(researcher, application);
        return permit;
    }

    private async Task<(string Application, string Permit)> ApproveAsync(Researcher researcher, CatalogueItem dataset, ApplicationView application)
    {
        Say($"The researcher applied to '{dataset.Title}' of {dataset.Hospital}: application {application.Id}.");
        using var chair = await BoardMember.SignInAsync(stack, 1);
        using var member = await BoardMember.SignInAsync(stack, 2);
        await chair.ReviewAsync(application.Id);
        await chair.ApproveAsync(application.Id);
        var outcome = await member.ApproveAsync(application.Id);
        Say($"Two of three board members signed; the chain counted {outcome.Counted} of {outcome.Quorum} needed.");
        var permit = outcome.PermitId ?? throw new StoryException("the quorum approved and no permit was issued");
        await DeliveredAsync(researcher, permit);
        Say($"Permit {permit} is active on the chain and delivered to the hospital.");
        return (application.Id, permit);
    }

    /// <summary>Approved and unpaid has no access.</summary>
    private async Task RefusedUnpaidAsync(Researcher researcher, string permit, CatalogueItem dataset, string application)
    {
        if (await researcher.InvoiceAsync(application) is not { State: "open" })
        {
            return;
        }

        var early = await researcher.AskAsync(permit, dataset.Silo, dataset.Dataset, Question);
        Say(early.Code == "payment-required" ? "A question before paying was refused: payment-required." : throw new StoryException($"a question before paying was not refused for it: {early.Body}"));
    }

    /// <summary>Pays the invoice and prints it; the hub believes the payment provider's signed event alone, so it is waited for.</summary>
    private async Task PayAsync(Researcher researcher, string application)
    {
        if (await researcher.InvoiceAsync(application) is not { } invoice)
        {
            return;
        }

        var patience = TimeSpan.FromSeconds(30);
        if (invoice.State == "open" && await researcher.PayAsync(invoice) is { } page)
        {
            Say($"Pay at {page} with card 4242 4242 4242 4242 of Stripe's test mode.");
            patience = TimeSpan.FromMinutes(30);
        }

        invoice = await Until.ReadAsync($"invoice {invoice.Number} to be paid", patience, async () => (await researcher.InvoiceAsync(application))!, now => now.State == "paid");
        Say($"Invoice {invoice.Number} for application {invoice.Application}, paid {invoice.Paid}:");
        foreach (var line in invoice.Lines)
        {
            Say($"  {line.Service,-8} {line.Hospital ?? "ResearchHub",-24} {line.Amount.Shown,14}");
        }

        Say($"  {"total",-33} {invoice.Total.Shown,14}");
    }

    private async Task<CatalogueItem> FindDatasetAsync()
    {
        using var anybody = new HubClient(stack.HubUrl);
        var catalogue = await anybody.GetAsync<CatalogueView>(HubRoutes.Catalogue);
        foreach (var item in catalogue.Datasets)
        {
            Say($"{item.Hospital} offers '{item.Title}', about {item.RoundedPatients} patients.");
        }

        return catalogue.Datasets.First(item => item.Hospital == Founders.Hospitals[0].Name);
    }

    /// <summary>The hub delivers in the background; a permit is of use once its silo holds it.</summary>
    private static Task DeliveredAsync(Researcher researcher, string permit) => Until.ReadAsync(
        $"permit {permit} to be delivered", TimeSpan.FromSeconds(30), () => researcher.Hub.GetAsync<PermitView>($"{HubRoutes.Permits}/{permit}"), view => view.State == "active" && view.Delivered.Count > 0);

    private async Task<Answered> AskAsync(Researcher researcher, string permit, CatalogueItem dataset)
    {
        var preview = await researcher.PreviewAsync(dataset.Silo, dataset.Dataset, Question);
        Say($"Preview: charges {preview.GetProperty("charged").GetProperty("rho")} nano-rho; expected error (95 %) {preview.GetProperty("error95").GetRawText()}");
        var answer = await researcher.AskAsync(permit, dataset.Silo, dataset.Dataset, Question);
        if (!answer.Ok)
        {
            throw new StoryException($"the question was refused: {answer.Body}");
        }

        foreach (var group in answer.Json["groups"]!.AsArray())
        {
            Say($"  {group!.ToJsonString()}");
        }

        var charged = answer.Json["charged"]!["rho"]!.GetValue<string>();
        Say($"Charged {charged} nano-rho; left of the permit: {answer.Json["remaining"]!["permit"]!["rho"]}.");
        return charged == preview.GetProperty("charged").GetProperty("rho").GetString()
            ? answer
            : throw new StoryException("the charge differs from the preview");
    }

    private async Task VerifyAsync(Answered answer)
    {
        var file = stack.Options.In("answer.json");
        await File.WriteAllTextAsync(file, answer.Body);
        await RunVerifyAsync("receipt", file, "--rpc", stack.ChainUrl.ToString());
    }

    private async Task ReleaseFileAsync(Researcher researcher, string permit, CatalogueItem dataset)
    {
        var attributes = dataset.Attributes.Where(attribute => attribute.Role != "insensitive").Select(attribute => attribute.Name).Order(StringComparer.Ordinal);
        var job = await researcher.AskFileAsync(permit, dataset.Silo, dataset.Dataset, [.. attributes]);
        Say($"A cohort file was made: {job.Report!.Value.GetRawText()}");
        for (var number = 1; number <= 2; number++)
        {
            using var checker = await Checker.SignInAsync(stack, number);
            var file = await checker.ApproveAsync(job.Id);
            Say($"Output checker {number} opened it with her own key and approved: it is {file.State}.");
        }

        var (cohort, release) = await researcher.DownloadAsync(job.Id);
        await File.WriteAllBytesAsync(stack.Options.In("cohort.csv"), cohort);
        await File.WriteAllTextAsync(stack.Options.In("cohort.release.json"), release);
        Say($"The researcher downloaded it sealed and opened it: {cohort.Length} bytes.");
        await RunVerifyAsync("file", stack.Options.In("cohort.csv"), "--release", stack.Options.In("cohort.release.json"), "--rpc", stack.ChainUrl.ToString());
    }

    /// <summary>A dashboard gets its own permit and line of the budget, as a researcher would, and shows what it released.</summary>
    private async Task ShowDashboardAsync(Researcher researcher, CatalogueItem dataset)
    {
        var route = $"{HubRoutes.Dashboards}/{dataset.Silo}/{dataset.Dataset}";
        if ((await researcher.Hub.GetAsync<DashboardList>(HubRoutes.Dashboards)).Dashboards.All(one => one.Silo != dataset.Silo || one.Dashboard.Dataset != dataset.Dataset))
        {
            Say("This dataset has no dashboard.");
            return;
        }

        var there = await researcher.Hub.GetAsync<HospitalDashboard>(route);
        if (there.Dashboard.State == "waiting")
        {
            var (application, _) = await ApproveAsync(researcher, dataset, await researcher.ApplyForDashboardAsync(dataset, there.Dashboard, clock.GetUtcNow()));
            await PayAsync(researcher, application);
        }

        there = await Until.ReadAsync("the dashboard's refresh", TimeSpan.FromSeconds(60), () => researcher.Hub.GetAsync<HospitalDashboard>(route), now => now.Dashboard.Newest is not null);
        var shown = there.Dashboard.Newest!;
        foreach (var row in shown.Rows.Where(row => row.AgeFrom is null && row.Rate is not null))
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"  region {row.Region}: {row.Rate!.Value:P0} with a chronic illness ({row.Rate.Low:P0} to {row.Rate.High:P0})"));
        }

        var file = stack.Options.In("dashboard.json");
        await File.WriteAllTextAsync(file, shown.Answers["signal"].GetRawText());
        await RunVerifyAsync("receipt", file, "--rpc", stack.ChainUrl.ToString());
        Say($"The dashboard was charged {there.Dashboard.RhoPerRefresh} nano-rho on its own permit {there.Dashboard.Permit}.");
    }

    private async Task RunVerifyAsync(params string[] arguments)
    {
        var (code, output) = await Programs.VerifyAsync(arguments);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Say($"  verify: {line}");
        }

        if (code != 0)
        {
            throw new StoryException(string.Create(CultureInfo.InvariantCulture, $"verify {arguments[0]} ended with {code}"));
        }
    }

    private void Say(string line) => print(string.Create(CultureInfo.InvariantCulture, $"[{watch.Elapsed.TotalSeconds,6:0.0} s] {line}"));
}
