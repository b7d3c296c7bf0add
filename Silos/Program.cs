using Silos;
using Silos.Ingestion;

if (args is ["try", ..])
{
    return TryLoad.Run(args[1..], Console.Out, Console.Error, Console.IsErrorRedirected ? null : Console.Error, TimeProvider.System);
}

var silo = await SiloHost.Configure(args).OpenAsync();
await silo.RunAsync();
return 0;
