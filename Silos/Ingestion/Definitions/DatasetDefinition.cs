global using AttributeRole = Anonymizer.Tables.AttributeRole;
using Anonymizer.Generalization;
using Silos.Ingestion.Views;

namespace Silos.Ingestion.Definitions;

/// <summary>What a hospital says of a dataset: how records become one row a patient, what each attribute is, and the floors under
/// which nothing is answered. Read from a JSON file by <see cref="ReadDefinition"/>, which has checked all that is promised here.</summary>
/// <param name="Id">Lower-case letters, digits and dashes; unique in the silo.</param>
/// <param name="PrivacyUnit">Name of the patient's id; no attribute has it.</param>
/// <param name="Attributes">At least one; names are unique.</param>
public sealed record DatasetDefinition(
    string Id,
    string Title,
    string Description,
    string PrivacyUnit,
    IReadOnlyList<AttributeDefinition> Attributes,
    DatasetPolicy Policy)
{
    private IReadOnlyList<KeyValuePair<string, int>>? canonicalOrder;

    /// <summary>The views, compiled; each has a name of its own.</summary>
    internal IReadOnlyList<CompiledView> Views { get; init; } = [];

    /// <summary>The hospital's own hierarchies by attribute, where the definition was read from its folder.</summary>
    public IReadOnlyDictionary<string, Hierarchy> OwnHierarchies { get; init; } = new Dictionary<string, Hierarchy>();

    /// <summary>Delimited files that feed attributes beside or instead of views; names are unique among views and tables.</summary>
    public IReadOnlyList<TableSource> Tables { get; init; } = [];

    /// <summary>Name of the member that holds a record's events in its canonical bytes.</summary>
    internal const string EventsMember = "events";

    /// <summary>Its place in <see cref="CanonicalOrder"/>.</summary>
    internal const int EventsColumn = -2;

    /// <summary>Name of the member that holds, by attribute, when its records were collected.</summary>
    internal const string CollectedMember = "collected";

    /// <summary>Its place in <see cref="CanonicalOrder"/>.</summary>
    internal const int CollectedColumn = -3;

    /// <summary>Whether any attribute's records are dated, so that rows keep when they were collected.</summary>
    internal bool KeepsCollected => Attributes.Any(attribute => attribute.From.By is not null) && Find(CollectedMember) is null && PrivacyUnit != CollectedMember;

    /// <summary>The kinds of dated events that are kept beside the row, for cohorts; names are unique.</summary>
    public IReadOnlyList<EventDefinition> Events { get; init; } = [];

    /// <summary>Names in the order of RFC 8785 (UTF-16 code units) with their column; the privacy unit has −1, the events −2, the spans of collection −3.</summary>
    internal IReadOnlyList<KeyValuePair<string, int>> CanonicalOrder => canonicalOrder ??=
    [
        .. Attributes.Select((attribute, column) => KeyValuePair.Create(attribute.Name, column))
            .Append(KeyValuePair.Create(PrivacyUnit, -1)).Concat(Events.Count == 0 ? [] : [KeyValuePair.Create(EventsMember, EventsColumn)])
            .Concat(KeepsCollected ? [KeyValuePair.Create(CollectedMember, CollectedColumn)] : []).OrderBy(pair => pair.Key, StringComparer.Ordinal),
    ];

    /// <summary>The departments that a permit or query on these attributes touches, in order, each once (C10).</summary>
    public IReadOnlyList<string> DepartmentsOf(IEnumerable<string> attributes) =>
        [.. attributes.Select(Find).Select(attribute => attribute?.Department).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The attribute of that name, or null.</summary>
    public AttributeDefinition? Find(string name) => Attributes.FirstOrDefault(attribute => attribute.Name == name);
}

/// <summary>One attribute of the patient-level table.</summary>
/// <param name="Lower">Smallest value kept, for numbers; null where the definition gives none, and then it cannot be summed.</param>
/// <param name="Upper">Greatest value kept; given with <paramref name="Lower"/> or not at all.</param>
/// <param name="Step">Width of the grid; 1 for integers.</param>
/// <param name="Values">A category's declared values, or null where they are not declared.</param>
/// <param name="Hierarchy">Name of a built-in hierarchy or path of a CSV file, or null.</param>
/// <param name="Department">The department whose head sees permits that touch it, or null.</param>
public sealed record AttributeDefinition(
    string Name,
    string Title,
    AttributeRole Role,
    AttributeType Type,
    decimal? Lower,
    decimal? Upper,
    decimal Step,
    IReadOnlyList<string>? Values,
    string? Hierarchy,
    string? Department,
    AttributeSource From)
{
    /// <summary>The data category (<see cref="Silos.Ledger.Records.DataCategory"/>) by which patients permit or refuse it; null where the hospital named
    /// none, and then only a patient who permits every category is asked about it.</summary>
    public string? Category { get; init; }

    /// <summary>Whether a sum or a mean of it may be asked: only a number with bounds (a patient shifts a sum by no more than they).</summary>
    public bool Summable => Type is AttributeType.WholeNumber or AttributeType.DecimalNumber && Lower is not null && Upper is not null;

    /// <summary>Whether an extract must protect it by diversity or closeness.</summary>
    public bool Sensitive => Role == AttributeRole.Sensitive;
}

/// <summary>The types of FORMATS, Schema: integer, decimal, category, codes.</summary>
public enum AttributeType
{
    WholeNumber,
    DecimalNumber,
    Category,
    Codes,
}

/// <summary>Where an attribute's cells come from.</summary>
/// <param name="View">Name of a view or table of the definition.</param>
/// <param name="Column">A column of it; null for <see cref="Take.Count"/> and <see cref="Take.Any"/>.</param>
/// <param name="By">The date column that decides latest and first, and the window; null where there is none.</param>
/// <param name="WithinDays">Only rows dated at most so many days before the reference date, and not after it; null for all.</param>
/// <param name="Map">Replaces a value as it stands in the source; a value that is not named stays.</param>
public sealed record AttributeSource(string View, string? Column, Take Take, string? By, int? WithinDays, IReadOnlyDictionary<string, string>? Map = null);

/// <summary>A delimited file with a header, in the folder or in a zip there.</summary>
/// <param name="File">Name of the file, or of an entry of any zip in the folder, its path left away.</param>
/// <param name="Missing">Texts that stand for no value; the empty text always does.</param>
/// <param name="Patient">Column of the patient's id.</param>
/// <param name="Id">Column of the row's own id, to find rows that come twice; null for none.</param>
/// <param name="Registry">Whether its rows are the patients: with one such table, rows of other tables about others are rejected.</param>
/// <param name="Where">Only rows whose column has one of the values.</param>
/// <param name="Latin1">Whether the text is ISO 8859-1; UTF-8 otherwise.</param>
public sealed record TableSource(
    string Name, string File, char Delimiter, IReadOnlyList<string> Missing, string Patient, string? Id, bool Registry,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Where, bool Latin1);

/// <summary>A kind of dated events: an event table with a bound on the rows of a patient.</summary>
/// <param name="View">A view or table, each row of which is an event.</param>
/// <param name="Code">Column of the code, or null.</param>
/// <param name="Date">Column of the day; a row without one is no event.</param>
/// <param name="Hierarchy">In whose form codes are kept; null for as they are.</param>
/// <param name="Most">Events of a patient that are kept, the latest; 1 to 10,000.</param>
/// <param name="Ends">Whether nothing can follow it, as death.</param>
public sealed record EventDefinition(string Name, string View, string? Code, string Date, string? Hierarchy, int Most, bool Ends);

/// <summary>How the rows of a view become one cell a patient.</summary>
public enum Take
{
    /// <summary>The first value in the order of the files.</summary>
    One,

    /// <summary>The value of the latest row; of two on one moment, the later in the files.</summary>
    Latest,

    /// <summary>The value of the earliest row.</summary>
    Earliest,

    /// <summary>All values, as a set of codes.</summary>
    All,

    /// <summary>How many rows.</summary>
    Count,

    /// <summary><c>yes</c> if there is a row, else <c>no</c>.</summary>
    Any,

    /// <summary>The smallest value.</summary>
    Minimum,

    /// <summary>The greatest value.</summary>
    Maximum,

    /// <summary>Completed years from a date of birth to the reference date.</summary>
    Age,
}

/// <summary>The hospital's floors and conditions. The hub cannot lower them; the board's own may be stricter.</summary>
/// <param name="K">Smallest equivalence class of a released file, 2 or more; 11 by default.</param>
/// <param name="Cell">Cells under this are not shown, 1 or more; 11 by default.</param>
/// <param name="L">Distinct values of a sensitive attribute in each class, 1 or more; 2 by default.</param>
/// <param name="SuppressionLimit">Share of rows that a file may suppress, 0 to 1; 0.05 by default.</param>
/// <param name="RhoPerQuery">Greatest privacy loss of one query, in nano; 6,650,000 by default.</param>
/// <param name="RhoPerPermit">Of one permit, in nano; 100,000,000 by default.</param>
/// <param name="RhoPerRegister">Of the register and period, in nano; 500,000,000 by default.</param>
/// <param name="Uses">DUO ids of the allowed uses; a request is matched by subsumption.</param>
/// <param name="Silence">Whether a patient without a directive is left out (deny, the default) or in (permit, only by the board's quorum).</param>
public sealed record DatasetPolicy(
    int K,
    int Cell,
    int L,
    decimal SuppressionLimit,
    ulong RhoPerQuery,
    ulong RhoPerPermit,
    ulong RhoPerRegister,
    IReadOnlyList<string> Uses,
    Silence Silence);

/// <summary>What a patient's silence means.</summary>
public enum Silence
{
    Deny,
    Permit,
}
