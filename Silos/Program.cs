using Silos;
using Silos.Consents;
using Silos.Dashboards;
using Silos.Datasets;
using Silos.Extracts;
using Silos.Permits;
using Silos.Queries;

var builder = WebApplication.CreateBuilder(args);
builder.AddLedger();
builder.AddSiloFeatures();
builder.AddDashboards();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapSiloEndpoints();
app.MapLogEndpoints();
app.MapDatasetEndpoints();
app.MapConsentEndpoints();
app.MapPermitEndpoints();
app.MapQueryEndpoints();
app.MapExtractEndpoints();
app.MapDashboardEndpoints();
await app.OpenLedgerAsync();
await app.RunAsync();
