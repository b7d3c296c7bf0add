using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text.Json;

namespace Research.Api.Outbox;

/// <summary>How mail leaves: the section <c>Mail</c>.</summary>
internal sealed class MailOptions
{
    /// <summary>Which SMTP server takes mail? Host name; none, and letters are files in the folder <c>mail</c> of the state folder.</summary>
    public string? Host { get; init; }

    /// <summary>On which port? 1 to 65535; 587 by default.</summary>
    public int Port { get; init; } = 587;

    /// <summary>By TLS (STARTTLS)? True by default.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Who signs in there? None by default.</summary>
    public string? User { get; init; }

    /// <summary>With which password?</summary>
    public string? Password { get; init; }

    /// <summary>Whom are letters from?</summary>
    public string From { get; init; } = "ResearchHub <no-reply@researchhub.example>";
}

/// <summary>A letter to one person, in plain text.</summary>
internal sealed record Letter(string To, string Subject, string Text);

/// <summary>Sends letters, or lays them into a folder. A letter that is sent again has the same Message-ID.</summary>
internal sealed class SendMail(MailOptions options, string folder)
{
    public const string Kind = "mail";

    public static string Subject(string account) => "mail/" + account;

    public static string Body(Letter letter) => JsonSerializer.Serialize(letter);

    public async Task<string?> DeliverAsync(Message message, CancellationToken cancel)
    {
        var letter = JsonSerializer.Deserialize<Letter>(message.Body)!;
        var name = string.Create(CultureInfo.InvariantCulture, $"{message.Id:D10}");
        using var mail = new MailMessage(new MailAddress(options.From), new MailAddress(letter.To)) { Subject = letter.Subject.ReplaceLineEndings(" "), Body = letter.Text };
        mail.Headers.Add("Message-ID", $"<{name}@{mail.From!.Host}>");
        using var smtp = new SmtpClient();
        if (options.Host is not { Length: > 0 } host)
        {
            await FileAsync(mail, name, cancel);
            return null;
        }

        (smtp.Host, smtp.Port, smtp.EnableSsl) = (host, options.Port, options.Tls);
        if (options.User is not null)
        {
            smtp.Credentials = new NetworkCredential(options.User, options.Password);
        }

        await smtp.SendMailAsync(mail, cancel);
        return null;
    }

    private async Task FileAsync(MailMessage mail, string name, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, name + ".eml");
        var text = $"From: {mail.From}\r\nTo: {mail.To}\r\nSubject: {mail.Subject}\r\nMessage-ID: {mail.Headers["Message-ID"]}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{mail.Body.ReplaceLineEndings("\r\n")}\r\n";
        await File.WriteAllTextAsync(file + ".new", text, cancel);
        File.Move(file + ".new", file, overwrite: true);
    }
}
