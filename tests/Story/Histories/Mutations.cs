using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Story.Histories;

/// <summary>A small change of one part of an export, and what it is.</summary>
public sealed record Mutation(string What, string Part, Func<byte[]> Bytes);

/// <summary>
/// Every small change that somebody might hope goes unnoticed: bytes, lines, whitespace, line ends, each JSON value in each line, members that
/// nobody signed, other spellings of the same signature.
/// </summary>
public static class Mutations
{
    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All of them, in no useful order; they number in the tens of thousands.</summary>
    public static IEnumerable<Mutation> Of(HistoryFiles files, Random random)
    {
        foreach (var (part, bytes) in files.Parts)
        {
            foreach (var change in Whole(bytes).Concat(Bytes(bytes, random)))
            {
                yield return new Mutation($"{part}: {change.What}", part, change.Make);
            }

            var lines = Encoding.UTF8.GetString(bytes).Split('\n');
            var count = bytes[^1] == '\n' ? lines.Length - 1 : lines.Length;
            for (var i = 0; i < count; i++)
            {
                foreach (var change in Lines(lines, i, count).Concat(Values(lines, i)))
                {
                    yield return new Mutation($"{part} line {i + 1}: {change.What}", part, change.Make);
                }
            }
        }
    }

    private static IEnumerable<(string What, Func<byte[]> Make)> Whole(byte[] bytes)
    {
        yield return ("a byte behind the end", () => [.. bytes, (byte)'\n']);
        yield return ("a space behind the end", () => [.. bytes, (byte)' ']);
        yield return ("the last byte cut off", () => bytes[..^1]);
        yield return ("a byte order mark", () => [0xef, 0xbb, 0xbf, .. bytes]);
        yield return ("emptied", () => []);
    }

    private static IEnumerable<(string What, Func<byte[]> Make)> Bytes(byte[] bytes, Random random)
    {
        for (var i = 0; i < Math.Max(64, bytes.Length / 32); i++)
        {
            var (at, value) = (random.Next(bytes.Length), (byte)random.Next(1, 256));
            yield return ($"byte {at} changed by {value:x2}", () => Changed(at, (byte)(bytes[at] ^ value)));
            yield return ($"byte {at} left out", () => [.. bytes[..at], .. bytes[(at + 1)..]]);
            yield return ($"byte {value:x2} put in at {at}", () => [.. bytes[..at], value, .. bytes[at..]]);
        }

        byte[] Changed(int at, byte value)
        {
            var copy = bytes.ToArray();
            copy[at] = value;
            return copy;
        }
    }

    private static IEnumerable<(string What, Func<byte[]> Make)> Lines(string[] lines, int i, int count)
    {
        if (count > 1)
        {
            yield return ("left out", () => Join(lines.Where((_, at) => at != i)));
            yield return ("twice", () => Join([.. lines[..i], lines[i], .. lines[i..]]));
        }

        if (i + 1 < count)
        {
            yield return ("after the next", () => Join([.. lines[..i], lines[i + 1], lines[i], .. lines[(i + 2)..]]));
        }

        yield return ("an empty line before it", () => Join([.. lines[..i], "", .. lines[i..]]));
        yield return ("ends in CR LF", () => With(lines, i, lines[i] + "\r"));
        yield return ("a space in front", () => With(lines, i, " " + lines[i]));
        yield return ("a space after its first colon", () => With(lines, i, lines[i].Insert(lines[i].IndexOf(':', StringComparison.Ordinal) + 1, " ")));
        yield return ("its first member twice", () => With(lines, i, "{" + lines[i][1..lines[i].IndexOf(',', StringComparison.Ordinal)] + "," + lines[i][1..]));
    }

    private static IEnumerable<(string What, Func<byte[]> Make)> Values(string[] lines, int i)
    {
        foreach (var path in Paths(JsonNode.Parse(lines[i])!))
        {
            foreach (var (how, other) in Others(At(JsonNode.Parse(lines[i])!, path)))
            {
                yield return ($"{string.Join('.', path)} {how}", () =>
                {
                    var json = JsonNode.Parse(lines[i])!;
                    if (path.Count == 0)
                    {
                        json = other();
                    }
                    else if (At(json, path[..^1]) is JsonArray items)
                    {
                        items[(int)path[^1]] = other();
                    }
                    else
                    {
                        At(json, path[..^1])![(string)path[^1]] = other();
                    }

                    return With(lines, i, Encoding.UTF8.GetString(CanonicalJson.Bytes(json!)));
                });
            }
        }
    }

    /// <summary>Other values in the place of this one.</summary>
    private static IEnumerable<(string How, Func<JsonNode> Make)> Others(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject members:
                yield return ("has a member that nobody knows", () => With(members, "zz", "1"));
                if (members.ContainsKey("crv"))
                {
                    yield return ("has a private part", () => With(members, "d", "AA"));
                }

                if (members["signature"]?.ToString() is { } signature && Base64Text.TryDecode(signature) is { Length: 64 } bytes)
                {
                    yield return ("is signed with the other s", () => With(members, "signature", Base64Text.Encode(OtherS(bytes))));
                }

                break;
            case JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.String:
                var old = text.GetValue<string>();
                yield return ("emptied", () => "");
                yield return ("longer by a letter", () => old + "A");
                for (var at = 0; at < old.Length; at += Math.Max(1, old.Length / 7))
                {
                    var here = at;
                    yield return ($"another letter at {here}", () => old[..here] + (char)(old[here] == 'A' ? 'B' : 'A') + old[(here + 1)..]);
                }

                if (old.Length > 0)
                {
                    yield return ("another last letter", () => old[..^1] + (char)(old[^1] == 'A' ? 'B' : old[^1] is '0' ? '1' : old[^1] - 1));
                }

                if (old.Any(char.IsLower))
                {
                    yield return ("in capitals", () => old.ToUpperInvariant());
                }

                if (old.Contains("\n\n", StringComparison.Ordinal))
                {
                    yield return ("its signatures turned round", () => old[..(old.IndexOf("\n\n", StringComparison.Ordinal) + 2)] + string.Join('\n', old[(old.IndexOf("\n\n", StringComparison.Ordinal) + 2)..^1].Split('\n').Append("").Reverse().SkipWhile(line => line.Length == 0)) + "\n" + (old.Split('—').Length == 2 ? "\n" : ""));
                }

                break;
            case JsonValue number when number.GetValueKind() == System.Text.Json.JsonValueKind.Number:
                yield return ("one more", () => JsonNode.Parse(number.ToJsonString())!.GetValue<long>() + 1);
                yield return ("negative", () => -1 - number.GetValue<long>());
                yield return ("2^32 more", () => number.GetValue<long>() + (1L << 32));
                yield return ("a text", () => number.ToJsonString());
                break;
            case JsonValue flag:
                yield return ("the contrary", () => !flag.GetValue<bool>());
                break;
        }
    }

    private static byte[] OtherS(byte[] signature)
    {
        var other = (Order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. signature[..32], .. new byte[32 - other.Length], .. other];
    }

    private static IEnumerable<List<object>> Paths(JsonNode? json)
    {
        yield return [];
        var members = json switch
        {
            JsonObject named => named.Select(member => ((object)member.Key, member.Value)),
            JsonArray items => items.Select((item, at) => ((object)at, item)),
            _ => [],
        };
        foreach (var (name, value) in members)
        {
            foreach (var path in Paths(value))
            {
                yield return [name, .. path];
            }
        }
    }

    private static JsonNode? At(JsonNode json, List<object> path) => path.Aggregate((JsonNode?)json, (node, step) => step is int at ? node![at] : node![(string)step]);

    private static JsonObject With(JsonObject members, string name, string value)
    {
        var copy = members.DeepClone().AsObject();
        copy[name] = value;
        return copy;
    }

    private static byte[] With(string[] lines, int i, string line) => Join([.. lines[..i], line, .. lines[(i + 1)..]]);

    private static byte[] Join(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines));
}
