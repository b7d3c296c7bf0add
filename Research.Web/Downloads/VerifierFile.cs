using System.Security.Cryptography;

namespace Research.Web.Downloads;

/// <summary>The offline verifier as a zip that the operator put beside the site, and its hash. It is read once, so that what is given out is what the hash is of.</summary>
internal sealed class VerifierFile
{
    public const string Route = "/verify.zip";
    private const string Name = "researchhub-verify.zip";

    /// <exception cref="FileNotFoundException">The zip that <c>Verifier:Zip</c> names is not there.</exception>
    public VerifierFile(IConfiguration configuration)
    {
        if (configuration["Verifier:Zip"] is { Length: > 0 } file)
        {
            Bytes = File.Exists(file) ? File.ReadAllBytes(file) : throw new FileNotFoundException($"Verifier:Zip: '{file}' is not there; allowed is a zip of the verifier, or nothing");
            Hex = Convert.ToHexStringLower(SHA256.HashData(Bytes));
        }
    }

    /// <summary>Empty where the operator offers none.</summary>
    public byte[] Bytes { get; } = [];

    /// <summary>SHA-256 of the bytes as <c>sha256sum</c> prints it; empty where there are none.</summary>
    public string Hex { get; } = "";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, (VerifierFile verifier) => verifier.Hex.Length == 0 ? Results.NotFound() : Results.File(verifier.Bytes, "application/zip", Name));
        routes.MapGet(Route + ".sha256", (VerifierFile verifier) => verifier.Hex.Length == 0 ? Results.NotFound() : Results.Text($"{verifier.Hex}  {Name}\n"));
    }
}
