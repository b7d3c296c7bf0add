using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Research.Api.Tests.Manners;

/// <summary>Makes requests from schemas, and checks answers against them.</summary>
internal sealed class Schemas(JsonNode document, Random random, string[] known)
{
    private static readonly string[] Odd = ["", " ", "\0", "../..", "null", "ünïcödé ✓", "-1", "99999999999999999999", "DUO:0000042", "2030-01-01", "'; DROP TABLE accounts; --", new('x', 5000)];

    public int Next(int below) => random.Next(below);

    public HttpRequestMessage Request(string path, string method, JsonNode operation, bool bad)
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = parameter!["name"]!.GetValue<string>();
            var value = Uri.EscapeDataString(bad && random.Next(2) == 0 ? Odd[1 + random.Next(Odd.Length - 1)].Replace("\0", "z", StringComparison.Ordinal) : parameter["schema"]!["type"]?.ToJsonString().Contains("integer", StringComparison.Ordinal) == true ? random.Next(5).ToString(CultureInfo.InvariantCulture) : known[random.Next(known.Length)]);
            if (parameter["in"]!.GetValue<string>() == "path")
            {
                path = path.Replace($"{{{name}}}", value.Length == 0 ? "x" : value, StringComparison.Ordinal);
            }
            else if (random.Next(2) == 0)
            {
                query.Add($"{name}={value}");
            }
        }

        var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path + (query.Count > 0 ? "?" + string.Join('&', query) : ""));
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
        {
            var text = Value(schema, bad, 0)?.ToJsonString() ?? "null";
            request.Content = new StringContent(bad && random.Next(5) == 0 ? text[..(text.Length / 2)] : text, Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(bad && random.Next(8) == 0 ? "text/plain" : "application/json");
        }

        return request;
    }

    public string? Fault(JsonNode schema, JsonNode? value, string at)
    {
        schema = Resolve(schema);
        if (schema["oneOf"] is JsonArray alternatives)
        {
            return alternatives.Any(alternative => Fault(alternative!, value, at) is null) ? null : $"{at} fits no alternative";
        }

        var types = schema["type"] switch { JsonArray several => several.Select(type => type!.GetValue<string>()).ToList(), { } one => [one.GetValue<string>()], null => null };
        var kind = value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => "null", JsonValueKind.Object => "object", JsonValueKind.Array => "array", JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean", _ => "integer",
        };
        if (types is not null && !types.Contains(kind) && !(kind == "integer" && types.Contains("number")))
        {
            return $"{at} is {kind}, not {string.Join(" or ", types)}";
        }

        return value switch
        {
            JsonObject made => (schema["required"]?.AsArray() ?? []).Select(name => name!.GetValue<string>()).Where(name => !made.ContainsKey(name)).Select(name => $"{at}.{name} is missing").FirstOrDefault()
                ?? made.Where(member => schema["properties"]?[member.Key] is not null).Select(member => Fault(schema["properties"]![member.Key]!, member.Value, $"{at}.{member.Key}")).FirstOrDefault(fault => fault is not null),
            JsonArray items when schema["items"] is { } item => items.Select((element, i) => Fault(item, element, $"{at}[{i}]")).FirstOrDefault(fault => fault is not null),
            _ => null,
        };
    }

    private JsonNode? Value(JsonNode schema, bool bad, int depth)
    {
        schema = Resolve(schema);
        if (bad && random.Next(6) == 0)
        {
            return random.Next(4) switch { 0 => null, 1 => JsonValue.Create(Odd[random.Next(Odd.Length)]), 2 => new JsonArray(), _ => JsonValue.Create(-1.5) };
        }

        if (schema["oneOf"] is JsonArray alternatives)
        {
            return Value(alternatives[random.Next(alternatives.Count)]!, bad, depth);
        }

        if (schema["enum"] is JsonArray values)
        {
            return values[random.Next(values.Count)]?.DeepClone();
        }

        var types = schema["type"] is JsonArray several ? several.Select(type => type!.GetValue<string>()).ToList() : [schema["type"]?.GetValue<string>() ?? "any"];
        return (depth > 4 && types.Contains("null") ? "null" : types[random.Next(types.Count)]) switch
        {
            "object" => Object(schema, bad, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Value(schema["items"] ?? new JsonObject(), bad, depth + 1))]),
            "string" => JsonValue.Create(bad ? Odd[random.Next(Odd.Length)] : known[random.Next(known.Length)]),
            "integer" or "number" => JsonValue.Create(random.Next(bad ? int.MinValue : 0, 1000)),
            "boolean" => JsonValue.Create(random.Next(2) == 0),
            "null" => null,
            _ => new JsonObject { ["crv"] = "P-256", ["kty"] = "EC", ["x"] = "AA", ["body"] = new JsonObject { ["permit"] = known[2], ["silo"] = known[3], ["dataset"] = "cohort" } },
        };
    }

    private JsonObject Object(JsonNode schema, bool bad, int depth)
    {
        var made = new JsonObject();
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            var needed = (schema["required"]?.AsArray() ?? []).Any(required => required!.GetValue<string>() == name);
            if (needed ? !bad || random.Next(10) > 0 : random.Next(2) == 0)
            {
                made[name] = Value(member!, bad, depth + 1);
            }
        }

        if (bad && random.Next(10) == 0)
        {
            made["surprise"] = true;
        }

        return made;
    }

    private JsonNode Resolve(JsonNode schema)
    {
        while (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            schema = reference.Split('/').Skip(1).Aggregate(document, (node, name) => node[name] ?? new JsonObject());
        }

        return schema;
    }
}
