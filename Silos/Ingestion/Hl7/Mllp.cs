using System.Text;

namespace Silos.Ingestion.Hl7;

/// <summary>The minimal lower layer protocol: a message between 0x0B and 0x1C 0x0D, each answered by an acknowledgement.</summary>
/// <remarks>HL7 v2.5.1, appendix C. It has neither encryption nor a sender's identity: listen on a hospital's inner network only.</remarks>
public static class Mllp
{
    private const byte Begin = 0x0B;
    private const byte End = 0x1C;
    private const byte Return = 0x0D;

    /// <summary>Answers messages until the other side closes. A frame that begins inside another is answered AE, and the first one's bytes
    /// are dropped; one over <paramref name="longest"/> bytes is answered AE and ends the connection. A frame that is never ended is not
    /// applied.</summary>
    /// <param name="apply">Applies a message, given as read and as it was sent; its outcome becomes AA, or AR with the reason.</param>
    /// <param name="now">The time in an acknowledgement's MSH-7.</param>
    public static async Task ServeAsync(Stream connection, Func<Hl7Message, string, Hl7Outcome> apply, TimeProvider now, int longest = 1 << 20, CancellationToken cancel = default)
    {
        var frame = new MemoryStream();
        var buffer = new byte[8192];
        var inside = false;
        while (await connection.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            foreach (var value in buffer.AsMemory(0, read).ToArray())
            {
                if (value == Begin)
                {
                    if (inside)
                    {
                        await connection.WriteAsync(Acknowledge(null, "AE", "a frame began before the one before it had ended", now), cancel);
                    }

                    (inside, frame) = (true, new MemoryStream());
                }
                else if (value == End && inside)
                {
                    inside = false;
                    await connection.WriteAsync(Answer(frame.ToArray(), apply, now), cancel);
                }
                else if (inside)
                {
                    frame.WriteByte(value);
                    if (frame.Length > longest)
                    {
                        await connection.WriteAsync(Acknowledge(null, "AE", $"a message is longer than {longest} bytes", now), cancel);
                        return;
                    }
                }
            }
        }
    }

    /// <summary>A framed message.</summary>
    public static byte[] Frame(string message) => [Begin, .. Encoding.UTF8.GetBytes(message), End, Return];

    private static byte[] Answer(byte[] bytes, Func<Hl7Message, string, Hl7Outcome> apply, TimeProvider now)
    {
        var text = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
        var (message, fault) = Hl7Message.Read(text);
        var reason = message is null ? fault : apply(message, text).Reason;
        return Acknowledge(message, message is null ? "AE" : reason is null ? "AA" : "AR", reason, now);
    }

    private static byte[] Acknowledge(Hl7Message? message, string code, string? reason, TimeProvider now)
    {
        var stamp = now.GetUtcNow().ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);
        var safe = (reason ?? "").Replace('|', ' ').Replace('\r', ' ').Replace('^', ' ').Replace('&', ' ').Replace('~', ' ').Replace('\\', ' ');
        return Frame($"MSH|^~\\&|ResearchHub|||{message?.Text("MSH", 3, 1)}|{stamp}||ACK|{message?.ControlId}|P|2.5.1\rMSA|{code}|{message?.ControlId}|{safe}\r");
    }
}
