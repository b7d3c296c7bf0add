using System.Globalization;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;

namespace Silos.Ingestion.Folders;

/// <summary>Reads one attribute's values: a number onto its grid and within its bounds, a category among its declared values, a code
/// in its hierarchy's form. What does not fit is left out and counted, never bent into something that fits.</summary>
internal sealed class ToCell(AttributeDefinition attribute, Anonymizer.Generalization.Hierarchy? own, DateOnly referenceDate)
{
    private readonly HashSet<string>? values = attribute.Values is null ? null : new HashSet<string>(attribute.Values, StringComparer.Ordinal);
    private readonly Func<string, string?>? code = own is null ? CodeForms.Of(attribute.Hierarchy) : text => own.Generalize(text, 0);

    /// <summary>The cell, or <see cref="Cell.Null"/> with a problem.</summary>
    public Cell Convert(string text, out Problem problem)
    {
        problem = Problem.None;
        return attribute.Type switch
        {
            AttributeType.Category => Category(text, ref problem),
            AttributeType.Codes => Code(text, ref problem),
            _ => Number(text, ref problem),
        };
    }

    private Cell Category(string text, ref Problem problem)
    {
        var normal = code is null ? text : code(text);
        if (normal is not null && (values is null || values.Contains(normal)))
        {
            return Cell.Category(normal);
        }

        problem = normal is null ? Problem.Unmapped : Problem.OutOfBounds;
        return Cell.Null;
    }

    private Cell Code(string text, ref Problem problem)
    {
        var normal = code is null ? text : code(text);
        if (normal is not null && !normal.Contains('|', StringComparison.Ordinal))
        {
            return new Cell(CellKind.Codes, 0, normal, null);
        }

        problem = Problem.Unmapped;
        return Cell.Null;
    }

    private Cell Number(string text, ref Problem problem)
    {
        decimal value;
        if (attribute.From.Take == Take.Age)
        {
            if (!FhirDate.TryParse(text, out var born))
            {
                problem = Problem.Unreadable;
                return Cell.Null;
            }

            value = born.YearsAt(referenceDate);
        }
        else if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
        {
            problem = Problem.Unreadable;
            return Cell.Null;
        }

        if (value < attribute.Lower || value > attribute.Upper || Math.Abs(value) > 1_000_000_000_000m)
        {
            problem = Problem.OutOfBounds;
            return Cell.Null;
        }

        return Cell.Number((long)decimal.Round(value / attribute.Step, MidpointRounding.AwayFromZero));
    }
}
