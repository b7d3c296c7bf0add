using System.CommandLine;
using Anonymizer.Tool;

var root = new RootCommand("Anonymizes tables and answers queries on them, with stated guarantees.") { QueryCommand.Create(), TableCommand.Create() };
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(parsed.Errors[0].Message.ReplaceLineEndings(" "));
    return 2;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (UsageException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 2;
}
