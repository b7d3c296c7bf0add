using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Research.Api.Accounts;

namespace Research.Api;

/// <summary>What the OpenAPI document says beyond the types: who may call an operation, and that every refusal is a problem with a stable code.</summary>
internal static class DescribeApi
{
    private const string Bearer = "bearer";
    private const string ProblemSchema = "Problem";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "ResearchHub", Version = "1", Description = "The hub of a privacy-preserving marketplace for health research data." };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of POST /accounts/login, a personal access token (rhp_…), or an institution's access token." },
            };
            document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
            document.Components.Schemas[ProblemSchema] = Problem();
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (Examples[context.JsonTypeInfo.Type.Name] is { } example)
            {
                schema.Examples = [example.DeepClone()];
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var allowed = context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteRoles>().FirstOrDefault()?.Allowed ?? [];
            operation.Description = allowed.Count == 0 ? "Public." : $"For: {string.Join(", ", allowed)}.";
            operation.Tags = null;
            if (allowed.Count > 0)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            }

            operation.Responses ??= [];
            foreach (var status in allowed.Count == 0 ? ["400", "401", "404", "405", "413", "415", "422", "429", "502", "503"] : (string[])["400", "401", "402", "403", "404", "405", "409", "413", "415", "422", "429", "502", "503"])
            {
                operation.Responses[status] = Refused(status, context.Document!);
            }

            return Task.CompletedTask;
        });
    });

    /// <summary>An example of a record, by its name; a test holds each against its schema.</summary>
    private static JsonObject Examples { get; } = JsonNode.Parse(typeof(DescribeApi).Assembly.GetManifestResourceStream("examples.json")!)!.AsObject();

    private static OpenApiResponse Refused(string status, OpenApiDocument document) => new()
    {
        Description = "A problem (RFC 9457) with a stable code.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new()
            {
                Schema = new OpenApiSchemaReference(ProblemSchema, document),
                Example = new JsonObject
                {
                    ["type"] = "urn:researchhub:problem:not-found", ["title"] = "not-found", ["status"] = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture),
                    ["detail"] = "One clear sentence.", ["code"] = "not-found",
                },
            },
        },
    };

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; lower-case words with hyphens." },
        },
    };
}
