using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Npgsql;
using Silos.Datasets.Resident;
using Silos.Tests.Storage;
using Xunit;

namespace Silos.Tests.Resident;

public sealed class ResidentAnswerTests(Postgres postgres)
{
    private static readonly string[] Questions =
    [
        """{"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""",
        """{"measures":[{"kind":"distinct","attribute":"patient"},{"kind":"distinct","attribute":"town"}],"loss":{"epsilon":1}}""",
        """{"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":5,"upper":9}],"loss":{"epsilon":1,"delta":1e-6}}""",
        """{"groupBy":["sex"],"measures":[{"kind":"sum","attribute":"age"},{"kind":"variance","attribute":"hba1c"},{"kind":"distinct","attribute":"patient"}],"loss":{"epsilon":2}}""",
        """{"groupBy":["sex"],"measures":[{"kind":"quantile","attribute":"age","q":0.5,"lower":20,"upper":80},{"kind":"quantile","attribute":"hba1c","q":0.9}],"loss":{"epsilon":3}}""",
        """{"measures":[{"kind":"histogram","attribute":"age","edges":[10,20,50,60]},{"kind":"histogram","attribute":"sex"},{"kind":"histogram","attribute":"hba1c","bins":1}],"loss":{"epsilon":3}}""",
        """{"groupBy":["town"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"age"}],"loss":{"epsilon":3,"delta":1e-2}}""",
        """{"groupBy":["sex","town"],"measures":[{"kind":"sum","attribute":"hba1c","lower":4,"upper":7}],"loss":{"epsilon":3,"delta":1e-2}}""",
        """{"groupBy":["diagnosis"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c"}],"loss":{"epsilon":5,"delta":1e-2}}""",
        """{"groupBy":["diagnosis","sex"],"measures":[{"kind":"distinct","attribute":"patient"}],"loss":{"epsilon":5,"delta":1e-2}}""",
        """{"where":[{"attribute":"age","atLeast":30,"below":70},{"not":{"attribute":"age","atLeast":40,"below":50}},{"attribute":"diagnosis","in":["E1","é'\""]}],"measures":[{"kind":"count"},{"kind":"mean","attribute":"age"}],"loss":{"epsilon":1}}""",
        """{"where":[{"not":{"attribute":"diagnosis","in":["I1"]}},{"not":{"attribute":"town","in":["town A","town C"]}},{"not":{"attribute":"sex","in":["male"]}}],"groupBy":["sex"],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""",
        """{"where":[{"attribute":"hba1c","below":4}],"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"sum","attribute":"age"}],"loss":{"epsilon":1}}""",
    ];

    /// <summary>Goal: where rows live changes no byte of an answer. Method: 13 questions of every kind, on tables with one row a patient and with more rows
    /// and groups than count, each with four seeds and two floors, answered in memory and by PostgreSQL.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 5, 2, 1)]
    [InlineData(3, 4, 3, 2)]
    [InlineData(4, 3, 50, 50)]
    public async Task The_database_and_the_memory_give_the_same_bytes(int seed, int most, int maxRows, int maxGroups)
    {
        var rows = new ResidentRows(seed, 400, most, maxRows, maxGroups);
        await using var database = NpgsqlDataSource.Create(await postgres.NewDatabaseAsync());
        await rows.WriteAsync(database);
        var resident = new CountResident(database, rows.Resident);
        foreach (var question in Questions)
        {
            var query = Query.Parse(JsonDocument.Parse(question).RootElement, rows.Schema);
            for (var draw = 0; draw < 4; draw++)
            {
                var floor = draw % 2 == 0 ? 0 : 11;
                var inMemory = Answering.Run(query, rows.Schema, rows.Table, rows.Flags, Source(draw), floor).ToUtf8();
                var inDatabase = (await resident.AnswerAsync(query, rows.Bits, Source(draw), floor, TestContext.Current.CancellationToken)).ToUtf8();
                Assert.True(inMemory.AsSpan().SequenceEqual(inDatabase), $"seed {draw}, {question}\nmemory   {Encoding.UTF8.GetString(inMemory)}\ndatabase {Encoding.UTF8.GetString(inDatabase)}");
            }
        }
    }

    internal static PrfRandomSource Source(int seed)
    {
        var key = new byte[PrfRandomSource.KeyLength];
        key[0] = (byte)seed;
        return new PrfRandomSource(key);
    }
}
