using Benchmarks;
using Benchmarks.Load;

// One line a benchmark: name → what runs.
return args.FirstOrDefault() switch
{
    "dp" => DifferentialPrivacy.Run(),
    "k-anonymity" => KAnonymity.Run(args[1..]),
    "ingestion" => Ingestion.Run(args[1..]),
    "ledger" => await Ledger.RunAsync(args[1..]),
    "consents" => await Consents.RunAsync(args[1..]),
    "load" => await LoadRun.RunAsync(args[1..]),
    "pushdown" => await Pushdown.RunAsync(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmark must be one of: dp, k-anonymity, ingestion, ledger, consents, load, pushdown");
    return 2;
}
