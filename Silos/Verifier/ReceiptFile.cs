using System.Text;
using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>A receipt as a caller holds it: alone, or within the answer that came with it.</summary>
/// <param name="Signed">The signed record.</param>
/// <param name="AnswerBytes">The answer's bytes exactly as they were sent, when the file has them under <c>answer</c>.</param>
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

        byte[]? answer = null, receipt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = bytes[start..(int)reader.BytesConsumed];
            (answer, receipt) = name switch
            {
                "answer" => (value, receipt),
                "receipt" => (answer, value),
                "body" => (answer, bytes),
                _ => (answer, receipt),
            };
        }

        return receipt is null
            ? throw new JsonException("neither 'body' nor 'receipt' is there")
            : new ReceiptFile(JsonSerializer.Deserialize<SignedRecord>(receipt, CanonicalJson.Options) ?? throw new JsonException("null"), answer);
    }
}
