using Anonymizer.LatticeSearch;

namespace Anonymizer.Tool;

/// <summary>One line on the terminal, drawn over itself.</summary>
internal sealed class ProgressBar : IProgress<SearchProgress>
{
    private const int Width = 30;

    public void Report(SearchProgress value)
    {
        var share = (double)value.Settled / value.Transformations;
        var done = (int)(share * Width);
        var best = value.BestScore is { } score ? $", best {score:g6}" : "";
        Console.Error.Write($"\r[{new string('#', done)}{new string('.', Width - done)}] {share,6:P1} settled, {value.Checked} counted{best}   ");
        if (value.Settled == value.Transformations)
        {
            Console.Error.WriteLine();
        }
    }
}
