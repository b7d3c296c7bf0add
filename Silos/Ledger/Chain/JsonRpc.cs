using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Silos.Ledger.Chain;

/// <summary>
/// JSON-RPC 2.0 to an Ethereum node over HTTP. Transport trouble of any kind (no connection, time-out, a proxy's error page)
/// is one exception, <see cref="LedgerUnavailableException"/>, with the address in its message.
/// </summary>
/// <param name="http">A client whose <c>Timeout</c> bounds one call; its lifetime is the caller's business.</param>
/// <param name="url">The node, for example <c>http://127.0.0.1:5100</c>.</param>
public sealed class JsonRpc(HttpClient http, Uri url)
{
    private const int Attempts = 10;

    private long lastId;

    /// <summary>Where the node is.</summary>
    public Uri Url => url;

    /// <exception cref="LedgerUnavailableException">No answer, or none that is JSON-RPC.</exception>
    /// <exception cref="RpcException">The node refused.</exception>
    public async Task<JsonElement> CallAsync(string method, object?[] parameters, CancellationToken cancel = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CallOnceAsync(method, parameters, cancel);
            }
            catch (RpcException overtaken) when (attempt < Attempts && overtaken.NodeMessage.Contains("BlockOutOfRange", StringComparison.Ordinal))
            {
                // anvil without history: the block that "latest" meant was followed by another before it was read.
            }
        }
    }

    /// <summary>Several calls in one request (JSON-RPC 2.0, section 6); the results in the order of the calls.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public async Task<IReadOnlyList<JsonElement>> CallAllAsync(IReadOnlyList<(string Method, object?[] Parameters)> calls, CancellationToken cancel = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CallAllOnceAsync(calls, cancel);
            }
            catch (RpcException overtaken) when (attempt < Attempts && overtaken.NodeMessage.Contains("BlockOutOfRange", StringComparison.Ordinal))
            {
                // As in CallAsync.
            }
        }
    }

    private async Task<IReadOnlyList<JsonElement>> CallAllOnceAsync(IReadOnlyList<(string Method, object?[] Parameters)> calls, CancellationToken cancel)
    {
        var first = Interlocked.Add(ref lastId, calls.Count) - calls.Count + 1;
        var reply = await PostAsync(calls[0].Method, calls.Select((call, i) => new { jsonrpc = "2.0", id = first + i, method = call.Method, @params = call.Parameters }), cancel);
        if (reply.ValueKind != JsonValueKind.Array)
        {
            throw Unavailable(calls[0].Method, "the answer is not one to several calls");
        }

        var replies = reply.EnumerateArray().ToLookup(one => one.ValueKind == JsonValueKind.Object && one.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number ? id.GetInt64() : -1);
        return [.. calls.Select((call, i) => replies[first + i].Take(1).ToList() is [var one] ? Result(call.Method, first + i, one) : throw Unavailable(call.Method, "the answer leaves out a call"))];
    }

    private async Task<JsonElement> CallOnceAsync(string method, object?[] parameters, CancellationToken cancel)
    {
        var id = Interlocked.Increment(ref lastId);
        return Result(method, id, await PostAsync(method, new { jsonrpc = "2.0", id, method, @params = parameters }, cancel));
    }

    private async Task<JsonElement> PostAsync<T>(string method, T body, CancellationToken cancel)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(url, body, cancel);
            if (!response.IsSuccessStatusCode)
            {
                throw Unavailable(method, $"HTTP status {(int)response.StatusCode}");
            }

            return await response.Content.ReadFromJsonAsync<JsonElement>(cancel);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException or NotSupportedException)
        {
            throw Unavailable(method, failed.Message, failed);
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable(method, string.Create(CultureInfo.InvariantCulture, $"no answer within {http.Timeout.TotalSeconds:0.#} s"), late);
        }
    }

    private JsonElement Result(string method, long id, JsonElement reply)
    {
        if (reply.ValueKind != JsonValueKind.Object || !reply.TryGetProperty("id", out var answered) || answered.ValueKind != JsonValueKind.Number || answered.GetInt64() != id)
        {
            throw Unavailable(method, "the answer is not the one to this request");
        }

        if (reply.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            var data = error.TryGetProperty("data", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            throw new RpcException(method, error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString() ?? "", data is { Length: >= 10 } ? data : null);
        }

        return reply.TryGetProperty("result", out var result) ? result : throw Unavailable(method, "the answer has no result");
    }

    private LedgerUnavailableException Unavailable(string method, string reason, Exception? inner = null) =>
        new($"the ledger at {url} does not answer ({method}: {reason}); is the node running, and is Ledger:Rpc its address?", inner);
}

/// <summary>How the node writes numbers: 0x and hexadecimal digits without leading zeros.</summary>
internal static class Quantity
{
    public static string Write(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    public static ulong Read(JsonElement value) => ulong.Parse(value.GetString()!.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static byte[] ReadBytes(JsonElement value) => Convert.FromHexString(value.GetString()!.AsSpan(2));
}
