using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Benchmarks.Load;

/// <summary>Patients' decisions a second at one silo, signed beforehand, in requests of a hundred, by ten senders.</summary>
internal static class Decisions
{
    private const int Together = 100;
    private const int Most = 45;
    private const int WarmUp = 5;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Marketplace market, Processes processes, Action<string> print)
    {
        var hospital = market.Hospitals[0];
        var senders = hospital.Patients.Keys.Chunk(Together).Where(group => group.Length == Together).ToList();
        var queues = senders.Select(group => new Queue<byte[]>(Rounds(hospital, group))).ToList();
        var to = new Uri(market.Stack.SiloUrl(1), SiloRoutes.Directives);
        var refused = 0;
        void Count(byte[] answer) => Interlocked.Add(ref refused, JsonSerializer.Deserialize<List<DirectiveOutcome>>(answer, JsonSerializerOptions.Web)!.Count(outcome => !outcome.Recorded));
        (Uri, string?, byte[])? Next(int sender, int leave) => queues[sender].Count > leave ? (to, market.Stack.OfficerToken(1), queues[sender].Dequeue()) : null;
        await Drive.RunAsync(senders.Count, Length, sender => Next(sender, Most - WarmUp), Count);
        processes.Start();
        var driven = await Drive.RunAsync(senders.Count, Length, sender => Next(sender, 0), Count);
        print(string.Create(CultureInfo.InvariantCulture, $"decisions, {senders.Count} senders of {Together} each: {driven.PerSecond * Together:0} recorded/s; {refused} refused; requests: {driven}"));
        print($"  processors: {processes.Since(driven.Times.Count * Together)}");
    }

    /// <summary>Requests that follow each other: in each, every patient of the group decides once more.</summary>
    private static IEnumerable<byte[]> Rounds(Story.Hospital hospital, IReadOnlyList<string> patients)
    {
        var keys = patients.ToDictionary(patient => patient, patient => SigningKey.From(hospital.Patients[patient].Key));
        var now = TimeProvider.System.GetUtcNow();
        return [.. Enumerable.Range(0, Most).Select(round => JsonSerializer.SerializeToUtf8Bytes(
            new DirectiveSubmission([.. patients.Select(patient => JsonSerializer.SerializeToElement(
                SignedRecord.Sign(Body(hospital, patient, round, now), keys[patient]), CanonicalJson.Options))]),
            CanonicalJson.Options))];
    }

    private static Directive Body(Story.Hospital hospital, string patient, int round, DateTimeOffset now)
    {
        var first = CanonicalJson.Read<Directive>(hospital.Sign(patient, round % 2 == 0 ? Directive.Deny : Directive.Permit, now).Body);
        return first with { Nonce = Nonce.New(), Sequence = first.Sequence + round };
    }
}
