using System.Globalization;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>
/// That nobody chose an answer's noise after the question, as far as anybody can see it: each answer names a seed that was committed to under
/// an earlier checkpoint, no seed serves twice, and those that were retired or passed over are told.
/// </summary>
internal sealed class SeedCheck(Findings findings)
{
    public void Run(IReadOnlyList<LoggedEntry> log)
    {
        var before = findings.Wrong.Count;
        var committed = new Dictionary<Hash32, LoggedEntry>();
        var spent = new HashSet<Hash32>();
        var (answers, retired, last) = (0, 0, -1L);
        foreach (var logged in log)
        {
            var (entry, subject) = (logged.Entry, logged.Entry.SubjectHash ?? default);
            if (entry.Kind == EntryKind.SeedCommitted)
            {
                committed[subject] = logged;
                continue;
            }

            var known = committed.TryGetValue(subject, out var seed);
            if (entry.Kind == EntryKind.Query)
            {
                answers++;
                if (!known || seed!.Anchor is null || logged.Anchor is null || !IsBefore(seed.Anchor, logged.Anchor))
                {
                    Wrong(logged, known ? "uses a seed whose commitment was not final before it" : "names no seed that was committed to before it");
                }
            }

            if (known && entry.Kind is EntryKind.Query or EntryKind.Extract or EntryKind.Void)
            {
                if (!spent.Add(subject))
                {
                    Wrong(logged, "uses a seed that was used or retired before");
                }

                retired += entry.Kind == EntryKind.Void ? 1 : 0;
                last = Math.Max(last, seed!.Entry.Seq);
            }
        }

        var passed = committed.Count(seed => seed.Value.Entry.Seq < last && !spent.Contains(seed.Key));
        if (retired + passed > 0)
        {
            findings.Note(string.Create(CultureInfo.InvariantCulture, $"log {log[0].Origin}: {retired} seeds were retired without use; {passed} older than the last used one are in use, or were passed over"));
        }

        if (findings.Wrong.Count == before && answers > 0)
        {
            findings.Check(true, string.Create(CultureInfo.InvariantCulture, $"noise of {log[0].Origin}: {answers} answers, each with a seed of its own that was committed to before"), "");
        }
    }

    private static bool IsBefore(AnchorEvent seed, AnchorEvent use) => seed.Block < use.Block;

    private void Wrong(LoggedEntry logged, string what) =>
        findings.Check(false, "", string.Create(CultureInfo.InvariantCulture, $"log {logged.Origin}: entry {logged.Entry.Seq} ({logged.Entry.Kind}) {what}"));
}
