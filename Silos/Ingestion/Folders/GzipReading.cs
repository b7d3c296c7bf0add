using System.IO.Compression;

namespace Silos.Ingestion.Folders;

/// <summary>Unpacks gzip and notices what <see cref="GZipStream"/> lets pass: a file that ends early, or has something else behind
/// its data. A further member with known content is fed in behind the file; only if the file was whole does it come out.</summary>
/// <remarks>Throws <see cref="InvalidDataException"/> on such a file, on corrupt data, and past <paramref name="limit"/> unpacked bytes;
/// everything given out before that was in the file.</remarks>
internal sealed class GzipReading(Stream packed, long limit) : OnlyReading
{
    private static readonly byte[] Seal = "\0end of the file, fed in behind it\0"u8.ToArray();
    private static readonly byte[] PackedSeal = Pack(Seal);

    private readonly Sealed source = new(packed);
    private readonly byte[] behind = new byte[Seal.Length + 1];
    private GZipStream? gzip;
    private long given;
    private bool done;

    public override int Read(Span<byte> buffer)
    {
        if (done)
        {
            return 0;
        }

        gzip ??= new GZipStream(source, CompressionMode.Decompress);
        var read = Inflate(buffer);
        if (!source.SealFed && read > 0)
        {
            given += read;
            return given <= limit ? read : throw new InvalidDataException($"unpacks to more than {limit} bytes, as no honest export of its size does");
        }

        done = true;
        return source.Any && source.SealFed && Whole(buffer[..read]) ? 0 : throw new InvalidDataException("the gzip data end early or are damaged");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            gzip?.Dispose();
            packed.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Inflate(Span<byte> buffer)
    {
        try
        {
            return gzip!.Read(buffer);
        }
        catch (InvalidDataException)
        {
            throw new InvalidDataException("the gzip data end early or are damaged");
        }
    }

    private bool Whole(ReadOnlySpan<byte> first)
    {
        if (first.Length > Seal.Length)
        {
            return false;
        }

        first.CopyTo(behind);
        var length = first.Length;
        while (length < behind.Length && Inflate(behind.AsSpan(length)) is > 0 and var read)
        {
            length += read;
        }

        return behind.AsSpan(0, length).SequenceEqual(Seal);
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    /// <summary>The packed file, then the packed seal.</summary>
    private sealed class Sealed(Stream packed) : OnlyReading
    {
        private int fed = -1;

        public bool SealFed => fed >= 0;

        /// <summary>Whether the file held anything: a file of no bytes is no gzip.</summary>
        public bool Any { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (fed < 0)
            {
                var read = packed.Read(buffer);
                if (read > 0)
                {
                    Any = true;
                    return read;
                }

                fed = 0;
            }

            var part = PackedSeal.AsSpan(fed, Math.Min(buffer.Length, PackedSeal.Length - fed));
            part.CopyTo(buffer);
            fed += part.Length;
            return part.Length;
        }
    }
}
