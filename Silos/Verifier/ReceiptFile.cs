using System.Text;
using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>A receipt as a caller holds it: alone, or within the answer that came with it.</summary>
/// <param name="Signed">The signed record.</param>
/// <param name="AnswerBytes">What the entry commits to, when the file is a whole answer as it was sent: the raw text of its
/// <c>groups</c> and <c>charged</c>, as <c>{"groups":…,"charged":…}</c>.</param>
internal sealed record ReceiptFile(SignedRecord Signed, byte[]? AnswerBytes)
{
    /// <exception cref="UsageException">The file holds no receipt.</exception>
    public static ReceiptFile Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {failed.Message}");
        }

        try
        {
            return Parse(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes);
        }
        catch (JsonException bad)
        {
            throw new UsageException($"{path} holds no receipt: {bad.Message}");
        }
    }

    private static ReceiptFile Parse(byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object: a signed receipt, or an answer with the member 'receipt'");
        }

        byte[]? groups = null, charged = null, receipt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = bytes[start..(int)reader.BytesConsumed];
            (groups, charged, receipt) = name switch
            {
                "groups" => (value, charged, receipt),
                "charged" => (groups, value, receipt),
                "receipt" => (groups, charged, value),
                "body" => (groups, charged, bytes),
                _ => (groups, charged, receipt),
            };
        }

        byte[]? answer = groups is null || charged is null ? null : [.. "{\"groups\":"u8, .. groups, .. ",\"charged\":"u8, .. charged, .. "}"u8];
        return receipt is null
            ? throw new JsonException("neither 'body' nor 'receipt' is there")
            : new ReceiptFile(JsonSerializer.Deserialize<SignedRecord>(receipt, CanonicalJson.Options) ?? throw new JsonException("null"), answer);
    }
}
