using System.Net.Http.Headers;
using System.Text.Json;
using Silos.Protocol;

namespace Research.Api.Silos;

/// <summary>What a silo answered, to be relayed byte for byte.</summary>
internal sealed record SiloAnswer(int Status, string? ContentType, byte[] Body);

/// <summary>The conversation with one hospital's silo. Believes nothing but what the silo is: the silo decides, we relay.</summary>
/// <param name="http">A client whose base address is the silo's.</param>
internal sealed class SiloClient(HttpClient http, string name)
{
    /// <summary>Requests to a silo may wait for the ledger.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(100);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The hospital's name as configured, for messages before it was reached.</summary>
    public string Name => name;

    public Task<SiloDescription> DescribeAsync(CancellationToken cancel) => GetAsync<SiloDescription>(SiloRoutes.Describe, cancel);

    public Task<IReadOnlyList<DatasetDescription>> DatasetsAsync(CancellationToken cancel) => GetAsync<IReadOnlyList<DatasetDescription>>(SiloRoutes.Datasets, cancel);

    /// <summary>Sends a JSON body and takes the answer as it comes, also a refusal.</summary>
    public Task<SiloAnswer> PostAsync<T>(string route, T body, CancellationToken cancel) => SendAsync(HttpMethod.Post, route, JsonSerializer.SerializeToUtf8Bytes(body, Json), cancel);

    /// <summary>Sends these bytes and takes the answer as it comes, also a refusal.</summary>
    public Task<SiloAnswer> PutAsync(string route, byte[] body, CancellationToken cancel) => SendAsync(HttpMethod.Put, route, body, cancel);

    /// <summary>Sends a request and takes the answer as it comes, also a refusal.</summary>
    /// <exception cref="SiloUnreachableException">No answer, or not in time.</exception>
    public async Task<SiloAnswer> SendAsync(HttpMethod method, string route, byte[]? body, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(method, route);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            }

            using var response = await http.SendAsync(request, cancel);
            return new SiloAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (Exception bad) when (bad is HttpRequestException or IOException || (bad is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new SiloUnreachableException(name, bad);
        }
    }

    /// <summary>Reads what must be there.</summary>
    /// <exception cref="SiloUnreachableException">Any other answer.</exception>
    public async Task<T> GetAsync<T>(string route, CancellationToken cancel)
    {
        var answer = await SendAsync(HttpMethod.Get, route, null, cancel);
        try
        {
            return answer.Status == 200 ? JsonSerializer.Deserialize<T>(answer.Body, Json)! : throw new SiloUnreachableException(name);
        }
        catch (JsonException bad)
        {
            throw new SiloUnreachableException(name, bad);
        }
    }
}
