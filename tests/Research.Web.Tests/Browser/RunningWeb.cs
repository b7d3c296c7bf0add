using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Story;

namespace Research.Web.Tests.Browser;

/// <summary>The web as the supervisor starts it: its own process, in its own folder, with settings from the environment.</summary>
internal sealed class RunningWeb : IAsyncDisposable
{
    private readonly Process process;
    private readonly DirectoryInfo state;

    private RunningWeb(Process process, Uri url, DirectoryInfo state)
    {
        this.process = process;
        this.state = state;
        Url = url;
    }

    public Uri Url { get; }

    /// <param name="hub">Where the API answers.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<RunningWeb> StartAsync(Uri hub, params (string Key, string Value)[] settings)
    {
        var state = Directory.CreateTempSubdirectory("research-web");
        var url = new Uri($"http://localhost:{FreePort()}");
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Research.Web", "release", "Research.Web.dll");
        var info = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = state.FullName };
        info.Environment["ASPNETCORE_URLS"] = url.ToString();
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        info.Environment["Api__Url"] = hub.ToString();
        info.Environment["State"] = state.FullName;
        info.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (key, value) in settings)
        {
            info.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var web = new RunningWeb(Children.Start(info), url, state);
        await web.ReadyAsync();
        return web;
    }

    public async ValueTask DisposeAsync()
    {
        await Children.StopAsync(process, TimeSpan.FromSeconds(5));
        process.Dispose();
        state.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Url };
        await Until.TrueAsync("the web to be ready", TimeSpan.FromMinutes(2), async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // It is still starting.
                return false;
            }
        });
    }
}
