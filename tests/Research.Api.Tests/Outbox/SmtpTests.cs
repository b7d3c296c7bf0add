using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.Json;
using Research.Api.Outbox;
using Story;
using Xunit;

namespace Research.Api.Tests.Outbox;

/// <summary>Letters by SMTP, to a server that others wrote (npm <c>smtp-server</c>).</summary>
public sealed class SmtpTests
{
    private const string Words = "Sua inscrição foi aprovada.\r\n.\r\nVejam só: uma linha com um ponto.";

    /// <summary>
    /// Goal: a letter arrives whole where the configured server takes it, the same under the same Message-ID when it is sent again, and is not taken for sent where the server refuses. Method: a server with names and passwords; a letter with accents, a line of
    /// a single dot and a line break in its subject, twice; then a wrong password, and no server at all.
    /// </summary>
    [Fact]
    public async Task A_letter_arrives_whole_and_is_not_taken_for_sent_otherwise()
    {
        Require();
        var port = Host.FreeBasePort();
        using var server = await OtherPrograms.StartAsync("mail.mjs", new Dictionary<string, string> { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) });
        try
        {
            MailOptions Options(string password) => new() { Host = "127.0.0.1", Port = port, Tls = false, User = "hub", Password = password, From = "ResearchHub <hub@researchhub.example>" };
            var message = new Message(41, SendMail.Subject("rosa"), SendMail.Kind, SendMail.Body(new Letter("rosa@university.example", "Your application\r\nBcc: all@example.org", Words)), 0);
            var mail = new SendMail(Options("its password"), "");
            Assert.Null(await mail.DeliverAsync(message, TestContext.Current.CancellationToken));
            Assert.Null(await mail.DeliverAsync(message, TestContext.Current.CancellationToken));
            var letters = new[] { await ReadAsync(server), await ReadAsync(server) };
            Assert.All(letters, letter =>
            {
                Assert.Equal(("hub", "hub@researchhub.example"), (letter.GetProperty("user").GetString(), letter.GetProperty("from").GetString()));
                Assert.Equal(["rosa@university.example"], letter.GetProperty("to").EnumerateArray().Select(one => one.GetString()));
                var raw = letter.GetProperty("raw").GetString()!;
                Assert.Contains("Message-ID: <0000000041@researchhub.example>", raw, StringComparison.OrdinalIgnoreCase);
                var (head, body) = (raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)], raw[(raw.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
                Assert.DoesNotContain("\r\nBcc:", head, StringComparison.OrdinalIgnoreCase);
                Assert.Equal(Words, Decode(head, body).TrimEnd());
            });

            await Assert.ThrowsAnyAsync<SmtpException>(() => new SendMail(Options("a wrong one"), "").DeliverAsync(message, TestContext.Current.CancellationToken));
        }
        finally
        {
            server.Kill();
        }

        await Assert.ThrowsAnyAsync<SmtpException>(() => new SendMail(new MailOptions { Host = "127.0.0.1", Port = port, Tls = false }, "").DeliverAsync(
            new Message(42, SendMail.Subject("rosa"), SendMail.Kind, SendMail.Body(new Letter("rosa@university.example", "s", "t")), 0), TestContext.Current.CancellationToken));
    }

    /// <summary>Goal: by default a letter and the password go to nobody whose certificate is not trusted. Method: a server with STARTTLS by a certificate of its own making.</summary>
    [Fact]
    public async Task A_server_that_is_not_trusted_gets_nothing()
    {
        Require();
        var port = Host.FreeBasePort();
        using var server = await OtherPrograms.StartAsync("mail.mjs", new Dictionary<string, string> { ["PORT"] = port.ToString(CultureInfo.InvariantCulture), ["TLS"] = "1" });
        try
        {
            var message = new Message(43, SendMail.Subject("rosa"), SendMail.Kind, SendMail.Body(new Letter("rosa@university.example", "s", "t")), 0);
            await Assert.ThrowsAnyAsync<Exception>(() => new SendMail(new MailOptions { Host = "localhost", Port = port, User = "hub", Password = "its password" }, "").DeliverAsync(message, TestContext.Current.CancellationToken));
        }
        finally
        {
            server.Kill();
        }

        Assert.Equal("", await server.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private static void Require()
    {
        Assert.SkipUnless(OtherPrograms.IsInstalled || Environment.GetEnvironmentVariable("CI") == "true", OtherPrograms.Missing);
        Assert.True(OtherPrograms.IsInstalled, OtherPrograms.Missing);
    }

    private static async Task<JsonElement> ReadAsync(System.Diagnostics.Process server)
    {
        using var line = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
        return line.RootElement.Clone();
    }

    /// <summary>A body of one part, by its own transfer encoding.</summary>
    private static string Decode(string head, string body)
    {
        if (head.Contains("base64", StringComparison.OrdinalIgnoreCase))
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(body.ReplaceLineEndings("")));
        }

        if (!head.Contains("quoted-printable", StringComparison.OrdinalIgnoreCase))
        {
            return body;
        }

        var joined = body.Replace("=\r\n", "", StringComparison.Ordinal);
        List<byte> bytes = [];
        for (var i = 0; i < joined.Length; i++)
        {
            if (joined[i] == '=')
            {
                bytes.Add(Convert.ToByte(joined.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.Add((byte)joined[i]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
