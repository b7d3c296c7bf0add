using System.IO.Compression;

namespace Silos.Ingestion.Folders;

/// <summary>Counts the bytes that go through.</summary>
internal class CountingReading(Stream source) : OnlyReading
{
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        Count += read;
        return read;
    }

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
