using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Queries;
using Silos.Verifier;
using Story;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>P1, P8, P9, P11, P12, P15 on a real silo and a real chain: what a patient sees, checks, and has destroyed.</summary>
public sealed class UsesTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    /// <summary>Goal: the patient sees every release and every refused attempt, and the sum of the loss exactly, alike for those in and out of the cohort (P8, P9). Method: two releases and a refusal; read the lists of one who permits and one who is silent; the reading itself is in the next.</summary>
    [Fact]
    public async Task Everybody_in_scope_sees_every_use_and_the_same_exact_loss()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var (permitting, silent) = (hospital.Patients.First(one => one.Value.Sequence > 0).Value, hospital.Patients.First(one => one.Value.Sequence == 0).Value);
        var before = await UsesAsync(permitting.Subject);
        var first = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        var second = await silo.AskAsync(PermittedSilo.Count.Replace("0.5", "0.25", StringComparison.Ordinal), fresh: true);
        var denied = await silo.AskAsync(PermittedSilo.Count, silo.Permit with { Salt = Hash32.Random() });
        Assert.True(first.Ok && second.Ok && !denied.Ok, first.Body + second.Body + denied.Body);

        var seen = await UsesAsync(permitting.Subject);
        var others = await UsesAsync(silent.Subject);

        foreach (var answer in new[] { first, second })
        {
            var use = seen.Uses.Single(one => one.Seq == SeqOf(answer) && one.Kind == "statistics");
            Assert.Equal((answer.Json["charged"]!["rho"]!.GetValue<string>(), silo.Permit.Id().ToString(), "permit", true), (use.Rho, use.Permit, use.Decided, use.CannotBeRecalled));
            Assert.Equal(("none", false), others.Uses.Single(one => one.Seq == SeqOf(answer)) is var same ? (same.Decided, same.CannotBeRecalled) : default);
        }

        Assert.Equal(before.Uses.Count(use => use.Kind == "denial") + 1, seen.Uses.Count(use => use.Kind == "denial"));
        Assert.Equal(RefusalCode.UnknownPermit, seen.Uses.First(use => use.Kind == "denial").Reason);
        Assert.Equal(before.Uses.Count(use => use.Kind == "read") + 1, seen.Uses.Count(use => use.Kind == "read"));
        Assert.Equal(ulong.Parse(before.Loss.Total.Rho, CultureInfo.InvariantCulture) + Rho(first) + Rho(second), ulong.Parse(seen.Loss.Total.Rho, CultureInfo.InvariantCulture));
        Assert.Equal(seen.Loss.Total, others.Loss.Total);
        Assert.Equal(seen.Loss.Total.Rho, Sum(seen.Loss.ByYear));
        Assert.Equal(seen.Loss.Total.Rho, Sum(seen.Loss.ByPermit));
        using var unknown = await silo.Http.GetAsync(new Uri($"{SiloRoutes.PatientUses}/nobody", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    /// <summary>Goal: an opt-out before a question is in the very snapshot that its entry names, and the patient shows it with her own secret (P1, P11). Method: opt in, ask, opt out, ask; verify the proofs of both releases, sealed to her, with the stranger's tool; then a proof whose release is exchanged.</summary>
    [Fact]
    public async Task An_opt_out_is_in_the_snapshot_that_the_next_release_names()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var (id, secret) = hospital.Patients.Where(one => one.Value.Sequence > 0).ElementAt(3);
        var before = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        await hospital.DecideAsync([id], Directive.Deny, TimeProvider.System.GetUtcNow());
        var after = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        Assert.True(before.Ok && after.Ok, before.Body + after.Body);

        var (inProof, outProof) = (await ProofAsync(secret, SeqOf(before)), await ProofAsync(secret, SeqOf(after)));

        Assert.Contains(", permit, is the one", await VerifiedAsync(inProof, 0), StringComparison.Ordinal);
        Assert.Contains(", deny, is the one", await VerifiedAsync(outProof, 0), StringComparison.Ordinal);
        Assert.Contains("did not use this snapshot", await VerifiedAsync(outProof with { Release = inProof.Release }, 1), StringComparison.Ordinal);
        using var stranger = SigningKey.Create();
        using var refused = await AskAsync(Request(secret.Subject, ConsentRequest.Proof, SeqOf(after)), stranger);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var stale = await AskAsync(Request(secret.Subject, ConsentRequest.Proof, SeqOf(after)) with { Time = "2020-01-01T00:00:00.000Z" }, SigningKey.From(secret.Key));
        Assert.Equal(HttpStatusCode.BadRequest, stale.StatusCode);
    }

    /// <summary>Goal: erasure leaves no salt, key or signature of hers, marks that mean nothing, and everybody else's proofs whole (P12). Method: erase by her own signed request; scan database and chain for her salt, key, names and their hashes; verify another's proof in a snapshot of before, and one of after.</summary>
    [Fact]
    public async Task An_erased_patient_leaves_no_salt_and_others_proofs_hold()
    {
        using var hospital = new Hospital(silo.Stack, 1);
        var (id, secret) = hospital.Patients.Where(one => one.Value.Sequence > 0).ElementAt(5);
        var other = hospital.Patients.Where(one => one.Value.Sequence > 0).ElementAt(6).Value;
        var before = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        var hers = await ProofAsync(secret, SeqOf(before));
        using var key = SigningKey.From(secret.Key);
        var looked = new[] { hers.Salt.ToString(), secret.Key.X, hers.Directive!.Signature };
        Assert.All(looked, text => Assert.True(IsIn(text, "silo-1"), $"the scan does not find {text} where it must be"));

        using var erased = await AskAsync(Request(secret.Subject, ConsentRequest.Erasure, null), key);
        Assert.True(erased.IsSuccessStatusCode, await erased.Content.ReadAsStringAsync());
        var after = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        Assert.True(after.Ok, after.Body);

        Assert.All(looked, text => Assert.False(IsIn(text, "silo-1"), $"silo-1 still holds {text}"));
        string[] known = [id, Hash32.Of(id).ToString(), Hash32.Of(id).ToHex()[2..], Hash32.Of(secret.Subject).ToString(), Hash32.Of(secret.Subject).ToHex()[2..]];
        Assert.All([.. looked, .. known, hers.Salt.ToHex()[2..]], text => Assert.False(IsIn(text, "chain.json"), $"the chain holds {text}"));
        using var again = await AskAsync(Request(secret.Subject, ConsentRequest.Proof, SeqOf(before)), key);
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        await VerifiedAsync(await ProofAsync(other, SeqOf(before)), 0);
        await VerifiedAsync(await ProofAsync(other, SeqOf(after)), 0);
        await VerifiedAsync(hers, 0);
    }

    private static long SeqOf(Answered answer) => answer.Json["receipt"]!["body"]!["entry"]!["seq"]!.GetValue<long>();

    private static ulong Rho(Answered answer) => ulong.Parse(answer.Json["charged"]!["rho"]!.GetValue<string>(), CultureInfo.InvariantCulture);

    private static string Sum(IReadOnlyDictionary<string, LossSum> sums) =>
        sums.Values.Aggregate(0UL, (sum, one) => sum + ulong.Parse(one.Rho, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);

    private async Task<PatientUses> UsesAsync(string subject) =>
        (await silo.Http.GetFromJsonAsync<PatientUses>(new Uri($"{SiloRoutes.PatientUses}/{subject}", UriKind.Relative)))!;

    private ConsentRequest Request(string subject, string ask, long? release) => new(
        silo.Stack.Deployment.ChainId, silo.Stack.Deployment.Deployed.Contract, Nonce.New(), subject, silo.Register, ask, RecordTime.Write(TimeProvider.System.GetUtcNow()), release);

    private Task<HttpResponseMessage> AskAsync(ConsentRequest request, SigningKey key) =>
        silo.Http.PostAsJsonAsync(new Uri(SiloRoutes.PatientRequests, UriKind.Relative), new PatientRequest(ConsentDesk.Json(SignedRecord.Sign(request, key))), CanonicalJson.Options);

    /// <summary>Her proof of a release, sealed to a key that she made for it.</summary>
    private async Task<ConsentProof> ProofAsync(PatientSecret secret, long release)
    {
        using var key = SigningKey.From(secret.Key);
        using var seal = SigningKey.Create();
        using var answer = await AskAsync(Request(secret.Subject, ConsentRequest.Proof, release) with { SealTo = seal.Public.Jwk }, key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.DoesNotContain("salt", text, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<ConsentProof>(SealedFile.Open(JsonDocument.Parse(text).RootElement.GetProperty("sealed").GetString()!, seal), CanonicalJson.Options)!;
    }

    private async Task<string> VerifiedAsync(ConsentProof proof, int expected)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(proof, CanonicalJson.Options));
        var output = new StringWriter { NewLine = "\n" };
        var code = await VerifyProgram.RunAsync(["consent", file, "--rpc", silo.Stack.ChainUrl.ToString()], output, output);
        File.Delete(file);
        Assert.True(code == expected, output.ToString());
        return output.ToString();
    }

    /// <summary>Whether any byte of the silo's database, or of the chain's state, spells the text.</summary>
    private bool IsIn(string text, string part)
    {
        var path = silo.Stack.Options.In(part);
        var files = Directory.Exists(path) ? Directory.EnumerateFiles(path, "silo.db*") : [path];
        return files.Any(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        });
    }
}
