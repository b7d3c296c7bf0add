using Silos.Protocol;

namespace Silos;

/// <summary>The one place where a refusal becomes problem+json (RFC 9457). The body holds the code and a sentence, nothing that depends on data.</summary>
public static class Problems
{
    public static IResult Refusal(string code, string detail) =>
        Results.Problem(detail, statusCode: StatusOf(code), title: code, type: "about:blank", extensions: new Dictionary<string, object?> { ["code"] = code });

    private static int StatusOf(string code) => code switch
    {
        RefusalCode.BadRequest or RefusalCode.BadQuery => StatusCodes.Status400BadRequest,
        RefusalCode.UnknownDataset or RefusalCode.UnknownPermit or RefusalCode.UnknownSubject => StatusCodes.Status404NotFound,
        RefusalCode.ReplayedNonce => StatusCodes.Status409Conflict,
        RefusalCode.LedgerUnavailable or RefusalCode.Tampered or RefusalCode.NotReady => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status403Forbidden,
    };
}
