using Silos.Protocol;

namespace Silos.Ingestion.Hierarchies;

/// <summary>ICD-10 as a tree to search in: chapters, blocks, categories, and the subcategories of a category that was typed. Rules match codes by their beginning, so that a
/// range is said by the few beginnings that cover it exactly.</summary>
internal static class Icd10Tree
{
    private static readonly IReadOnlyList<FoundCode> Fixed = Build();

    /// <summary>The tree, with the subcategories that lie at or below what was typed.</summary>
    public static IReadOnlyList<FoundCode> With(string typed)
    {
        var code = Icd10.Normal(typed);
        var category = code?[..3];
        return category is null || Fixed.All(node => node.Code != category) ? Fixed
            : [.. Fixed, .. Enumerable.Range(0, 10).Select(digit => new FoundCode($"{category}.{digit}", null, category, [$"{category}.{digit}"])), .. code!.Length > 5 ? [new FoundCode(code, null, code[..5], [code])] : Array.Empty<FoundCode>()];
    }

    /// <summary>The shortest beginnings that cover the categories from one to the other, both included, and no more.</summary>
    /// <param name="from">Such as A00.</param>
    /// <param name="to">Such as B99.</param>
    internal static IReadOnlyList<string> Beginnings(string from, string to)
    {
        var beginnings = new List<string>();
        var (at, last) = (Number(from), Number(to));
        while (at <= last)
        {
            var wide = at % 100 == 0 && at + 99 <= last ? 100 : at % 10 == 0 && at + 9 <= last ? 10 : 1;
            beginnings.Add(Category(at)[..(wide == 100 ? 1 : wide == 10 ? 2 : 3)]);
            at += wide;
        }

        return beginnings;
    }

    private static List<FoundCode> Build()
    {
        var nodes = Icd10.Chapters.Select(chapter => Range(chapter, null)).ToList();
        nodes.AddRange(Icd10.Blocks.Select(block => Range(block, Icd10.RollUp(block[..3])[3])));
        foreach (var block in Icd10.Blocks)
        {
            for (var at = Number(block[..3]); at <= Number(block[4..]); at++)
            {
                var category = Category(at);
                if (Icd10.RollUp(category)[2] == block)
                {
                    nodes.Add(new FoundCode(category, Icd10Words.All.GetValueOrDefault(category), block, [category]));
                }
            }
        }

        return nodes;
    }

    private static FoundCode Range(string range, string? within) => new(range, Icd10Words.All.GetValueOrDefault(range), within, Beginnings(range[..3], range[4..]));

    private static int Number(string category) => ((category[0] - 'A') * 100) + ((category[1] - '0') * 10) + category[2] - '0';

    private static string Category(int number) => $"{(char)('A' + (number / 100))}{number / 10 % 10}{number % 10}";
}
