using Silos;
using Silos.Consents;
using Silos.Dashboards;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Permits;
using Silos.Queries;
using Silos.Releases;

if (args is ["try", ..])
{
    return TryLoad.Run(args[1..], Console.Out, Console.Error, Console.IsErrorRedirected ? null : Console.Error, TimeProvider.System);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddLedger();
builder.AddSiloFeatures();
builder.AddDashboards();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseMiddleware<CheckCaller>();
app.MapSiloEndpoints();
app.MapLogEndpoints();
app.MapDatasetEndpoints();
app.MapTrialEndpoints();
app.MapLoadEndpoints();
app.MapConsentEndpoints();
app.MapPermitEndpoints();
app.MapQueryEndpoints();
app.MapExtractEndpoints();
app.MapDashboardEndpoints();
await app.OpenLedgerAsync();
await app.RunAsync();
return 0;
