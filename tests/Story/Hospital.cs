using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Story;

/// <summary>
/// A hospital's officer, and the loaded patients: in the embedded default their keys are made here, kept in the state folder, and sign an
/// opt-in to both outputs for all but each twentieth, who stays silent.
/// </summary>
public sealed class Hospital : IDisposable
{
    private const int Batch = 100;
    private readonly HttpClient silo;
    private readonly Stack stack;
    private readonly string keyFile;
    private readonly int number;
    private readonly Dictionary<string, PatientSecret> patients;

    public Hospital(Stack stack, int number)
    {
        (this.stack, this.number) = (stack, number);
        Register = Hash32.Of(Founders.Hospitals[number - 1].Origin);
        silo = new HttpClient { BaseAddress = stack.SiloUrl(number), Timeout = TimeSpan.FromMinutes(2) };
        silo.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stack.OfficerToken(number));
        keyFile = stack.Options.In("patients", FormattableString.Invariant($"silo-{number}.json"));
        patients = File.Exists(keyFile) ? JsonSerializer.Deserialize<Dictionary<string, PatientSecret>>(File.ReadAllText(keyFile), CanonicalJson.Options)! : [];
    }

    public Hash32 Register { get; }

    /// <summary>The enrolled patients by local id.</summary>
    public IReadOnlyDictionary<string, PatientSecret> Patients => patients;

    /// <summary>What an auditor of the hospital needs to replay an answer's noise (<c>verify noise</c>), by the seq of the answer's entry.</summary>
    public Task<string> OpenNoiseAsync(long seq) => silo.GetStringAsync(new Uri(FormattableString.Invariant($"{SiloRoutes.Noise}/{seq}"), UriKind.Relative));

    /// <summary>A receipt that opens what the hospital keeps of an entry.</summary>
    public Task<string> OpenEntryAsync(long seq) => silo.GetStringAsync(new Uri(FormattableString.Invariant($"{SiloRoutes.Log}/openings/{seq}"), UriKind.Relative));

    /// <summary>What the silo offers.</summary>
    public async Task<IReadOnlyList<DatasetDescription>> DatasetsAsync() =>
        await silo.GetFromJsonAsync<List<DatasetDescription>>(new Uri(SiloRoutes.Datasets, UriKind.Relative)) ?? [];

    /// <summary>Makes keys for the patients who have none, enrols them, and signs for all but each twentieth; registers the checkers too.</summary>
    /// <returns>How many were enrolled and how many opted in.</returns>
    public async Task<(int Enrolled, int OptedIn)> EnrolSampleAsync(string dataset, DateTimeOffset now)
    {
        await RegisterCheckersAsync();
        await RegisterOfficerAsync();
        var (enrolled, optedIn) = (0, 0);
        for (var page = await UnenrolledAsync(dataset, null); page.Patients.Count > 0; page = await UnenrolledAsync(dataset, page.Next))
        {
            var made = page.Patients.ToDictionary(patient => patient, _ => SigningKey.Create());
            var keys = made.Select(pair => new PatientKey(pair.Key, JsonSerializer.SerializeToElement(pair.Value.Public.Jwk, CanonicalJson.Options)));
            var enrolments = await PostAsync<List<Enrolment>>(SiloRoutes.Enrolments, new EnrolmentRequest([.. keys]));
            foreach (var one in enrolments)
            {
                patients[one.Patient] = new PatientSecret(one.Subject, made[one.Patient].ToJwk(), 0);
            }

            var consenting = enrolments.Where((_, i) => (enrolled + i) % 20 != 19).Select(one => one.Patient).ToList();
            foreach (var some in consenting.Chunk(Batch))
            {
                await DecideAsync(some, Directive.Permit, now);
            }

            enrolled += enrolments.Count;
            optedIn += consenting.Count;
            SaveKeys();
            if (page.Next is null)
            {
                break;
            }
        }

        return (enrolled, optedIn);
    }

    /// <summary>Registers the keys of the hospital's two output checkers.</summary>
    public async Task RegisterCheckersAsync()
    {
        for (var number = 1; number <= 2; number++)
        {
            using var key = SigningKey.LoadOrCreate(Checker.KeyFile(stack.Options, number));
            using var response = await silo.PostAsJsonAsync(new Uri(SiloRoutes.Checkers, UriKind.Relative), new CheckerKey(JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options)));
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>The key with which the sample's officer of a hospital signs for loads and quality reports.</summary>
    public static string OfficerKeyFile(StackOptions options, int number) => options.In("keys", FormattableString.Invariant($"officer-{number}.jwk"));

    /// <summary>Makes the officer's key, where there is none yet, and registers it at the silo.</summary>
    public async Task RegisterOfficerAsync()
    {
        using var key = SigningKey.LoadOrCreate(OfficerKeyFile(stack.Options, number));
        using var response = await silo.PostAsJsonAsync(new Uri(SiloRoutes.ConsentOfficers, UriKind.Relative), new ConsentOfficer(JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options)));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Patients sign the same decision, each with a key and a sequence of her own.</summary>
    public async Task DecideAsync(IReadOnlyList<string> who, string decision, DateTimeOffset now, PersonalCap? cap = null)
    {
        var directives = who.Select(patient => JsonSerializer.SerializeToElement(Sign(patient, decision, now, cap), CanonicalJson.Options)).ToList();
        var outcomes = await PostAsync<List<DirectiveOutcome>>(SiloRoutes.Directives, new DirectiveSubmission(directives));
        if (outcomes.FirstOrDefault(outcome => !outcome.Recorded) is { } refused)
        {
            throw new StoryException("a directive was not recorded: " + refused.Reason);
        }

        foreach (var patient in who)
        {
            patients[patient] = patients[patient] with { Sequence = patients[patient].Sequence + 1 };
        }

        SaveKeys();
    }

    /// <summary>The patient's next directive, signed with her own key.</summary>
    public SignedRecord Sign(string patient, string decision, DateTimeOffset now, PersonalCap? cap = null)
    {
        var secret = patients[patient];
        using var key = SigningKey.From(secret.Key);
        return SignedRecord.Sign(
            new Directive(
                stack.Deployment.ChainId,
                stack.Deployment.Deployed.Contract,
                Nonce.New(),
                secret.Subject,
                Register,
                secret.Sequence + 1,
                decision,
                Purposes: ["DUO:0000042"],
                Users: ["non-profit", "for-profit"],
                Categories: ["*"],
                Outputs: ["statistics", "file"],
                NotBefore: RecordTime.Write(now.AddSeconds(-1)),
                NotAfter: null,
                Text: new ConsentText(Hash32.Of(ConsentWords.English), "en", ConsentWords.Version),
                Cap: cap),
            key);
    }

    public void Dispose() => silo.Dispose();

    private async Task<PatientPage> UnenrolledAsync(string dataset, string? after) =>
        await silo.GetFromJsonAsync<PatientPage>(new Uri($"{SiloRoutes.Unenrolled}?dataset={dataset}&after={Uri.EscapeDataString(after ?? "")}", UriKind.Relative))
        ?? throw new StoryException("no page of patients");

    private async Task<T> PostAsync<T>(string route, object body)
    {
        using var response = await silo.PostAsJsonAsync(new Uri(route, UriKind.Relative), body, CanonicalJson.Options);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!
            : throw new StoryException(string.Create(CultureInfo.InvariantCulture, $"{route} answered {(int)response.StatusCode}: {text}"));
    }

    private void SaveKeys()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(keyFile)!);
        File.WriteAllText(keyFile + ".new", JsonSerializer.Serialize(patients, CanonicalJson.Options));
        File.Move(keyFile + ".new", keyFile, overwrite: true);
    }
}

/// <summary>A sample patient's own: the name of her enrolment, her key, and the sequence of her last directive.</summary>
public sealed record PatientSecret(string Subject, Jwk Key, int Sequence);

/// <summary>The words that the sample's patients sign under.</summary>
public static class ConsentWords
{
    public const string Version = "1";

    public const string English =
        "I allow my hospital to let researchers whom its ethics board has permitted ask questions of records like mine, and to release "
        + "anonymized files of groups that I am in. I can change my mind at any time; what was released before cannot be recalled.";
}
