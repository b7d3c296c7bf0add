using System.Text.Json;
using Microsoft.Extensions.Options;
using Silos.Consents;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Datasets;

/// <summary>
/// Answers what an officer asks through a hub: for the signature of a key that the hospital registered as an officer's, fresh, for this register, once.
/// What it tells is sealed to the officer, so that who carries it reads no exact count.
/// </summary>
public sealed class AnswerOfficer(
    StartLoad start, LoadJobs jobs, DatasetStore store, ConsentRegister register, CallerNonces nonces, SiloIdentity silo, IOptions<ConsentOptions> options, TimeProvider clock)
{
    /// <returns>The answer, or the refusal, which says nothing of what is loaded to anybody but an officer.</returns>
    public async Task<(OfficerAnswer? Answer, Refusal? Refused)> RunAsync(SignedRecord signed, CancellationToken cancel)
    {
        var opened = signed.OpenAll<OfficerRequest>(silo.Deployed, options.Value.Passkeys);
        if (Fault(opened) is { } fault)
        {
            return (null, new Refusal(RefusalCode.BadRequest, fault));
        }

        if (!await register.IsOfficerAsync(opened.Signers, cancel))
        {
            return (null, new Refusal(RefusalCode.NotPermitted, "key: is no registered officer's of this hospital"));
        }

        if (SealTo(signed, opened.Body!, out var unsealable) is not { } to)
        {
            return (null, new Refusal(RefusalCode.BadRequest, unsealable!));
        }

        return await nonces.TakeAsync($"officer-request {signed.Hash()}", cancel)
            ? await AnswerAsync(opened.Body!, to, cancel)
            : (null, new Refusal(RefusalCode.ReplayedNonce, "nonce: this request was answered before"));
    }

    private string? Fault(VerifiedByAll<OfficerRequest> opened) =>
        opened.Body is not { } request ? opened.Reason
        : request.Silo != silo.Register ? $"silo: '{request.Silo}' is not this register; allowed is '{silo.Register}'"
        : request.Ask is not (OfficerRequest.Load or OfficerRequest.Quality) ? $"ask: '{request.Ask}'; allowed are load, quality"
        : !Nonce.IsValid(request.Nonce) ? "nonce: allowed is base64url of 16 bytes"
        : RecordTime.Read(request.Time) is not { } time || (clock.GetUtcNow() - time).Duration() > RequestSignature.Tolerance ? $"time: '{request.Time}'; allowed is within five minutes of '{RecordTime.Write(clock.GetUtcNow())}'"
        : null;

    /// <summary>The key to which the answer is sealed: the one that the request names, else the signing key. A passkey opens nothing.</summary>
    private static PublicKey? SealTo(SignedRecord signed, OfficerRequest request, out string? fault)
    {
        fault = request.SealTo is null && signed.ClientDataJSON is not null ? "sealTo: is missing, and a passkey opens nothing; allowed is a P-256 key" : null;
        try
        {
            return fault is null ? PublicKey.From(request.SealTo ?? signed.Key) : null;
        }
        catch (FormatException bad)
        {
            fault = "sealTo." + bad.Message;
            return null;
        }
    }

    private async Task<(OfficerAnswer?, Refusal?)> AnswerAsync(OfficerRequest request, PublicKey to, CancellationToken cancel)
    {
        if (request.Ask == OfficerRequest.Load)
        {
            var fault = await start.RunAsync(new LoadRequest(request.Folder ?? "", request.Definition, request.Dataset, request.ReferenceDate), cancel);
            return fault is null ? (new OfficerAnswer(null), null) : (null, new Refusal(RefusalCode.BadRequest, fault));
        }

        var version = await store.NewestVersionAsync(request.Dataset ?? "", cancel);
        var loads = jobs.All.Where(job => job.Dataset == request.Dataset).ToList();
        if (version is null && loads.Count == 0)
        {
            return (null, new Refusal(RefusalCode.UnknownDataset, $"dataset: '{request.Dataset}' is not here"));
        }

        var view = new QualityView(request.Dataset!, version?.Version, version is not { Report.Length: > 0 } ? null : JsonSerializer.Deserialize<JsonElement>(version.Report), loads);
        return (new OfficerAnswer(SealedFile.Seal(JsonSerializer.SerializeToUtf8Bytes(view, JsonSerializerOptions.Web), to)), null);
    }
}
