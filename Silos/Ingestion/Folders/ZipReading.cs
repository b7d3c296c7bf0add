using System.IO.Compression;

namespace Silos.Ingestion.Folders;

/// <summary>Counts the bytes that go through.</summary>
internal class CountingReading(Stream source) : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        Count += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>One entry of a zip: as long as it says, no longer than <paramref name="limit"/> bytes, and closing its archive with itself.</summary>
internal sealed class ZipReading(ZipArchive archive, ZipArchiveEntry entry, long limit) : CountingReading(entry.Open())
{
    public override int Read(Span<byte> buffer)
    {
        var read = base.Read(buffer);
        if (Count > limit)
        {
            throw new InvalidDataException($"unpacks to more than {limit} bytes, as no honest table of its size does");
        }

        return read > 0 || buffer.IsEmpty || Count == entry.Length ? read : throw new InvalidDataException($"the zip entry ends after {Count} of {entry.Length} bytes");
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            archive.Dispose();
        }
    }
}
