using Silos.Consents;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Tests.Log;
using Xunit;

namespace Silos.Tests.Consents;

/// <summary>P1: what a patient shows of a snapshot that lies in the past.</summary>
public sealed class ProofTests(ITestOutputHelper output)
{
    private const int Patients = 8;
    private const int Steps = 40;

    /// <summary>Goal: the proof of an older snapshot holds against that snapshot's root, whatever was decided or erased since. Method: random decisions, erasures and snapshots from a printed seed; in the end each one left proves herself in each snapshot.</summary>
    [Fact]
    public async Task Every_older_snapshot_still_proves_whoever_is_left()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var desk = await ConsentDesk.OpenAsync();
        var keys = Enumerable.Range(0, Patients).Select(_ => SigningKey.Create()).ToList();
        var subjects = new List<string>();
        for (var i = 0; i < Patients; i++)
        {
            subjects.Add(await desk.EnrolAsync($"p{i}", keys[i]));
        }

        var sequences = new int[Patients];
        List<(ConsentSnapshot Taken, long Release, string?[] Decisions)> snapshots = [];
        var decisions = new string?[Patients];
        for (var step = 0; step < Steps; step++)
        {
            var who = random.Next(Patients);
            switch (random.Next(5))
            {
                case 0 when step > Steps / 2 && subjects.Count(subject => subject != "") > 3 && subjects[who] != "":
                    Assert.True(await desk.Part<EraseConsent>().RunAsync(subjects[who], RunningLog.Patience));
                    subjects[who] = "";
                    break;
                case 1 or 2:
                    var taken = await desk.Part<TakeSnapshot>().NowAsync(RunningLog.Patience);
                    var release = await desk.Log.Log.AppendAsync(LedgerLog.Draft(EntryKind.Query, Hash32.Of("actor")) with { Permit = Hash32.Of("permit"), Charge = Charge.Of(7, 8), ConsentRoot = taken.Root });
                    await desk.Log.Log.WhenFinalAsync(release.Seq, RunningLog.Patience);
                    snapshots.Add((taken, release.Seq, [.. decisions]));
                    break;
                default:
                    if (subjects[who] != "")
                    {
                        var directive = desk.Permit(subjects[who], ++sequences[who]) with { Decision = random.Next(2) == 0 ? Directive.Permit : Directive.Deny };
                        Assert.Null(await desk.RefusalAsync(ConsentDesk.Sign(directive, keys[who])));
                        decisions[who] = directive.Nonce;
                    }

                    break;
            }
        }

        foreach (var (taken, release, then) in snapshots)
        {
            foreach (var (subject, who) in subjects.Select((subject, i) => (subject, i)).Where(one => one.subject != ""))
            {
                var (proof, fault) = await desk.Part<ProveConsent>().RunAsync(subject, release, RunningLog.Patience);
                Assert.Null(fault);
                Assert.True(proof!.Proof.Verify(taken.Root), $"patient {who} in the snapshot of entry {taken.Seq}");
                Assert.Equal(then[who], proof.Directive is { } signed ? CanonicalJson.Read<Directive>(signed.Body).Nonce : null);
                Assert.Equal(then[who] is null, proof.Proof.Value is null);
            }
        }
    }
}
