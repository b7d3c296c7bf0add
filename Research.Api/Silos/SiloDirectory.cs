using System.Collections.Concurrent;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Silos;

/// <summary>The configured silos: <c>Silos:0:Url</c>, <c>Silos:0:Name</c>, <c>Silos:0:Institution</c>, <c>Silos:0:Beside:0</c>, <c>Silos:1:Url</c>, …</summary>
/// <param name="Urls">Base addresses of its processes, http or https; at least one.</param>
/// <param name="Name">The hospital's name until the silo has told its own; the address by default.</param>
/// <param name="Institution">The institution whose custodians are this hospital's; none by default, and then nobody's.</param>
internal sealed record SiloSetting(IReadOnlyList<string> Urls, string? Name, string? Institution);

/// <summary>Finds the client of a silo by register id. A silo's id never changes, so it is asked for it once.</summary>
internal sealed class SiloDirectory(IReadOnlyList<SiloClient> silos)
{
    private readonly ConcurrentDictionary<SiloClient, SiloDescription> known = new();

    public IReadOnlyList<SiloClient> All => silos;

    /// <exception cref="InvalidOperationException">A setting holds no http(s) address.</exception>
    public static SiloDirectory Of(IConfiguration configuration, IHttpClientFactory clients, SigningKey key, TimeProvider clock)
    {
        var settings = configuration.GetSection("Silos").GetChildren().Select(section => new SiloSetting([section["Url"] ?? "", .. section.GetSection("Beside").GetChildren().Select(beside => beside.Value ?? "")], section["Name"], section["Institution"])).ToList();
        return new SiloDirectory([.. settings.Select((setting, position) =>
        {
            var processes = setting.Urls.Select((url, process) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? address
                : throw new InvalidOperationException($"Silos:{position}:{(process == 0 ? "Url" : $"Beside:{process - 1}")} is '{url}'; allowed is an absolute http or https address")).ToList();
            var http = clients.CreateClient("silo");
            http.Timeout = SiloClient.Patience;
            return new SiloClient(http, processes, setting.Name ?? processes[0].Authority, key, clock, setting.Institution);
        })]);
    }

    /// <summary>Who the silo says that it is, asked once; null while it does not answer.</summary>
    public async Task<SiloDescription?> DescribeAsync(SiloClient silo, CancellationToken cancel)
    {
        if (known.TryGetValue(silo, out var description))
        {
            return description;
        }

        try
        {
            return known[silo] = await silo.DescribeAsync(cancel);
        }
        catch (SiloUnreachableException)
        {
            return null;
        }
    }

    /// <summary>The silo with this register id, or null when none that ever answered has it.</summary>
    public async Task<SiloClient?> FindAsync(Hash32 register, CancellationToken cancel)
    {
        foreach (var silo in silos)
        {
            if ((await DescribeAsync(silo, cancel))?.Register == register.ToString())
            {
                return silo;
            }
        }

        return null;
    }

    /// <summary>Name of the hospital with this register, if its silo ever answered.</summary>
    public string? NameOf(string register) => known.Values.FirstOrDefault(description => description.Register == register)?.Name;

    /// <summary>The hospital's own name, or the configured one.</summary>
    public string NameOf(SiloClient silo) => known.TryGetValue(silo, out var description) ? description.Name : silo.Name;
}
