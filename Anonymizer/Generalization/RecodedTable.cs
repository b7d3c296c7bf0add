using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>A table's rows under a <see cref="Recoding"/>: for each row its class, or that it is suppressed.</summary>
public sealed class RecodedTable(Recoding recoding, int[] classOfRow)
{
    /// <summary>The class of a row that is in no released class.</summary>
    public const int Suppressed = -1;

    public Recoding Recoding { get; } = recoding;

    /// <summary>For each row the number of its class in <see cref="Recoding.Classes"/>, or <see cref="Suppressed"/>.</summary>
    public ReadOnlySpan<int> ClassOfRow => classOfRow;

    /// <summary>What is written for a row in a quasi-identifier; <c>*</c> when the row is suppressed.</summary>
    public string Value(int row, int quasiIdentifier) => classOfRow[row] == Suppressed
        ? Hierarchy.Any
        : Recoding.Classes[classOfRow[row]].Values[quasiIdentifier];

    /// <summary>The column of a quasi-identifier, generalized, suppressed rows holding <c>*</c>.</summary>
    public CategoryColumn Column(int quasiIdentifier)
    {
        var values = new List<string> { Hierarchy.Any };
        var index = new Dictionary<string, int>(StringComparer.Ordinal) { [Hierarchy.Any] = 0 };
        var codeOfClass = new int[Recoding.Classes.Count];
        for (var i = 0; i < codeOfClass.Length; i++)
        {
            var text = Recoding.Classes[i].Values[quasiIdentifier];
            if (!index.TryGetValue(text, out codeOfClass[i]))
            {
                codeOfClass[i] = values.Count;
                index.Add(text, values.Count);
                values.Add(text);
            }
        }

        return new CategoryColumn(
            Recoding.QuasiIdentifiers[quasiIdentifier].Name,
            values,
            Array.ConvertAll(classOfRow, number => number == Suppressed ? 0 : codeOfClass[number]));
    }
}
