using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>Patients' directives come in from anybody; enrolling keys is the hospital officer's.</summary>
public static class ConsentEndpoints
{
    private const int MostDirectives = 100;
    private const int MostEnrolments = 1000;

    public static void MapConsentEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SiloRoutes.Directives, RecordAsync);
        routes.MapPost(SiloRoutes.Enrolments, EnrolAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Unenrolled, (string dataset, string? after, ConsentRegister register, CancellationToken cancel) =>
            register.UnenrolledAsync(dataset, after, cancel)).AddEndpointFilter<OfficerOnly>();
    }

    private static async Task<IResult> RecordAsync(DirectiveSubmission submission, ConsentRegister register, CancellationToken cancel)
    {
        if (submission.Directives.Count is 0 or > MostDirectives)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"directives: {submission.Directives.Count} were sent; allowed are 1 to {MostDirectives}");
        }

        try
        {
            var records = submission.Directives.Select(one => CanonicalJson.Read<SignedRecord>(JsonNode.Parse(one.GetRawText())!)).ToList();
            return Results.Ok(await register.RecordAsync(records, cancel));
        }
        catch (JsonException bad)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"directives: {bad.Message}");
        }
    }

    private static async Task<IResult> EnrolAsync(EnrolmentRequest request, ConsentRegister register, CancellationToken cancel)
    {
        if (request.Patients.Count is 0 or > MostEnrolments)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"patients: {request.Patients.Count} were sent; allowed are 1 to {MostEnrolments}");
        }

        try
        {
            return Results.Ok(await register.EnrolAsync(request.Patients, cancel));
        }
        catch (Exception bad) when (bad is FormatException or JsonException)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"patients: {bad.Message}");
        }
    }
}
