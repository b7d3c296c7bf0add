using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>A dataset's dashboard: figures that were released with differential privacy under a permit of the board, and nothing else: as its silo tells it.</summary>
/// <param name="Map">Which regions its keys name: <c>minas-gerais</c> for the IBGE mesoregions 3101 to 3112; null for others.</param>
/// <param name="State"><c>waiting</c> (no permit of the board names its key), <c>current</c>, <c>exhausted</c> (its line of the budget is used up), <c>stopped</c> (the dataset is closed or the last refresh was refused).</param>
/// <param name="Key">Public key (JWK) that signs its questions: what a permit must name.</param>
/// <param name="Permit">The permit that it is refreshed under.</param>
/// <param name="RhoPerRefresh">What one refresh charges, nano-rho.</param>
/// <param name="RhoLeft">What the permit leaves, nano-rho; null without a permit.</param>
/// <param name="EverySeconds">At most one refresh in this time.</param>
/// <param name="Questions">Exactly what is asked at each refresh.</param>
/// <param name="Newest">Null before the first refresh.</param>
public sealed record Dashboard(
    string Dataset,
    string Title,
    string? Map,
    string State,
    JsonElement Key,
    string? Permit,
    string RhoPerRefresh,
    string? RhoLeft,
    long EverySeconds,
    IReadOnlyList<DashboardQuestion> Questions,
    DashboardTopic Chronic,
    DashboardTopic Signal,
    DashboardRefresh? Newest,
    OutbreakWatch Watch);

/// <summary>A question of FORMATS.md by its name: <c>people</c>, <c>chronic</c>, <c>signal</c>.</summary>
public sealed record DashboardQuestion(string Name, JsonElement Query);

/// <summary>What is watched, in words and codes.</summary>
public sealed record DashboardTopic(string Title, IReadOnlyList<string> Codes);

/// <summary>One refresh.</summary>
/// <param name="Version">The dataset version that it was computed on.</param>
/// <param name="Time">RFC 3339 UTC.</param>
/// <param name="Answers">By name of the question: the answer as it left, with its receipt, which <c>verify receipt</c> checks.</param>
public sealed record DashboardRefresh(int Version, string Time, IReadOnlyList<DashboardRow> Rows, IReadOnlyDictionary<string, JsonElement> Answers);

/// <summary>Figures of a region and an age. A null figure was under the floor, or cannot be told from its parts.</summary>
/// <param name="AgeFrom">Null for all ages together; so is <paramref name="AgeBelow"/>.</param>
/// <param name="Rate">Chronic patients per patient; its interval covers in at least 90 of 100 cases.</param>
public sealed record DashboardRow(string Region, int? AgeFrom, int? AgeBelow, NoisyNumber? People, NoisyNumber? Chronic, NoisyNumber? Rate);

/// <summary>A released number and an interval about it, 95 % unless said otherwise.</summary>
public sealed record NoisyNumber(double Value, double Low, double High);

/// <summary>The watch for outbreaks.</summary>
/// <param name="FalseAlarmRate">Chance of any alarm in one refresh, over all regions, where nothing but noise happens.</param>
/// <param name="Power">Chance that a rise of <see cref="RegionSignal.FoundFrom"/> cases is found.</param>
/// <param name="Refreshes">Refreshes there are.</param>
/// <param name="Needed">Refreshes before it can judge.</param>
public sealed record OutbreakWatch(double FalseAlarmRate, double Power, int Refreshes, int Needed, IReadOnlyList<RegionSignal> Regions);

/// <summary>A region's newest figure against its own past.</summary>
/// <param name="Cases">Cases on record; null under the floor.</param>
/// <param name="Rise">New cases since the refresh before, above what the refreshes before that foretold; null while it cannot be judged.</param>
/// <param name="AlarmAbove">A rise above this is an alarm.</param>
/// <param name="FoundFrom">Further cases that are found with the stated power.</param>
public sealed record RegionSignal(string Region, NoisyNumber? Cases, double? Rise, double? AlarmAbove, double? FoundFrom, bool Alarm);

/// <summary>A hospital's consent figures; null while its silo does not answer.</summary>
/// <param name="Silo">Register id; null while the silo never answered.</param>
public sealed record HospitalConsents(string? Silo, string Hospital, IReadOnlyList<ConsentFigures>? Datasets);

/// <summary>How many patients of a dataset permit a use, with noise, for each permit of the board that pays for asking: as its silo tells it.</summary>
/// <param name="Key">Public key (JWK) that signs the question: what a permit must name.</param>
/// <param name="Question">Exactly what is asked.</param>
/// <param name="RhoPerRefresh">What one count charges, nano-rho.</param>
/// <param name="EverySeconds">At most one count in this time, and one for a version of the dataset.</param>
/// <param name="Figures">None while no permit names the key.</param>
public sealed record ConsentFigures(string Dataset, JsonElement Key, JsonElement Question, string RhoPerRefresh, long EverySeconds, IReadOnlyList<ConsentFigure> Figures);

/// <summary>How many patients permit what this permit is for: its purpose, its kind of user, and statistics.</summary>
/// <param name="State"><c>current</c>, <c>exhausted</c> (the permit pays for no further count), <c>stopped</c> (the last count was refused), <c>ended</c> (the permit is in force no more).</param>
/// <param name="RhoLeft">What the permit leaves, nano-rho; null when it is not in force.</param>
/// <param name="Version">The dataset version that was counted; null before the first count.</param>
/// <param name="Time">RFC 3339 UTC.</param>
/// <param name="Permitting">Null before the first count, and under the floor.</param>
public sealed record ConsentFigure(string Permit, string Purpose, string State, string? RhoLeft, int? Version, string? Time, NoisyNumber? Permitting);

/// <summary>A dashboard and whose it is.</summary>
/// <param name="Silo">Register id.</param>
public sealed record HospitalDashboard(string Silo, string Hospital, Dashboard Dashboard);

/// <summary>Dashboards of all hospitals that answered.</summary>
/// <param name="Unreachable">Hospitals that did not answer just now.</param>
public sealed record DashboardList(IReadOnlyList<HospitalDashboard> Dashboards, IReadOnlyList<string> Unreachable);
