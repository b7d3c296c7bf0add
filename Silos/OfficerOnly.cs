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

    /// <summary>Whether a request bears it.</summary>
    public bool IsOn(HttpRequest request) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes("Bearer " + Value));
}

/// <summary>Lets only requests through that bear the officers' token.</summary>
public sealed class OfficerOnly(OfficerToken token) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        token.IsOn(context.HttpContext.Request)
            ? await next(context)
            : Results.Problem("authorization: the hospital officers' bearer token is missing or wrong", statusCode: StatusCodes.Status401Unauthorized, title: "not-an-officer");
}

/// <summary>Lets only requests through for which somebody vouches: an organisation of Members who signed it (<see cref="CheckCaller"/>), such as the hub where a person is signed in, or the hospital's own officers.</summary>
public sealed class VouchedOnly(OfficerToken token) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        CheckCaller.IsVouched(context.HttpContext) || token.IsOn(context.HttpContext.Request)
            ? await next(context)
            : Results.Problem("nobody vouches for this: an organisation of Members must sign the request, or the hospital's officers bring it", statusCode: StatusCodes.Status401Unauthorized, title: "nobody-vouches");
}
