using Conformance;

return args switch
{
    ["sql-on-fhir", .. var rest] => SqlOnFhir.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Conformance: name what to run: sql-on-fhir");
    return 2;
}
