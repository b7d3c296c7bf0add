namespace Silos.Protocol;

/// <summary>
/// How a hub signs what it asks a silo (RFC 9421 in spirit, one fixed form): the text below under its key in Members, ECDSA P-256 with SHA-256, r‖s with low s, base64url.
/// A silo takes each nonce once, and only within <see cref="Tolerance"/> of its own clock.
/// </summary>
public static class RequestSignature
{
    /// <summary>RFC 7638 thumbprint of the key, which must be an organisation's in Members.</summary>
    public const string Key = "ResearchHub-Key";

    /// <summary>Unix seconds at which it was signed.</summary>
    public const string Time = "ResearchHub-Time";

    /// <summary>Base64url of 16 random bytes.</summary>
    public const string Nonce = "ResearchHub-Nonce";

    /// <summary>The signature.</summary>
    public const string Signature = "ResearchHub-Signature";

    /// <summary>How far the signer's clock may be from the silo's.</summary>
    public static TimeSpan Tolerance { get; } = TimeSpan.FromMinutes(5);

    /// <summary>What is signed: a line each for purpose, register of the silo that is asked, method, path with query, SHA-256 of the body (base64url), time and nonce.</summary>
    public static string Text(string register, string method, string pathAndQuery, string bodyHash, string time, string nonce) =>
        string.Join('\n', "researchhub-silo-request-1", register, method, pathAndQuery, bodyHash, time, nonce);
}
