using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;
using Silos.Ingestion;
using Silos.Ingestion.Cohorts;
using Silos.Protocol;
using Silos.Samples;

namespace Silos.Datasets;

/// <summary>Free trial: questions answered by the same engine on made-up rows of the same schema. No permit, no budget, no entry: no
/// patient's record is touched, and every answer says that it is synthetic.</summary>
public static class TrialEndpoints
{
    private const int Rows = 2_000;
    private const string Note = "synthetic: made-up rows with the schema of the dataset; nothing here was counted among patients, and no privacy budget was used";

    private static readonly ConcurrentDictionary<string, (string Definition, Table Table, IReadOnlyList<PatientRow> Rows)> Tables = new(StringComparer.Ordinal);

    public static void MapTrialEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SiloRoutes.Datasets + "/{name}/trial", (string name, PreviewRequest request, DatasetShelf shelf) =>
            shelf.Find(name, out _) is { } dataset ? Answer(dataset, request.Query) : Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not offered here"));
        routes.MapGet(SiloRoutes.Datasets + "/{name}/trial.csv", (string name, DatasetShelf shelf) =>
            shelf.Find(name, out _) is { } dataset ? Results.Text(Csv(dataset), "text/csv") : Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not offered here"));
    }

    private static IResult Answer(OpenedDataset dataset, JsonElement ask)
    {
        try
        {
            var query = CohortQuery.Parse(ask, dataset.Schema, dataset.Definition);
            var (table, rows) = Trial(dataset);
            var all = new bool[table.Count];
            Array.Fill(all, true);
            query.Narrow(all, dataset.Definition, rows);
            var random = new PrfRandomSource(RandomNumberGenerator.GetBytes(PrfRandomSource.KeyLength));
            var answer = Answering.Run(query.Query, dataset.Schema, table, all, random, dataset.Definition.Policy.Cell).ToJson();
            var marked = new JsonObject { ["synthetic"] = true, ["note"] = Note, ["groups"] = answer["groups"]!.DeepClone(), ["wouldBeCharged"] = answer["charged"]!.DeepClone() };
            return Results.Text(marked.ToJsonString(), "application/json");
        }
        catch (InputException bad)
        {
            return Problems.Refusal(RefusalCode.BadQuery, bad.Message);
        }
    }

    private static string Csv(OpenedDataset dataset)
    {
        var (_, rows) = Trial(dataset);
        var attributes = dataset.Definition.Attributes;
        var text = new StringBuilder().AppendJoin(',', attributes.Select(one => one.Name).Prepend(dataset.Definition.PrivacyUnit)).Append('\n');
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Cells.Select((cell, column) => cell.Written(attributes[column].Step)).Prepend(row.Patient)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The same rows for as long as the definition is: made once a dataset.</summary>
    private static (Table Table, IReadOnlyList<PatientRow> Rows) Trial(OpenedDataset dataset)
    {
        var made = Tables.AddOrUpdate(dataset.Row.Name, _ => Make(dataset), (_, known) => known.Definition == dataset.Row.Definition ? known : Make(dataset));
        return (made.Table, made.Rows);
    }

    private static (string Definition, Table Table, IReadOnlyList<PatientRow> Rows) Make(OpenedDataset dataset)
    {
        var rows = TrialRows.Of(dataset.Definition, Rows, 1);
        return (dataset.Row.Definition, PatientTable.Of(dataset.Definition, rows), rows);
    }
}
