using Research.Api.Protocol;

namespace Research.Api.Manners;

/// <summary>Swagger UI over the OpenAPI document, from our own origin (<see cref="HubRoutes.Docs"/>).</summary>
internal static class ApiPages
{
    public static void UseApiPages(this WebApplication app) => app.UseSwaggerUI(options =>
    {
        options.RoutePrefix = HubRoutes.Docs.TrimStart('/');
        options.DocumentTitle = "ResearchHub API";
        options.SwaggerEndpoint(HubRoutes.OpenApi, "ResearchHub");
        options.EnableTryItOutByDefault();
        options.ConfigObject.AdditionalItems["validatorUrl"] = null!;
    });
}
