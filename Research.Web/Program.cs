using Research.Web;
using Research.Web.Checker;

// checker FILE: writes the single-file checker of this build, for who vouches for it or compares.
if (args is ["checker", var file])
{
    await File.WriteAllBytesAsync(file, CheckerFile.Bytes);
    Console.WriteLine($"{CheckerFile.Hex}  {file}");
    return;
}

await WebSite.Build(args).RunAsync();
