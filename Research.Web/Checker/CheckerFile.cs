using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Research.Web.Checker;

/// <summary>The checker as one file that needs no network: the same bytes for everybody, so that its hash can be published and compared.</summary>
internal static partial class CheckerFile
{
    public const string Route = "/checker.html";
    private const string Name = "researchhub-checker.html";

    /// <summary>The file's bytes (UTF-8).</summary>
    public static byte[] Bytes { get; } = Encoding.UTF8.GetBytes(Build());

    /// <summary>SHA-256 of the bytes as <c>sha256sum</c> prints it.</summary>
    public static string Hex { get; } = Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <summary>The file to download, and its hash for programs that publish it.</summary>
    public static void MapChecker(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, () => Results.File(Bytes, "text/html; charset=utf-8", Name));
        routes.MapGet(Route + ".sha256", () => Results.Text($"{Hex}  {Name}\n"));
    }

    private static string Build()
    {
        var modules = string.Join('\n', new[] { Read("canonical.js"), Read("merkle.js"), $"const texts = {Read("texts.json").Trim()};\n", Read("checker.js") }.Select(text => Imports().Replace(text, "").Replace("export ", "", StringComparison.Ordinal)));
        return Read("checker.html").Replace("/* modules */", modules, StringComparison.Ordinal);
    }

    private static string Read(string name)
    {
        using var stream = typeof(CheckerFile).Assembly.GetManifestResourceStream("checker/" + name) ?? throw new InvalidOperationException($"checker/{name} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex("^import .*;\n", RegexOptions.Multiline)]
    private static partial Regex Imports();
}
