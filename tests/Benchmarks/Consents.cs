using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Silos;
using Silos.Consents;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Benchmarks;

/// <summary>
/// What one signed directive costs in a large register, from its bytes to the recorded row, the signed receipt and the next snapshot's root.
/// <c>consents CONNECTIONSTRING PATIENTS</c>: an empty database, which it fills first.
/// </summary>
internal static class Consents
{
    private const string Origin = "researchhub.example/benchmark";
    private const int Updates = 200;
    private const int RowsAtOnce = 50_000;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var connectionString, var count] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var patients))
        {
            Console.Error.WriteLine("consents: name the connection string of an empty database, and how many patients are in the register");
            return 2;
        }

        using var siloKey = SigningKey.Create();
        using var key = SigningKey.Create();
        var silo = new SiloIdentity("Benchmark", Origin, siloKey, new Deployed("31337", "0x" + new string('0', 40)));
        await using var database = new Database(connectionString);
        await database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        await FillAsync(database, silo, key, patients);
        using var register = new ConsentRegister(database, silo, Options.Create(new ConsentOptions()), TimeProvider.System);
        var subject = (await register.EnrolAsync([new PatientKeys("measured", KeySet.Of(key.Public.Jwk))], CancellationToken.None)).Enrolled.Single().Subject;
        var times = new List<double>();
        for (var sequence = 1; sequence <= Updates; sequence++)
        {
            var signed = SignedRecord.Sign(Directive(silo, subject, sequence), key);
            var started = Stopwatch.GetTimestamp();
            var outcome = (await register.RecordAsync([signed], CancellationToken.None)).Single();
            _ = (await register.CatchUpAsync(CancellationToken.None)).Tree.Root;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!outcome.Recorded)
            {
                throw new InvalidOperationException(outcome.Reason);
            }
        }

        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a directive in a register of {patients} patients, recorded and in the next root: p50 {times[Updates / 2]:0.00} ms, p99 {times[Updates * 99 / 100]:0.00} ms; engine: {(database.IsPostgres ? "PostgreSQL" : "SQLite")}"));
        return 0;
    }

    /// <summary>Rows as the register writes them; only the measured patient's signature is ever checked.</summary>
    private static async Task FillAsync(Database database, SiloIdentity silo, SigningKey key, int patients)
    {
        var started = Stopwatch.GetTimestamp();
        var jwk = JsonSerializer.Serialize(key.Public.Jwk, CanonicalJson.Options);
        for (var from = 0; from < patients; from += RowsAtOnce)
        {
            List<object?[]> enrolments = [];
            List<object?[]> directives = [];
            foreach (var number in Enumerable.Range(from + 1, Math.Min(RowsAtOnce, patients - from)))
            {
                var subject = Nonce.New();
                var record = new SignedRecord(CanonicalJson.ToJson(Directive(silo, subject, 1)), key.Public.Jwk, "");
                enrolments.Add([subject, "p" + number, Hash32.Random().ToString(), jwk, Hash32.Random().ToString(), (long)number, ""]);
                directives.Add([(long)number, subject, 1, Nonce.New(), JsonSerializer.Serialize(record, CanonicalJson.Options), ""]);
            }

            await database.WriteAsync(ConsentRegister.Writer, async within =>
            {
                await Rows.WriteAsync(within, "INSERT INTO enrolments (subject, patient, key_id, key_json, salt, enrolled, enrolled_at)", enrolments);
                await Rows.WriteAsync(within, "INSERT INTO directives (recorded, subject, sequence, nonce, signed, received_at)", directives);
            });
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"filled in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
    }

    private static Directive Directive(SiloIdentity silo, string subject, int sequence) => new(
        silo.Deployed.ChainId, silo.Deployed.Contract, Nonce.New(), subject, silo.Register, sequence, sequence % 2 == 0 ? "deny" : "permit", [Duo.GeneralResearchUse], ["non-profit"], ["*"], ["statistics"],
        RecordTime.Write(TimeProvider.System.GetUtcNow()), new ConsentText(Hash32.Of("words"), "en", "1"));
}
