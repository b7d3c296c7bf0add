using System.Text.Json;
using Anonymizer.Generalization;
using Anonymizer.InformationLoss;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>Turns a configuration file into what the engine takes. Every refusal names the field, the value and what is allowed.</summary>
internal sealed class ReadTableConfig(string path, char delimiter)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

    public static TableConfig Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), TableConfigContext.Default.TableConfig)
                ?? throw new UsageException($"config '{path}' is null but must be an object");
        }
        catch (JsonException fault)
        {
            throw new UsageException($"config '{path}': {fault.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The role of every column of the file; a column that the configuration does not name is identifying.</summary>
    public static IReadOnlyDictionary<string, AttributeRole> Roles(TableConfig config, IReadOnlyList<string> header)
    {
        var attributes = config.Attributes ?? throw new UsageException("attributes is missing; it must name at least one quasi-identifying attribute");
        if (attributes.Keys.FirstOrDefault(name => !header.Contains(name)) is { } unknown)
        {
            throw new UsageException($"attributes: '{unknown}' is no column of the input, which has {string.Join(", ", header)}");
        }

        return header.ToDictionary(name => name, name => attributes.TryGetValue(name, out var attribute) ? RoleOf(name, attribute.Role) : AttributeRole.Identifying);
    }

    public Anonymization Request(TableConfig config, Table table, IReadOnlyDictionary<string, AttributeRole> roles)
    {
        var quasi = new List<QuasiIdentifier>();
        foreach (var column in table.Columns.Where(column => roles[column.Name] == AttributeRole.QuasiIdentifying))
        {
            var attribute = config.Attributes![column.Name];
            quasi.Add(new QuasiIdentifier(column.Name, HierarchyOf(column, attribute), UnmappedOf(column.Name, attribute.Unmapped)));
        }

        var models = (config.Models ?? []).Select(model => ModelOf(model, config, table)).ToList();
        var request = new Anonymization(quasi, models, config.SuppressionLimit, MetricOf(config.Metric));
        return request.Fault(table) is { } fault ? throw new UsageException(fault) : request;
    }

    private PrivacyModel ModelOf(ModelConfig model, TableConfig config, Table table)
    {
        string Attribute() => model.Attribute ?? throw new UsageException($"models: '{model.Kind}' needs the field 'attribute', the name of a sensitive column");
        T Field<T>(T? value, string name)
            where T : struct => value ?? throw new UsageException($"models: '{model.Kind}' needs the field '{name}'");
        int Whole(decimal value) => decimal.IsInteger(value) && value is >= 0 and <= int.MaxValue ? (int)value : throw new UsageException($"models: l is {value} but must be a whole number from 2 up");
        return model.Kind switch
        {
            "k-anonymity" => new KAnonymity(Field(model.K, "k"), config.PrivacyUnit),
            "distinct-l-diversity" => new DistinctLDiversity(Whole(Field(model.L, "l")), Attribute()),
            "entropy-l-diversity" => new EntropyLDiversity(Field(model.L, "l"), Attribute()),
            "recursive-c-l-diversity" => new RecursiveDiversity(Field(model.C, "c"), Whole(Field(model.L, "l")), Attribute()),
            "t-closeness" => new TCloseness(Field(model.T, "t"), Attribute(), DistanceOf(model.Distance), TreeOf(Attribute(), config, table)),
            "delta-presence" => new DeltaPresence(Field(model.Lower, "lower"), Field(model.Upper, "upper"), Attribute(), model.Value ?? throw new UsageException("models: 'delta-presence' needs the field 'value'")),
            _ => throw new UsageException($"models: kind is '{model.Kind}' but must be k-anonymity, distinct-l-diversity, entropy-l-diversity, recursive-c-l-diversity, t-closeness or delta-presence"),
        };
    }

    private Hierarchy? TreeOf(string name, TableConfig config, Table table) =>
        config.Attributes!.TryGetValue(name, out var attribute) && attribute.Hierarchy is not null && table.Find(name) is { } column ? HierarchyOf(column, attribute) : null;

    private Hierarchy HierarchyOf(Column column, AttributeConfig attribute)
    {
        var values = column.ToCategories().Values;
        if (attribute.Hierarchy is not { } hierarchy)
        {
            return Hierarchy.Flat(values);
        }

        return hierarchy.ValueKind switch
        {
            JsonValueKind.String => FromFile(column.Name, Path.Combine(folder, hierarchy.GetString()!)),
            JsonValueKind.Object => BuiltIn(column.Name, hierarchy, values),
            _ => throw new UsageException($"attributes.{column.Name}.hierarchy must be a path or an object with the field 'kind'"),
        };
    }

    private Hierarchy FromFile(string name, string file)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"attributes.{name}.hierarchy: '{file}' does not exist");
        }

        var rows = new List<IReadOnlyList<string>>();
        using (var reader = new CsvRows(file, delimiter))
        {
            while (reader.Read())
            {
                rows.Add(reader.Cells());
            }
        }

        return Hierarchy.FromRows(rows, out var fault) ?? throw new UsageException($"attributes.{name}.hierarchy: '{file}', {fault}");
    }

    private static Hierarchy BuiltIn(string name, JsonElement hierarchy, IReadOnlyList<string> values)
    {
        var field = $"attributes.{name}.hierarchy";
        long[] Numbers(string property) => hierarchy.TryGetProperty(property, out var list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.TryGetInt64(out _))
            ? [.. list.EnumerateArray().Select(item => item.GetInt64())]
            : throw new UsageException($"{field}.{property} must be a list of whole numbers");
        long Number(string property) => hierarchy.TryGetProperty(property, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value)
            ? value
            : throw new UsageException($"{field}.{property} must be a whole number");
        switch (hierarchy.TryGetProperty("kind", out var kind) ? kind.ToString() : "")
        {
            case "interval":
                var interval = new IntervalHierarchy(Number("lower"), Number("upper"), Numbers("widths"));
                return interval.Fault() is { } wrongInterval ? throw new UsageException($"{field}: {wrongInterval}") : interval.Of(values);
            case "code":
                var code = new CodeHierarchy([.. Numbers("lengths").Select(length => (int)length)]);
                return code.Fault() is { } wrongCode ? throw new UsageException($"{field}: {wrongCode}") : code.Of(values);
            case "date":
                var from = hierarchy.TryGetProperty("from", out var step) ? step.ToString() : "month";
                return new DateHierarchy(from switch
                {
                    "month" => DateStep.Month,
                    "quarter" => DateStep.Quarter,
                    "year" => DateStep.Year,
                    "five-years" => DateStep.FiveYears,
                    "decade" => DateStep.Decade,
                    _ => throw new UsageException($"{field}.from is '{from}' but must be month, quarter, year, five-years or decade"),
                }).Of(values);
            default:
                throw new UsageException($"{field}.kind is '{kind}' but must be interval, date or code");
        }
    }

    private static AttributeRole RoleOf(string name, string? role) => role switch
    {
        "identifying" => AttributeRole.Identifying,
        "quasi-identifying" => AttributeRole.QuasiIdentifying,
        "sensitive" => AttributeRole.Sensitive,
        "insensitive" => AttributeRole.Insensitive,
        _ => throw new UsageException($"attributes.{name}.role is '{role}' but must be identifying, quasi-identifying, sensitive or insensitive"),
    };

    private static UnmappedValue UnmappedOf(string name, string unmapped) => unmapped switch
    {
        "generalize" => UnmappedValue.Generalize,
        "suppress" => UnmappedValue.Suppress,
        _ => throw new UsageException($"attributes.{name}.unmapped is '{unmapped}' but must be generalize or suppress"),
    };

    private static LossMetric MetricOf(string metric) => metric switch
    {
        "loss" => LossMetric.Loss,
        "loss-am" => LossMetric.LossArithmetic,
        "aecs" => LossMetric.AverageClassSize,
        "dm" => LossMetric.Discernibility,
        "entropy" => LossMetric.Entropy,
        "nentropy" => LossMetric.NormalizedEntropy,
        _ => throw new UsageException($"metric is '{metric}' but must be loss, loss-am, aecs, dm, entropy or nentropy"),
    };

    private static ValueDistance DistanceOf(string? distance) => distance switch
    {
        "equal" => ValueDistance.Equal,
        "ordered" => ValueDistance.Ordered,
        "hierarchical" => ValueDistance.Hierarchical,
        _ => throw new UsageException($"models: distance is '{distance}' but must be equal, ordered or hierarchical"),
    };
}
