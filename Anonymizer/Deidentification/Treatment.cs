using Anonymizer.Pseudonyms;

namespace Anonymizer.Deidentification;

/// <summary>What is done to a column before anything else. A column without a treatment is dropped.</summary>
public abstract record Treatment
{
    private Treatment()
    {
    }

    /// <summary>Left out, as names, addresses and free text always are.</summary>
    public sealed record Drop : Treatment;

    /// <summary>Kept where neither the heading nor the cell's form is an identifier's; other cells are emptied.</summary>
    public sealed record Keep : Treatment;

    /// <summary>The project's pseudonym of the patient whom the cell names.</summary>
    public sealed record Pseudonym(ProjectPseudonyms Project) : Treatment;

    /// <summary>An ISO date to its year.</summary>
    public sealed record Year : Treatment;

    /// <summary>An ISO date moved by the project's days of the patient whom another column names.</summary>
    public sealed record ShiftedDate(ProjectPseudonyms Project, string PatientColumn) : Treatment;

    /// <summary>Years of age, those over 89 as <c>90+</c>.</summary>
    public sealed record Age : Treatment;

    /// <summary>A postcode or area code to its first digits where more than a number of people live there, else as many zeros.</summary>
    /// <param name="Digits">Characters kept; 3 in the United States.</param>
    /// <param name="PeopleIn">People by those first characters; an area that is not in it counts as empty.</param>
    /// <param name="MoreThan">20,000 in HIPAA.</param>
    public sealed record Area(int Digits, IReadOnlyDictionary<string, long> PeopleIn, long MoreThan = 20_000) : Treatment;
}
