using Anonymizer.DifferentialPrivacy.Queries;

namespace Silos.Datasets.Resident;

/// <summary>
/// A table of a hospital's PostgreSQL that holds a dataset's rows, in the one form that questions are written for (README, "The table"): <c>part</c>,
/// <c>record</c>, the privacy unit, and a column an attribute.
/// </summary>
/// <param name="Name">As SQL names it; schema and table may be separated by a point.</param>
/// <param name="Schema">What its columns are.</param>
/// <param name="Records">Patients: <c>record</c> runs from 0 to below this.</param>
/// <param name="MostRows">Rows of one patient at most, as the last check counted them.</param>
public sealed record ResidentTable(string Name, Schema Schema, long Records, int MostRows)
{
    /// <summary>Which part a row lies in: all rows of a patient lie in one, and a part lies on one server.</summary>
    public const string Part = "part";

    /// <summary>The patient's number.</summary>
    public const string Record = "record";

    /// <summary>The table's name, quoted.</summary>
    public string Quoted => string.Join('.', Name.Split('.').Select(Quote));

    /// <summary>A name as SQL takes it, whatever is in it.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
