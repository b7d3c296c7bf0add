using Microsoft.AspNetCore.Identity;

namespace Research.Api.Accounts;

/// <summary>A person's account. Identity keeps password, lock-out, second factor and passkeys.</summary>
internal sealed class Account : IdentityUser
{
    /// <summary>The name that others see.</summary>
    public string Name { get; set; } = "";

    /// <summary>The institution whose signing official answers for her; null for patients.</summary>
    public string? Institution { get; set; }

    /// <summary><c>non-profit</c> or <c>for-profit</c> for those who apply; null otherwise.</summary>
    public string? Kind { get; set; }
}
