using Silos.Protocol;

namespace Silos.Dashboards;

/// <summary>Dashboards for anybody to read: what is in them was released, charged and logged before.</summary>
public static class DashboardEndpoints
{
    public static void AddDashboards(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<DashboardOptions>().Bind(builder.Configuration.GetSection("Dashboards")).ValidateDataAnnotations().ValidateOnStart();
        var secrets = builder.Configuration["Silo:Secrets"] ?? throw new InvalidOperationException("configuration: Silo:Secrets is missing");
        services.AddSingleton(new DashboardKey(Ledger.Records.SigningKey.LoadOrCreate(Path.Combine(secrets, "dashboard.jwk"))));
        services.AddSingleton(new ConsentFiguresKey(Ledger.Records.SigningKey.LoadOrCreate(Path.Combine(secrets, "consent-figures.jwk"))));
        services.AddSingleton<DashboardStore>().AddSingleton<AskForDashboard>().AddSingleton<RefreshDashboards>();
        services.AddHostedService(provider => provider.GetRequiredService<RefreshDashboards>());
        services.AddSingleton<RefreshConsentFigures>().AddHostedService(provider => provider.GetRequiredService<RefreshConsentFigures>());
    }

    public static void MapDashboardEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Dashboards, (RefreshDashboards dashboards) => dashboards.Shown);
        routes.MapGet(SiloRoutes.ConsentFigures, (RefreshConsentFigures figures) => figures.Shown).AddEndpointFilter<VouchedOnly>();
    }
}
