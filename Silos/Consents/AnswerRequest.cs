using System.Text.Json;
using Microsoft.Extensions.Options;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>Answers what a patient asks with her own signature: her proof, her history, her erasure.</summary>
public sealed class AnswerRequest(
    Database database, ConsentRegister register, ProveConsent prove, MoveHistory move, EraseConsent erase, SiloIdentity silo, IOptions<ConsentOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <returns>The answer, sealed if that was asked; or field, value and what is allowed.</returns>
    public async Task<(PatientAnswer? Answer, string? Fault)> RunAsync(SignedRecord signed, CancellationToken cancel)
    {
        var opened = signed.OpenAll<ConsentRequest>(silo.Deployed, options.Value.Passkeys);
        if (await RefusalAsync(opened, cancel) is { } refused)
        {
            return (null, refused);
        }

        var request = opened.Body!;
        switch (request.Ask)
        {
            case ConsentRequest.Erasure:
                await erase.RunAsync(request.Subject, cancel);
                return (new PatientAnswer(null, null), null);
            case ConsentRequest.History:
                return Answer(request, await move.ExportAsync(request.Subject, cancel));
            default:
                var (proof, fault) = await prove.RunAsync(request.Subject, request.Release, cancel);
                return proof is null ? (null, fault) : Answer(request, proof);
        }
    }

    private async Task<string?> RefusalAsync(VerifiedByAll<ConsentRequest> opened, CancellationToken cancel)
    {
        if (opened.Body is not { } request)
        {
            return opened.Reason;
        }

        var now = clock.GetUtcNow();
        var keys = await database.ReadAsync(connection => ConsentStore.KeysAsync(connection, null, request.Subject), cancel);
        return !(await register.CatchUpAsync(cancel)).Patients.ContainsKey(request.Subject) || keys is null ? "subject: nobody is enrolled here under this name"
            : request.Silo != silo.Register ? $"silo: '{request.Silo}' is not this register; allowed is '{silo.Register}'"
            : request.Ask is not (ConsentRequest.Proof or ConsentRequest.History or ConsentRequest.Erasure) ? $"ask: '{request.Ask}'; allowed are proof, history, erasure"
            : RecordTime.Read(request.Time) is not { } time || (now - time).Duration() > Life ? $"time: '{request.Time}'; allowed is within ten minutes of '{RecordTime.Write(now)}'"
            : !keys.Value.Keys.MayDecide(opened.Signers, DateOnly.FromDateTime(now.UtcDateTime)) ? "key: the request must be signed like a directive, by the keys that count now"
            : SealFault(request.SealTo);
    }

    private static string? SealFault(Jwk? key)
    {
        try
        {
            _ = key is null ? null : PublicKey.From(key);
            return null;
        }
        catch (FormatException bad)
        {
            return "sealTo." + bad.Message;
        }
    }

    private static (PatientAnswer?, string?) Answer<T>(ConsentRequest request, T content)
    {
        if (request.SealTo is null)
        {
            return (new PatientAnswer(JsonSerializer.SerializeToElement(content, CanonicalJson.Options), null), null);
        }

        var key = PublicKey.From(request.SealTo);
        return (new PatientAnswer(null, SealedFile.Seal(JsonSerializer.SerializeToUtf8Bytes(content, CanonicalJson.Options), key)), null);
    }
}
