using Silos;
using Silos.Ingestion;
using Silos.Persistence;

if (args is ["try", ..])
{
    return TryLoad.Run(args[1..], Console.Out, Console.Error, Console.IsErrorRedirected ? null : Console.Error, TimeProvider.System);
}

if (args is ["keys", ..])
{
    return await KeysCommand.RunAsync(args[1..], Console.Out, Console.Error, TimeProvider.System, CancellationToken.None);
}

var silo = await SiloHost.Configure(args).OpenAsync();
await silo.RunAsync();
return 0;
