using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Log;

public sealed class CheckpointTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 21, 10, 20, 30, 456, TimeSpan.Zero);
    private static readonly Checkpoint Sample = new("researchhub.example/serra-verde", 42, Hash32.Of("root"), Time);

    /// <summary>Goal: the text is C2SP tlog-checkpoint's. Method: compare with the written-out text; read it back.</summary>
    [Fact]
    public void A_checkpoint_is_origin_size_root_and_time()
    {
        Assert.Equal($"researchhub.example/serra-verde\n42\n{Convert.ToBase64String(Hash32.Of("root").ToArray())}\ntime 2026-11-21T10:20:30.456Z\n", Sample.Text());
        Assert.Equal(Sample, Checkpoint.Parse(Sample.Text()));
    }

    /// <summary>Goal: one checkpoint has one spelling. Method: other spellings of the same, and shorter and longer ones, are not read.</summary>
    [Theory]
    [InlineData("\n42\n", "\n042\n")]
    [InlineData("\n42\n", "\n+42\n")]
    [InlineData("\n42\n", "\n-42\n")]
    [InlineData("=\n", "\n")]
    [InlineData(".456Z", "Z")]
    [InlineData("time ", "date ")]
    [InlineData("456Z\n", "456Z")]
    [InlineData("456Z\n", "456Z\nmore\n")]
    [InlineData("researchhub.example/serra-verde", "")]
    public void Another_spelling_is_not_read(string part, string instead) => Assert.Null(Checkpoint.Parse(Sample.Text().Replace(part, instead, StringComparison.Ordinal)));

    /// <summary>Goal: a signature counts only under its own key, name and text. Method: sign; read back; alter each.</summary>
    [Fact]
    public void A_note_is_signed_by_its_key_alone()
    {
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var note = SignedNote.Sign(Sample.Text(), Sample.Origin, key);
        var read = SignedNote.Parse(note.ToString())!;
        Assert.True(read.IsSignedBy(NoteKey.Log(Sample.Origin, key.Public)));
        Assert.False(read.IsSignedBy(NoteKey.Log(Sample.Origin, other.Public)));
        Assert.False(read.IsSignedBy(NoteKey.Log("researchhub.example/other", key.Public)));
        Assert.False(read.IsSignedBy(NoteKey.Witness(Sample.Origin, key.Public)));
        var altered = SignedNote.Parse(note.ToString().Replace("\n42\n", "\n43\n", StringComparison.Ordinal))!;
        Assert.False(altered.IsSignedBy(NoteKey.Log(Sample.Origin, key.Public)));
    }

    /// <summary>Goal: a co-signature binds text and time, and a log's signature is not taken for one. Method: co-sign; read the time back; alter the time.</summary>
    [Fact]
    public void A_cosignature_carries_its_time()
    {
        using var key = SigningKey.Create();
        using var witness = SigningKey.Create();
        var line = Cosignature.Sign(Sample.Text(), "witness.example/w1", witness, Time);
        var note = SignedNote.Parse(SignedNote.Sign(Sample.Text(), Sample.Origin, key).With(line).ToString())!;
        var known = NoteKey.Witness("witness.example/w1", witness.Public);
        Assert.Equal(Time.ToUnixTimeSeconds(), note.CosignedAt(known)!.Value.ToUnixTimeSeconds());
        line.Signature[7] ^= 1;
        Assert.Null(note.With(line).CosignedAt(known));
        Assert.Null(new SignedNote(note.Text, [line]).CosignedAt(known));
    }

    /// <summary>Goal: a note has one spelling. Method: a note without signatures, with a control character, with base64 of another padding, is not read.</summary>
    [Fact]
    public void A_malformed_note_is_not_read()
    {
        using var key = SigningKey.Create();
        var note = SignedNote.Sign(Sample.Text(), Sample.Origin, key).ToString();
        Assert.Null(SignedNote.Parse(Sample.Text()));
        Assert.Null(SignedNote.Parse(Sample.Text() + "\n"));
        Assert.Null(SignedNote.Parse(note.Replace("time", "ti\tme", StringComparison.Ordinal)));
        Assert.Null(SignedNote.Parse(note[..^1]));
        Assert.Null(SignedNote.Parse(note.Replace("— ", "- ", StringComparison.Ordinal)));
        Assert.Null(SignedNote.Parse(note[..^1] + "=\n"));
    }
}
