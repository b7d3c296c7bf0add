using System.Globalization;

namespace Research.Web.Components.Pages.Ledger;

/// <summary>What a page reads of a checkpoint (C2SP tlog-checkpoint): the second line is the tree's size.</summary>
internal static class Checkpoint
{
    /// <returns>0 when the text is no checkpoint.</returns>
    public static long Size(string note) => note.Split('\n') is [_, var size, ..] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var entries) ? entries : 0;
}
