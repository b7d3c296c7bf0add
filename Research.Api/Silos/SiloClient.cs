using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Research.Api.Telemetry;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Silos;

/// <summary>What a silo answered, to be relayed byte for byte.</summary>
internal sealed record SiloAnswer(int Status, string? ContentType, byte[] Body);

/// <summary>The conversation with one hospital's silo. Believes nothing but what the silo is: the silo decides, we relay.</summary>
/// <param name="processes">Base addresses of the silo's processes, at least one. One that takes no request (it is not there, or not ready) is passed over for the next; a request that arrived anywhere is not sent again.</param>
/// <param name="key">The hub's key in Members: it signs every request, so that a silo knows who asks and takes each request once.</param>
/// <param name="institution">The institution whose custodians are this hospital's; null: nobody's.</param>
internal sealed class SiloClient(HttpClient http, IReadOnlyList<Uri> processes, string name, SigningKey key, TimeProvider clock, string? institution = null)
{
    private string? register;
    private int preferred;

    /// <summary>Requests to a silo may wait for the ledger.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(100);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The hospital's name as configured, for messages before it was reached.</summary>
    public string Name => name;

    /// <summary>The institution whose custodians are this hospital's; null: nobody's.</summary>
    public string? Institution => institution;

    public async Task<SiloDescription> DescribeAsync(CancellationToken cancel)
    {
        var description = await GetAsync<SiloDescription>(SiloRoutes.Describe, cancel);
        register = description.Register;
        return description;
    }

    public Task<IReadOnlyList<DatasetDescription>> DatasetsAsync(CancellationToken cancel) => GetAsync<IReadOnlyList<DatasetDescription>>(SiloRoutes.Datasets, cancel);

    /// <summary>Sends a JSON body and takes the answer as it comes, also a refusal.</summary>
    public Task<SiloAnswer> PostAsync<T>(string route, T body, CancellationToken cancel) => SendAsync(HttpMethod.Post, route, JsonSerializer.SerializeToUtf8Bytes(body, Json), cancel);

    /// <summary>Sends these bytes and takes the answer as it comes, also a refusal.</summary>
    public Task<SiloAnswer> PutAsync(string route, byte[] body, CancellationToken cancel) => SendAsync(HttpMethod.Put, route, body, cancel);

    /// <summary>Sends a request and takes the answer as it comes, also a refusal.</summary>
    /// <exception cref="SiloUnreachableException">No answer, or not in time.</exception>
    public async Task<SiloAnswer> SendAsync(HttpMethod method, string route, byte[]? body, CancellationToken cancel)
    {
        using var span = HubMeasures.Traces.StartActivity($"silo {method} /{route.TrimStart('/').Split('/', '?')[0]}", ActivityKind.Client);
        var asked = route == SiloRoutes.Describe ? null : register ?? (await DescribeAsync(cancel)).Register;
        for (var tried = 1; ; tried++)
        {
            var process = Volatile.Read(ref preferred);
            try
            {
                var answer = await SendOnceAsync(processes[process], method, route, body, asked, cancel);
                span?.SetTag("http.response.status_code", answer.Status);
                if (tried == processes.Count || !IsNotReady(answer))
                {
                    return answer;
                }
            }
            catch (HttpRequestException absent) when (absent.HttpRequestError == HttpRequestError.ConnectionError && tried < processes.Count)
            {
                // Nothing arrived there; the next process may take it.
            }
            catch (Exception bad) when (bad is HttpRequestException or IOException || (bad is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                throw new SiloUnreachableException(name, bad);
            }

            Interlocked.CompareExchange(ref preferred, (process + 1) % processes.Count, process);
        }
    }

    private async Task<SiloAnswer> SendOnceAsync(Uri process, HttpMethod method, string route, byte[]? body, string? asked, CancellationToken cancel)
    {
        var to = new Uri(process, route);
        using var request = new HttpRequestMessage(method, to);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        if (asked is not null)
        {
            Sign(request, method, to.PathAndQuery, body ?? [], asked);
        }

        using var response = await http.SendAsync(request, cancel);
        return new SiloAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsByteArrayAsync(cancel));
    }

    /// <summary>Whether a process refused before it decided anything: it is opening its datasets, or ending.</summary>
    private static bool IsNotReady(SiloAnswer answer)
    {
        if (answer.Status != 503)
        {
            return false;
        }

        try
        {
            using var problem = JsonDocument.Parse(answer.Body);
            return problem.RootElement.TryGetProperty("code", out var code) && code.ValueEquals(RefusalCode.NotReady);
        }
        catch (JsonException)
        {
            return false;
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

    private void Sign(HttpRequestMessage request, HttpMethod method, string target, byte[] body, string asked)
    {
        var (time, nonce) = (clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Nonce.New());
        var text = RequestSignature.Text(asked, method.Method, target, Hash32.Of(body).ToString(), time, nonce);
        request.Headers.Add(RequestSignature.Key, key.Id.ToString());
        request.Headers.Add(RequestSignature.Time, time);
        request.Headers.Add(RequestSignature.Nonce, nonce);
        request.Headers.Add(RequestSignature.Signature, Base64Text.Encode(key.Sign(Encoding.UTF8.GetBytes(text))));
    }
}
