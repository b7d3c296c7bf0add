using System.Security.Cryptography;
using System.Text;

namespace Silos;

/// <summary>The token of the hospital's own officers, from a file that only the silo's account reads. The hub never holds it.</summary>
public sealed record OfficerToken(string Value)
{
    /// <summary>Reads the token file, or makes one.</summary>
    public static OfficerToken LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        return new OfficerToken(File.ReadAllText(path).Trim());
    }
}

/// <summary>Lets only requests through that bear the officers' token.</summary>
public sealed class OfficerOnly(OfficerToken token) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var offered = Encoding.UTF8.GetBytes(context.HttpContext.Request.Headers.Authorization.ToString());
        var wanted = Encoding.UTF8.GetBytes("Bearer " + token.Value);
        return CryptographicOperations.FixedTimeEquals(offered, wanted)
            ? await next(context)
            : Results.Problem("authorization: the hospital officers' bearer token is missing or wrong", statusCode: StatusCodes.Status401Unauthorized, title: "not-an-officer");
    }
}
