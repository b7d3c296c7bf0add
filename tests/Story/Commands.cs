using System.Globalization;
using Silos.Ledger.Records;

namespace Story;

/// <summary>What <c>hub.cs</c> can do: <c>up</c>, <c>demo</c>, <c>test</c>. Exit 0 on success, 1 when something did not hold, 2 on a usage error.</summary>
public static class Commands
{
    private const string Usage = "usage: dotnet run hub.cs [-- up|demo|test] [--state DIR] [--port N] [--data DIR] [--export FILE] [--long]";

    public static async Task<int> RunAsync(string[] args)
    {
        var verb = args.Length > 0 && !args[0].StartsWith('-') ? args[0] : "up";
        try
        {
            var words = Arguments.Parse(args.Skip(args.Length > 0 && args[0] == verb ? 1 : 0).ToArray());
            return verb switch
            {
                "up" => await UpAsync(words.Stack()),
                "demo" => await DemoAsync(words),
                "test" => await Tests.RunAsync(words.Long),
                _ => throw new UsageException($"'{verb}' is not a command; {Usage}"),
            };
        }
        catch (Exception bad) when (bad is UsageException or StateMismatchException)
        {
            await Console.Error.WriteLineAsync(bad.Message);
            return 2;
        }
        catch (Exception failed) when (failed is StoryException or InvalidOperationException or FileNotFoundException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(failed.Message);
            return 1;
        }
    }

    private static async Task<int> UpAsync(StackOptions options)
    {
        await Build.PrepareAsync(Console.WriteLine);
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        await using var stack = await StartAsync(options, Console.WriteLine, stop.Token);
        foreach (var account in HubClient.Accounts(stack))
        {
            Console.WriteLine($"  account {account.Email}  password {account.Password}  ({string.Join(", ", account.Roles)})");
        }

        Console.WriteLine($"ready web {stack.WebUrl} api {stack.HubUrl} silos {string.Join(" ", stack.Silos.Values.Select(silo => silo.Url))} chain {stack.ChainUrl}");
        try
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopping");
        }

        return 0;
    }

    private static async Task<int> DemoAsync(Arguments words)
    {
        await Build.PrepareAsync(Console.WriteLine);
        await using var stack = await Stack.FindRunningAsync(words.Stack()) ?? await StartAsync(words.Stack(), Console.WriteLine, CancellationToken.None);
        await new Demo(stack, TimeProvider.System, Console.WriteLine).RunAsync(words.Export);
        return 0;
    }

    /// <summary>Starts the stack and enrols the patients that have no key yet, saying so.</summary>
    private static async Task<Stack> StartAsync(StackOptions options, Action<string> print, CancellationToken cancel)
    {
        var stack = await Stack.StartAsync(options, cancel);
        foreach (var line in stack.LoadLines())
        {
            print(line);
        }

        for (var number = 1; number <= Founders.Hospitals.Count; number++)
        {
            using var hospital = new Hospital(stack, number);
            foreach (var dataset in await hospital.DatasetsAsync())
            {
                var (enrolled, optedIn) = await hospital.EnrolSampleAsync(dataset.Name, TimeProvider.System.GetUtcNow());
                print(enrolled == 0 ? $"{Founders.Hospitals[number - 1].Name}: every patient has a key already" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Founders.Hospitals[number - 1].Name}: made keys for {enrolled} patients in {options.State}; {optedIn} signed an opt-in to both outputs, each twentieth stays silent"));
            }

            print($"custodian{number}@researchhub.example signs for loads and quality reports with {Hospital.OfficerKeyFile(options, number)}");
            if (await SamplePatient.LinkAsync(stack, hospital, number))
            {
                print($"patient{number}@researchhub.example is linked to the first of them; her key file is {SamplePatient.KeyFile(options, number)}");
            }
        }

        return stack;
    }
}

/// <summary>A command line that cannot be taken.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>The command line of <c>hub.cs</c>.</summary>
public sealed record Arguments(string State, int Port, string? Data, bool Long, string? Export = null)
{
    public static Arguments Parse(string[] words)
    {
        var result = new Arguments(Path.Combine(Repository.Root, ".state"), StackOptions.DefaultPort, null, false);
        for (var i = 0; i < words.Length; i++)
        {
            string Next() => ++i < words.Length ? words[i] : throw new UsageException($"{words[i - 1]}: its value is missing");
            result = words[i] switch
            {
                "--state" => result with { State = Path.GetFullPath(Next()) },
                "--port" => result with { Port = PortOf(Next()) },
                "--data" => result with { Data = FolderOf(Next()) },
                "--export" => result with { Export = FileOf(Next()) },
                "--long" => result with { Long = true },
                _ => throw new UsageException($"'{words[i]}' is not an option; allowed are --state, --port, --data, --export, --long"),
            };
        }

        return result;
    }

    public StackOptions Stack() => new(State, Port, Data);

    private static int PortOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1024 and <= 65000
        ? port
        : throw new UsageException($"--port: '{text}'; allowed is 1024 to 65000");

    private static string FileOf(string text) => Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(text))) && !Directory.Exists(text)
        ? Path.GetFullPath(text)
        : throw new UsageException($"--export: '{text}' cannot be written; allowed is a file in a folder that is there");

    private static string FolderOf(string text) => Directory.Exists(text) ? Path.GetFullPath(text) : throw new UsageException($"--data: there is no folder '{text}'");
}
