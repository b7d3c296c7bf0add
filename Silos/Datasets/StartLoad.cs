using System.Globalization;
using Microsoft.Extensions.Hosting;
using Silos.Protocol;

namespace Silos.Datasets;

/// <summary>Begins a load that an officer asks for. It goes on by itself; <see cref="LoadJobs"/> says how far it is.</summary>
public sealed class StartLoad(LoadJobs jobs, DatasetStore store, IHostApplicationLifetime life, ILogger<StartLoad> logger)
{
    /// <returns>Null as soon as folder and definition are there; else field, value and what is allowed.</returns>
    public async Task<string?> RunAsync(LoadRequest request, CancellationToken cancel)
    {
        if (!Directory.Exists(request.Folder))
        {
            return $"folder: '{request.Folder}' is not there";
        }

        DateOnly? day = null;
        if (request.ReferenceDate is { } written)
        {
            if (!DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read))
            {
                return $"referenceDate: '{written}' is no day; allowed is yyyy-MM-dd";
            }

            day = read;
        }

        var text = request.Definition is { } file
            ? File.Exists(file) ? await File.ReadAllTextAsync(file, cancel) : null
            : request.Dataset is { } name ? (await store.FindAsync(name, cancel))?.Definition : null;
        if (text is null)
        {
            return "definition: name a definition file that is there, or a registered dataset";
        }

        var running = jobs.RunAsync(request.Folder, text, Path.GetDirectoryName(request.Definition), day, life.ApplicationStopping);
        if (running.IsFaulted && running.Exception.InnerException is InvalidDataException wrong)
        {
            return wrong.Message;
        }

        _ = running.ContinueWith(ended => logger.LogError(ended.Exception, "A load ended"), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return null;
    }
}
