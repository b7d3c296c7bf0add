using Anonymizer.Deidentification;
using Anonymizer.Pseudonyms;
using Anonymizer.Tests.Generalization;
using Xunit;

namespace Anonymizer.Tests.Deidentification;

public sealed class DeidentifyTests
{
    private static readonly ProjectPseudonyms Project = new(new byte[32], "project a");

    /// <summary>Goal: each identifier with a form is found in running text. Method: one example of each kind and of each national number.</summary>
    [Theory]
    [InlineData("call (555) 010-7788 after six", IdentifierKind.Telephone)]
    [InlineData("call +84 912 345 678", IdentifierKind.Telephone)]
    [InlineData("fax no. 5550107788", IdentifierKind.OtherNumber)]
    [InlineData("write to ana.silva@example.org", IdentifierKind.Email)]
    [InlineData("SSN 078-05-1120", IdentifierKind.SocialSecurityNumber)]
    [InlineData("MRN: 00412-77", IdentifierKind.OtherNumber)]
    [InlineData("health plan 8839-AA1", IdentifierKind.OtherNumber)]
    [InlineData("account 99812345", IdentifierKind.OtherNumber)]
    [InlineData("license D1234567", IdentifierKind.OtherNumber)]
    [InlineData("car 1HGCM82633A004352", IdentifierKind.Vehicle)]
    [InlineData("device id 7731-X", IdentifierKind.OtherNumber)]
    [InlineData("see https://example.org/p/7", IdentifierKind.Url)]
    [InlineData("from 192.0.2.17", IdentifierKind.IpAddress)]
    [InlineData("born 12/03/1948", IdentifierKind.Date)]
    [InlineData("born 1948-03-12", IdentifierKind.Date)]
    [InlineData("CPF 529.982.247-25", IdentifierKind.OtherNumber)]
    [InlineData("52998224725", IdentifierKind.OtherNumber)]
    [InlineData("700501570850453", IdentifierKind.OtherNumber)]
    [InlineData("2 55 08 14 168 025 38", IdentifierKind.OtherNumber)]
    [InlineData("3171234567890123", null)]
    [InlineData("3171010101900001", IdentifierKind.OtherNumber)]
    [InlineData("001099012345", IdentifierKind.OtherNumber)]
    [InlineData("DN4010123456789", IdentifierKind.HealthPlanNumber)]
    [InlineData("900101-1234568", IdentifierKind.OtherNumber)]
    [InlineData("E11.9", null)]
    [InlineData("male", null)]
    [InlineData("2021", null)]
    [InlineData("7.25", null)]
    [InlineData("12345678901", null)]
    public void An_identifier_is_found_by_its_form(string text, IdentifierKind? kind) => Assert.Equal(kind, FindIdentifiers.In(text));

    /// <summary>Goal: none of the eighteen leaves a table. Method: a row with all of them, under telling and under innocent headings, everything declared as kept.</summary>
    [Fact]
    public void No_identifier_leaves_the_table()
    {
        (string Heading, string Cell)[] cells =
        [
            ("name", "Ana Silva"), ("street", "Rua A 7"), ("birth_date", "1948-03-12"), ("phone", "5550107788"), ("fax", "1"), ("email", "x"), ("ssn", "078051120"),
            ("mrn", "412"), ("insurance_id", "88"), ("account", "99"), ("license", "D1"), ("plate", "ABC"), ("device_id", "7"), ("url", "e.org"), ("ip", "::1"),
            ("fingerprint", "f"), ("photo", "p"), ("cpf", "529"), ("a", "ana.silva@example.org"), ("b", "192.0.2.17"), ("c", "529.982.247-25"), ("d", "E11"),
        ];
        var table = RecodingTests.TableOf([[.. cells.Select(cell => cell.Cell)]], [.. cells.Select(cell => cell.Heading)]);
        var found = Deidentify.Apply(table, cells.ToDictionary(cell => cell.Heading, _ => (Treatment)new Treatment.Keep()));
        Assert.Equal(["a", "b", "c", "d"], found.Table.Columns.Select(column => column.Name));
        Assert.Equal([null, null, null, "E11"], found.Table.Columns.Select(column => column.Text(0)));
        Assert.Equal(3, found.Emptied.Values.Sum());
        Assert.Empty(Deidentify.Apply(table, new Dictionary<string, Treatment>()).Table.Columns);
    }

    /// <summary>Goal: ages, dates and small areas are treated as Safe Harbor asks. Method: 93 → 90+, a date to its year, an area of 20,000 or fewer → 000.</summary>
    [Fact]
    public void Ages_dates_and_areas_are_treated()
    {
        string[][] rows = [["93", "1948-03-12", "03601", "p1"], ["89", "x", "10001", "p2"], ["-4", "2001-01-01", "99", "p1"]];
        var table = RecodingTests.TableOf(rows, "age", "seen", "zip", "patient");
        var people = new Dictionary<string, long> { ["036"] = 20_000, ["100"] = 1_500_000 };
        var found = Deidentify.Apply(table, new Dictionary<string, Treatment>
        {
            ["age"] = new Treatment.Age(),
            ["seen"] = new Treatment.Year(),
            ["zip"] = new Treatment.Area(3, people),
            ["patient"] = new Treatment.Pseudonym(Project),
        });
        IEnumerable<string?> Cells(string name) => [.. Enumerable.Range(0, 3).Select(row => found.Table.Find(name)!.Text(row))];
        Assert.Equal((string?[])["90+", "89", null], Cells("age"));
        Assert.Equal((string?[])["1948", null, "2001"], Cells("seen"));
        Assert.Equal((string?[])["000", "100", null], Cells("zip"));
        Assert.Equal((string?[])[Project.Of("p1"), Project.Of("p2"), Project.Of("p1")], Cells("patient"));
    }
}
