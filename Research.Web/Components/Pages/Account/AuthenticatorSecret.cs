using System.Text.RegularExpressions;
using QRCoder;

namespace Research.Web.Components.Pages.Account;

/// <summary>The secret of an authenticator app (RFC 6238) while it is set up: it travels with the form, so that a mistyped code needs no new one.</summary>
internal sealed partial record AuthenticatorSecret
{
    private AuthenticatorSecret(string text) => Text = text;

    public string Text { get; }

    /// <summary>For people who type it.</summary>
    public string InFours => string.Join(' ', Text.Chunk(4).Select(four => new string(four)));

    /// <returns>Null for a text that is no base32 of 10 bytes or more.</returns>
    public static AuthenticatorSecret? Read(string? text) => text is not null && Base32().IsMatch(text) ? new(text) : null;

    /// <summary>What an app on the same device opens.</summary>
    public string Uri(string email) => $"otpauth://totp/ResearchHub:{System.Uri.EscapeDataString(email)}?secret={Text}&issuer=ResearchHub&digits=6";

    /// <summary>The same as a QR code that an app's camera reads: an SVG of black on white in any theme, with its quiet zone.</summary>
    public string Picture(string email)
    {
        using var code = QRCodeGenerator.GenerateQrCode(Uri(email), QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        return picture.GetGraphic(1, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }

    [GeneratedRegex("^[A-Z2-7]{16,128}$")]
    private static partial Regex Base32();
}
