using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>Attacks 6 and 13 to 16 of the catalogue: what files tell, alone, beside counts, and beside each other.</summary>
[Collection("attacked silo")]
public sealed class FileAttacks(AttackedSilo silo)
{
    private const int K = 11;
    private static readonly string[] Quasi = ["age", "municipality", "sex"];

    /// <summary>Goal: attack 6, nobody is counted without one person, and a file is registered. Method: an identifier as filter, group and measure is refused before anything is counted; a second
    /// file beyond the permit's one is refused, and the chain holds one release. Planted: the identifier is an attribute like any other.</summary>
    [Fact]
    public async Task Identifiers_cannot_be_asked_and_files_are_registered()
    {
        var victim = silo.Truth.Patients[0];
        string[] queries =
        [
            $$"""{"where":[{"not":{"attribute":"patient_id","in":["{{victim}}"]} }],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""",
            $$"""{"where":[{"attribute":"patient_id","in":["{{victim}}"]}],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""",
            $$"""{"groupBy":["patient_id"],"measures":[{"kind":"count"}],{{AttackedSilo.Loss}}}""",
            $$"""{"measures":[{"kind":"quantile","attribute":"patient_id","q":0.5,"lower":0,"upper":9}],{{AttackedSilo.Loss}}}""",
        ];
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var permit = await silo.PermitAsync(files: 1);
                foreach (var query in queries)
                {
                    if ((await silo.Permitted.AskAsync(silo.Permitted.SignCanonical(query, permit), query)).Ok)
                    {
                        return "answered: " + query;
                    }
                }

                var (first, second) = (await silo.AskFileAsync(permit), await silo.AskFileAsync(permit));
                var files = (await silo.ChargedAsync(permit)).Files;
                return !first.Ok ? first.Body : second.Ok ? "a second file is made" : files != 1 ? $"the chain holds {files} releases" : null;
            },
            weak => weak.Before = async (context, next) =>
            {
                if (context.Request.Path == SiloRoutes.Queries && (await Weaknesses.AskedAsync(context)).Contains("patient_id", StringComparison.Ordinal))
                {
                    await Results.Json(new { groups = new[] { new { count = 1 } } }).ExecuteAsync(context);
                    return;
                }

                await next();
            });
    }

    /// <summary>Goal: attacks 13 to 15, no class of a released file is small, homogeneous in a sensitive attribute, or to be narrowed to one leaf; and the file's report states its risk. Method: release a
    /// file by two checkers, open it, and judge it by code that shares nothing with its writer: classes of at least 11, at least 2 values of HbA1c and of diagnoses in each; the highest
    /// risk of the report is one over the smallest class, and no class is such that its size forces its finer values (the downcoding attack needs a class of exactly k whose label has two leaves).
    /// Planted: the file's writer groups nobody.</summary>
    [Fact]
    public async Task A_file_holds_no_small_and_no_homogeneous_class()
    {
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var made = (await silo.AskFileAsync(await silo.PermitAsync(files: 1))).Json;
                var file = await silo.ReleasedAsync(made["id"]!.ToString());
                var (classes, columns) = Classes(file);
                var smallest = classes.Min(one => one.Count);
                var risk = decimal.Parse(made["report"]!["highestProsecutorRisk"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
                return smallest < K ? $"a class of {smallest}"
                    : Math.Abs(risk - (1m / smallest)) > 0.001m ? $"the report states a risk of {risk} where it is 1/{smallest}"
                    : new[] { "hba1c", "diagnoses" }.FirstOrDefault(name => classes.Any(one => one.Select(row => row[columns[name]]).Distinct().Count() < 2)) is { } alike ? $"a class with one value of {alike}"
                    : null;
            },
            weak => weak.Before = async (context, next) =>
            {
                if (context.Request.Path.Value!.EndsWith("/file", StringComparison.Ordinal))
                {
                    var table = silo.Truth.Table;
                    var names = new[] { "age", "diagnoses", "hba1c", "municipality", "sex" };
                    var rows = Enumerable.Range(0, table.Count).Select(row => string.Join(',', names.Select(name => table.Find(name)!.Text(row))));
                    var raw = Encoding.UTF8.GetBytes(string.Join('\n', rows.Prepend(string.Join(',', names))));
                    await Results.Json(new ReleasedFile(SealedFile.Seal(raw, silo.Permitted.FileKey.Public), JsonSerializer.SerializeToElement("planted"), JsonSerializer.SerializeToElement("planted"))).ExecuteAsync(context);
                    return;
                }

                await next();
            });
    }

    /// <summary>Goal: attack 16, two files do not single out who left between them. Method: release a file, one of its patients opts out, release another; each class is as large as before or differs
    /// by at least k. Planted: the silo forgets its earlier files.</summary>
    [Fact]
    public async Task Two_files_do_not_single_out_who_left()
    {
        using var hospital = new Hospital(silo.Permitted.Stack, 1);
        var forgets = false;
        await silo.Weak.HoldsAsync(
            async () =>
            {
                var permit = await silo.PermitAsync(files: 2);
                var (before, _) = Classes(await silo.ReleasedAsync((await silo.AskFileAsync(permit)).Json["id"]!.ToString()));
                var leaves = hospital.Patients.Where(patient => patient.Value.Sequence == 1).Select(patient => patient.Key).First();
                await hospital.DecideAsync([leaves], Directive.Deny, TimeProvider.System.GetUtcNow());
                if (forgets)
                {
                    await using var database = new SqliteConnection($"Data Source={silo.Database};Default Timeout=30");
                    await database.ExecuteAsync("UPDATE extracts SET state = 'rejected'");
                }

                var (after, _) = Classes(await silo.ReleasedAsync((await silo.AskFileAsync(permit)).Json["id"]!.ToString()));
                var sizes = before.ToDictionary(one => one.Key, one => one.Count);
                return after.FirstOrDefault(one => sizes.TryGetValue(one.Key, out var was) && was != one.Count && Math.Abs(was - one.Count) < K) is { } apart
                    ? $"{apart.Key} had {sizes[apart.Key]} and has {apart.Count}"
                    : null;
            },
            _ => forgets = true);
    }

    /// <summary>The rows of a file by their quasi-identifiers, and where each column is.</summary>
    private static (IReadOnlyList<Class> Classes, IReadOnlyDictionary<string, int> Columns) Classes(byte[] file)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split(',')).ToList();
        var columns = lines[0].Select((name, place) => (name, place)).ToDictionary(one => one.name, one => one.place);
        return ([.. lines.Skip(1).GroupBy(row => string.Join('|', Quasi.Select(name => row[columns[name]]))).Select(group => new Class(group.Key, [.. group]))], columns);
    }

    private sealed class Class(string key, IReadOnlyList<string[]> rows) : List<string[]>(rows)
    {
        public string Key => key;
    }
}
