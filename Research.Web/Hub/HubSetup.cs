namespace Research.Web.Hub;

internal static class HubSetup
{
    private const string Url = "Api:Url";

    /// <exception cref="InvalidOperationException"><c>Api:Url</c> is missing or no absolute http URL.</exception>
    public static void AddHub(this WebApplicationBuilder builder)
    {
        var hub = Uri.TryCreate(builder.Configuration[Url], UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new InvalidOperationException($"{Url}: is '{builder.Configuration[Url]}'; allowed is the hub's http or https URL, such as http://127.0.0.1:5081");
        builder.Services.AddHttpClient<HubClient>(http => Point(http, hub)).RemoveAllLoggers();
        builder.Services.AddHttpClient<AnonymousHub>(http => Point(http, hub)).RemoveAllLoggers();
    }

    private static void Point(HttpClient http, Uri hub)
    {
        http.BaseAddress = hub;
        http.Timeout = TimeSpan.FromMinutes(2);
    }
}
