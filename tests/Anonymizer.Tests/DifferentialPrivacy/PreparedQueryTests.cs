using System.Text;
using Anonymizer.DifferentialPrivacy.Queries;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class PreparedQueryTests
{
    /// <summary>Goal: an answer from a question made ready is the answer, whatever was drawn before. Method: questions of every measure with public and
    /// private keys and floors, on tables where nobody, somebody and everybody exceeds the bound; five draws against five answers, byte by byte.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(40, 40)]
    public void A_later_draw_is_the_answer_that_a_first_one_would_be(int rows, int groups)
    {
        const string Measures = """
            [{"kind":"count"},{"kind":"mean","attribute":"hba1c"},{"kind":"sum","attribute":"visits"},{"kind":"variance","attribute":"age"},
            {"kind":"quantile","attribute":"age","q":0.5},{"kind":"histogram","attribute":"age","bins":3},{"kind":"distinct","attribute":"patient_id"},{"kind":"distinct","attribute":"site"}]
            """;
        var schema = Material.Patients(rows, groups);
        string[] several = [.. Material.Rows(40, 81).Select((row, i) => $"p{i / 4}{row[row.IndexOf(',')..]}"), .. Material.Rows(30, 82)];
        foreach (var groupBy in (string[])["[]", """["sex"]""", """["site"]""", """["diagnosis"]""", """["sex","site"]"""])
        {
            var query = Material.Ask(schema, Measures, """{"epsilon":50,"delta":0.1}""", groupBy);
            var table = Material.Table(schema, several);
            foreach (var floor in (int[])[0, 11])
            {
                var ready = new PreparedQuery(query, schema, table, [], floor);
                for (var i = 0; i < 5; i++)
                {
                    var expected = Answering.Run(query, schema, table, [], Material.Source(83).For($"{i}"), floor).ToUtf8();
                    Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(ready.Draw(Material.Source(83).For($"{i}")).ToUtf8()));
                }
            }
        }
    }
}
