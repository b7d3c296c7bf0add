using System.Text.RegularExpressions;
using Xunit;

namespace Architecture.Tests;

/// <summary>Every change to a dataset, the consent register, a budget or a log goes through one keyed single writer.</summary>
public partial class WritePathTests
{
    /// <summary>The silo's tables, on which a patient's trust rests, and the only files that may change each.</summary>
    private static readonly Dictionary<string, string[]> Writers = new()
    {
        ["budgets"] = ["Silos/Budgets/BudgetStore.cs"],
        ["queries"] = ["Silos/Queries/QueryStore.cs", "Silos/Persistence/Reseal.cs"],
        ["processes"] = ["Silos/Queries/QuestionOwners.cs"],
        ["query_cohorts"] = ["Silos/Queries/QueryStore.cs", "Silos/Persistence/Reseal.cs"],
        ["entry_openings"] = ["Silos/Persistence/EntryOpenings.cs"],
        ["spent_nonces"] = ["Silos/Queries/QueryStore.cs"],
        ["seeds"] = ["Silos/Queries/SeedPool.cs", "Silos/Persistence/Reseal.cs"],
        ["extracts"] = ["Silos/Extracts/ExtractStore.cs", "Silos/Persistence/Reseal.cs"],
        ["output_checks"] = ["Silos/Extracts/ExtractStore.cs"],
        ["checkers"] = ["Silos/Extracts/ExtractStore.cs"],
        ["recodings"] = ["Silos/Extracts/ExtractStore.cs"],
        ["refusals"] = ["Silos/Queries/DenyQuery.cs"],
        ["silence_changes"] = ["Silos/Consents/ReadSilence.cs"],
        ["caller_nonces"] = ["Silos/CallerNonces.cs"],
        ["permits"] = ["Silos/Permits/PermitStore.cs"],
        ["consent_snapshots"] = ["Silos/Consents/TakeSnapshot.cs"],
        ["enrolments"] = ["Silos/Consents/ConsentStore.cs"],
        ["directives"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_key_changes"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_officers"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_texts"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_erased_leaves"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_reads"] = ["Silos/Consents/ConsentStore.cs"],
        ["consent_erasures"] = ["Silos/Consents/ConsentStore.cs"],
        ["records"] = ["Silos/Datasets/DatasetStore.cs", "Silos/Persistence/Reseal.cs"],
        ["datasets"] = ["Silos/Datasets/DatasetStore.cs"],
        ["dataset_versions"] = ["Silos/Datasets/DatasetStore.cs", "Silos/Persistence/Reseal.cs"],
        ["dashboard_answers"] = ["Silos/Dashboards/DashboardStore.cs"],
    };

    /// <summary>Goal: no second write path. Method: find INSERT, UPDATE and DELETE on these tables in all sources and compare with the list.</summary>
    [Fact]
    public void Only_a_tables_own_store_writes_it()
    {
        Assert.All(Writes(), write =>
        {
            if (write.File.StartsWith("Silos/", StringComparison.Ordinal) && Writers.TryGetValue(write.Table, out var allowed))
            {
                Assert.Contains(write.File, allowed);
            }
        });
    }

    /// <summary>Goal: the list is not out of date. Method: each table in it is written somewhere.</summary>
    [Fact]
    public void Each_listed_table_is_written_by_its_store()
    {
        var written = Writes().Select(write => write.Table).ToHashSet();
        Assert.All(Writers.Keys, table => Assert.Contains(table, written));
    }

    /// <summary>Goal: a write holds a writer's lock. Method: transactions begin in Database alone; one that begins elsewhere is read only by its first statement.</summary>
    [Fact]
    public void Only_the_database_begins_a_transaction()
    {
        var elsewhere = ProductFiles().Where(file => File.ReadAllText(file) is var text && BeginsTransaction().IsMatch(text) && !text.Contains("\"SET TRANSACTION READ ONLY;", StringComparison.Ordinal))
            .Select(Relative).Where(file => file != "Silos/Ledger/Storage/Database.cs");
        Assert.Empty(elsewhere);
    }

    private static List<(string File, string Table)> Writes() =>
        [.. ProductFiles().SelectMany(file => WritesTable().Matches(File.ReadAllText(file)).Select(match => (Relative(file), match.Groups["table"].Value)))];

    private static IEnumerable<string> ProductFiles() =>
        Tree.Files("*.cs").Where(file => Relative(file) is var path && (path.StartsWith("Silos/", StringComparison.Ordinal) || path.StartsWith("Research.", StringComparison.Ordinal)));

    private static string Relative(string file) => Path.GetRelativePath(Tree.Root, file).Replace('\\', '/');

    [GeneratedRegex(@"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?<table>[a-z_]+)\b")]
    private static partial Regex WritesTable();

    [GeneratedRegex(@"\bBeginTransaction(?:Async)?\(")]
    private static partial Regex BeginsTransaction();
}
