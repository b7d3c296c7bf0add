using Research.Api.Accounts;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Audit;

/// <summary>An auditor reads everything and changes nothing, and each of her reads is an entry, written before she gets the answer: without a ledger she reads nothing.</summary>
internal sealed class LogAuditorReads(RequestDelegate next)
{
    private const string Writer = "audit";

    public async Task InvokeAsync(HttpContext context, Database database, HubLog log)
    {
        if (context.Items[typeof(Caller)] is Caller caller && caller.Is(Role.Auditor) && context.GetEndpoint()?.Metadata.GetMetadata<RouteRoles>() is { Allowed.Count: > 0 })
        {
            var content = Hash32.Of($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            await database.WriteAsync(Writer, within => log.RecordAsync(within, new Step(EntryKind.AuditRead, content, caller.Id)), context.RequestAborted);
        }

        await next(context);
    }
}
