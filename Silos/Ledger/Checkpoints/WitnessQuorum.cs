using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>A witness: its name, its key (Members names it with the role of a witness), and where it takes checkpoints.</summary>
public sealed record KnownWitness(string Name, PublicKey Key, Uri Url);

/// <summary>Asks witnesses for their co-signatures (C2SP tlog-witness) until enough of them have signed.</summary>
/// <param name="http">A client whose timeout bounds a witness's reading of the chain's history (<see cref="VouchPatience"/>); a co-signature is waited for shorter.</param>
/// <param name="quorum">Co-signatures wanted: from 1 to the number of witnesses.</param>
public sealed class WitnessQuorum(HttpClient http, IReadOnlyList<KnownWitness> witnesses, int quorum)
{
    /// <summary>A witness that vouches reads the whole chain, 256 blocks with events a request: enough for about a million of them.</summary>
    public static readonly TimeSpan VouchPatience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan CosignPatience = TimeSpan.FromSeconds(5);

    private readonly long[] seen = new long[witnesses.Count];

    /// <summary>All witnesses that are asked.</summary>
    public IReadOnlyList<KnownWitness> Witnesses => witnesses;

    /// <summary>Whether enough of the witnesses signed this note.</summary>
    public bool IsMet(SignedNote note) => witnesses.Count(witness => note.IsSignedBy(NoteKey.Witness(witness.Name, witness.Key))) >= quorum;

    /// <summary>The note with the co-signatures of all witnesses that answered.</summary>
    /// <param name="consistency">Proof that the checkpoint's tree extends the one of the given size.</param>
    /// <exception cref="LedgerUnavailableException">Fewer than the quorum signed; the message says who did not, and why.</exception>
    public async Task<SignedNote> CosignAsync(SignedNote note, Checkpoint checkpoint, Func<long, Task<IReadOnlyList<Hash32>>> consistency, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(witnesses.Select((_, i) => AskAsync(i, note, checkpoint, consistency, cancel)));
        var signed = answers.Select(answer => answer.Signature).OfType<NoteSignature>().Aggregate(note, (all, signature) => all.With(signature));
        return IsMet(signed)
            ? signed
            : throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"{quorum} of {witnesses.Count} witnesses must co-sign; refused or silent: {string.Join("; ", answers.Select(answer => answer.Trouble).OfType<string>())}"));
    }

    /// <summary>The first witness's word that its own node of the chain tells the same events.</summary>
    /// <param name="block">The newest block that they cover.</param>
    /// <param name="lines">SHA-256 of their lines in an export.</param>
    /// <exception cref="LedgerUnavailableException">No witness gives it; the message says why.</exception>
    public async Task<SignedRecord> VouchAsync(Deployed deployed, long block, Hash32 lines, CancellationToken cancel)
    {
        var troubles = new List<string>();
        foreach (var witness in witnesses)
        {
            try
            {
                using var response = await http.GetAsync(new Uri(witness.Url, string.Create(CultureInfo.InvariantCulture, $"chain/{block}")), cancel);
                if (!response.IsSuccessStatusCode)
                {
                    var refusal = await response.Content.ReadAsStringAsync(cancel);
                    troubles.Add(string.Create(CultureInfo.InvariantCulture, $"{witness.Name} answered {(int)response.StatusCode} {refusal.Trim()}"));
                    continue;
                }

                var statement = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(await response.Content.ReadAsStreamAsync(cancel))!);
                var (body, signer, reason) = statement.Open<ChainStatement>(deployed);
                if (body is not null && signer == witness.Key.Id && body.Block == block && body.Lines == lines)
                {
                    return statement;
                }

                troubles.Add($"{witness.Name} {(body is null ? reason : "sees other events on its node of the chain")}");
            }
            catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException || (failed is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                troubles.Add($"{witness.Name} at {witness.Url}: {failed.Message}");
            }
        }

        throw new LedgerUnavailableException($"no witness vouches for the chain's events: {string.Join("; ", troubles)}");
    }

    private async Task<(NoteSignature? Signature, string? Trouble)> AskAsync(int i, SignedNote note, Checkpoint checkpoint, Func<long, Task<IReadOnlyList<Hash32>>> consistency, CancellationToken cancel)
    {
        var witness = witnesses[i];
        var key = NoteKey.Witness(witness.Name, witness.Key);
        if (note.IsSignedBy(key))
        {
            return (null, null);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(CosignPatience);
        try
        {
            for (var attempt = 0; attempt < 3; attempt++)
            {
                var old = Math.Min(Volatile.Read(ref seen[i]), checkpoint.Size);
                var proof = old == 0 ? [] : await consistency(old);
                using var content = new StringContent(Request(old, proof, note), Encoding.UTF8, "text/plain");
                using var response = await http.PostAsync(new Uri(witness.Url, "add-checkpoint"), content, patience.Token);
                var text = await response.Content.ReadAsStringAsync(patience.Token);
                if (response.StatusCode == HttpStatusCode.Conflict && long.TryParse(text.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size != old)
                {
                    if (size > checkpoint.Size)
                    {
                        return (null, string.Create(CultureInfo.InvariantCulture, $"{witness.Name} has already seen size {size}, beyond {checkpoint.Size}"));
                    }

                    Volatile.Write(ref seen[i], size);
                    continue;
                }

                var signature = text.Split('\n').Select(NoteSignature.Parse).OfType<NoteSignature>().FirstOrDefault(line => line.Name == witness.Name && line.KeyId.AsSpan().SequenceEqual(key.Id));
                if (response.IsSuccessStatusCode && signature is not null && note.With(signature).IsSignedBy(key))
                {
                    Volatile.Write(ref seen[i], checkpoint.Size);
                    return (signature, null);
                }

                return (null, string.Create(CultureInfo.InvariantCulture, $"{witness.Name} answered {(int)response.StatusCode} {text.Trim()}"));
            }
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return (null, $"{witness.Name} at {witness.Url}: {failed.Message}");
        }

        return (null, $"{witness.Name} changed its mind about the size it has seen");
    }

    private static string Request(long old, IReadOnlyList<Hash32> proof, SignedNote note)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {old}\n");
        foreach (var hash in proof)
        {
            request.Append(Convert.ToBase64String(hash.ToArray())).Append('\n');
        }

        return request.Append('\n').Append(note).ToString();
    }
}
