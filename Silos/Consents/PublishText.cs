using System.Globalization;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>The hospital publishes a consent text in its languages. That it did is an entry; a material change asks every patient anew.</summary>
public sealed class PublishText(Database database, ConsentRegister register, LedgerLog log, SiloIdentity silo, TimeProvider clock)
{
    private const int MostLanguages = 20;
    private const int Longest = 20_000;

    /// <returns>Null, or field, value and what is allowed.</returns>
    public async Task<string?> RunAsync(TextPublication publication, CancellationToken cancel)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var texts = publication.Words.Select(words => new PublishedText(Hash32.Of(words.Value ?? ""), words.Key, publication.Version, words.Value ?? "", now)).ToList();
        var fault = await database.WriteAsync(ConsentRegister.Writer, async transaction =>
        {
            var known = await ConsentStore.TextsAsync(transaction.Connection!, transaction);
            if (Fault(publication, texts, known) is { } found)
            {
                return found;
            }

            foreach (var text in texts)
            {
                await ConsentStore.PublishAsync(transaction, text);
            }

            await log.AppendAsync(transaction, silo.Draft(EntryKind.PolicyChanged) with { SubjectHash = Opening.Of(CanonicalJson.Hash(publication)).Commit() });
            return null;
        }, cancel);
        await register.CatchUpAsync(cancel);
        return fault;
    }

    private static string? Fault(TextPublication publication, List<PublishedText> texts, PublishedTexts known)
    {
        if (texts.Count is 0 or > MostLanguages || texts.Any(text => text.Words.Length is 0 or > Longest))
        {
            return $"words: {texts.Count} languages; allowed are 1 to {MostLanguages}, each with 1 to {Longest} characters";
        }

        // A directive under it would have to pass the same rules.
        return texts.Select(text => DirectiveRules.TextFault(new ConsentText(text.Hash, text.Language, text.Version))).FirstOrDefault(found => found is not null)
            ?? (known.All.Any(one => Comparer<(int, int)>.Default.Compare(Number(one.Version), Number(publication.Version)) >= 0 && (one.Version != publication.Version || publication.Words.ContainsKey(one.Language)))
                ? $"version: '{publication.Version}'; allowed is one above '{known.All[^1].Version}', or that one in a further language"
                : null);
    }

    private static (int, int) Number(string version)
    {
        var parts = version.Split('.');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
    }
}
