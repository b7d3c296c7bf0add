using System.Text.Json;
using Dapper;
using Silos.Datasets;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Permits;

/// <summary>Which departments a permit touches here, for their heads (C10).</summary>
public sealed class ShowDepartments(Database database, PermitStore permits, DatasetShelf shelf, SiloIdentity silo)
{
    /// <returns>A line for each dataset of this silo that the permit names; null for an unknown permit.</returns>
    public async Task<IReadOnlyList<TouchedDepartments>?> OfAsync(Hash32 permit, CancellationToken cancel)
    {
        if (await permits.FindAsync(permit, cancel) is not { } document)
        {
            return null;
        }

        var asked = await database.ReadAsync(connection => connection.QueryAsync<(string Dataset, string Text)>(
            "SELECT dataset, query_text FROM queries WHERE permit = @permit", new { permit = permit.ToString() }), cancel);
        return [.. document.Datasets.Where(one => one.Silo == silo.Register).Select(one => shelf.Find(one.Dataset, out _)).OfType<OpenedDataset>().Select(dataset => new TouchedDepartments(
            dataset.Definition.Id,
            dataset.Definition.DepartmentsOf(dataset.Definition.Attributes.Select(attribute => attribute.Name)),
            dataset.Definition.DepartmentsOf(asked.Where(question => question.Dataset == dataset.Definition.Id).SelectMany(question => Named(question.Text, dataset.Definition)))))];
    }

    /// <summary>The attributes that a canonical question or request for a file names. An event counts as the attribute from whose view it comes.</summary>
    public static IReadOnlyList<string> Named(string canonical, DatasetDefinition definition)
    {
        using var json = JsonDocument.Parse(canonical);
        var named = new HashSet<string>(StringComparer.Ordinal);
        Walk(json.RootElement, null);
        return [.. named];

        void Walk(JsonElement node, string? under)
        {
            switch (node.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var member in node.EnumerateObject())
                    {
                        Walk(member.Value, member.Name);
                    }

                    break;
                case JsonValueKind.Array:
                    foreach (var item in node.EnumerateArray())
                    {
                        Walk(item, under);
                    }

                    break;
                case JsonValueKind.String when under is "attribute" or "attributes" or "groupBy":
                    named.Add(node.GetString()!);
                    break;
                case JsonValueKind.String when under == "event" && definition.Events.FirstOrDefault(kind => kind.Name == node.GetString()) is { } kind:
                    named.UnionWith(definition.Attributes.Where(attribute => attribute.From.View == kind.View).Select(attribute => attribute.Name));
                    break;
            }
        }
    }
}
