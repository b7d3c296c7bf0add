using Conformance;

return args switch
{
    ["dp"] => PrivacyVectors.Run(Console.In, Console.Out),
    ["sql-on-fhir", .. var rest] => SqlOnFhir.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Conformance: name what to run: dp, sql-on-fhir");
    return 2;
}
