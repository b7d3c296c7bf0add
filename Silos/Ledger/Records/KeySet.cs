using System.Globalization;

namespace Silos.Ledger.Records;

/// <summary>Who may sign for a patient, and how many of them must. A guardian falls away on the day of majority.</summary>
/// <param name="Holders">One to eight, each with a key of its own.</param>
/// <param name="Needed">Signatures that a directive or a change of keys needs: m of n.</param>
public sealed record KeySet(IReadOnlyList<KeyHolder> Holders, int Needed)
{
    private const int Most = 8;

    /// <summary>A patient who signs alone.</summary>
    public static KeySet Of(Jwk key) => new([new KeyHolder(key, KeyHolder.Patient)], 1);

    /// <returns>Null when the set can be enrolled; else field, value and what is allowed.</returns>
    public string? Fault()
    {
        if (Holders.Count is 0 or > Most || Holders.Any(holder => holder is null))
        {
            return $"holders: {Holders.Count}; allowed are 1 to {Most}";
        }

        foreach (var holder in Holders)
        {
            if (holder.Fault() is { } fault)
            {
                return fault;
            }
        }

        var signing = Holders.Count(holder => holder.Role != KeyHolder.Recovery);
        var officers = Holders.Count(holder => holder.Role == KeyHolder.Officer);
        return Holders.Select(holder => holder.Key.Thumbprint()).Distinct().Count() != Holders.Count ? "holders: a key is there twice; allowed is each once"
            : Needed < 1 || Needed > signing ? $"needed: {Needed}; allowed are 1 to {signing}, the number of holders who sign directives"
            : officers > 0 && Needed < 2 ? $"needed: {Needed}; allowed is at least 2 where officers sign: one officer alone decides nothing"
            : null;
    }

    /// <summary>Whether these signers suffice on this day for a directive.</summary>
    public bool MayDecide(IReadOnlyList<Hash32> signers, DateOnly today) => Suffice(signers, [.. Holders.Where(holder => holder.Role != KeyHolder.Recovery && !holder.HasLapsed(today))]);

    /// <summary>Whether these signers suffice on this day to change the keys; a recovery key counts here and here alone.</summary>
    public bool MayChangeKeys(IReadOnlyList<Hash32> signers, DateOnly today) => Suffice(signers, [.. Holders.Where(holder => !holder.HasLapsed(today))]);

    /// <summary>The day from which a permit with these signers counts no more: when a guardian among them falls away. Null for never.</summary>
    public DateOnly? LapseOf(IReadOnlyList<Hash32> signers) =>
        Holders.Where(holder => holder.Role == KeyHolder.Guardian && signers.Contains(holder.Key.Thumbprint())).Min(holder => DirectiveRules.Day(holder.Until));

    private bool Suffice(IReadOnlyList<Hash32> signers, IReadOnlyList<KeyHolder> living)
    {
        var counted = living.Count(holder => signers.Contains(holder.Key.Thumbprint()));
        return living.Count > 0 && counted >= Math.Min(Needed, living.Count)
            && (counted > 1 || living.All(holder => holder.Role != KeyHolder.Officer));
    }
}

/// <summary>One key that counts for a patient.</summary>
/// <param name="Role"><c>patient</c>, <c>guardian</c>, <c>officer</c> (of the hospital, for a patient who signs on paper; two must), or <c>recovery</c>, which only changes keys.</param>
/// <param name="Until">For a guardian: the day (yyyy-MM-dd) from which the key counts no more, the patient's majority.</param>
public sealed record KeyHolder(Jwk Key, string Role, string? Until = null)
{
    public const string Patient = "patient";
    public const string Guardian = "guardian";
    public const string Officer = "officer";
    public const string Recovery = "recovery";

    internal bool HasLapsed(DateOnly today) => Role == Guardian && !(today < DirectiveRules.Day(Until));

    internal string? Fault()
    {
        try
        {
            var key = PublicKey.From(Key);
        }
        catch (FormatException bad)
        {
            return "holders." + bad.Message;
        }

        return Key.D is not null ? "holders.key.d: is there; allowed is the public part alone"
            : Role is not (Patient or Guardian or Officer or Recovery) ? string.Create(CultureInfo.InvariantCulture, $"holders.role: '{(Role.Length > 40 ? Role[..40] : Role)}'; allowed are patient, guardian, officer, recovery")
            : (Role == Guardian) != (DirectiveRules.Day(Until) is not null) ? $"holders.until: '{Until}'; allowed is a date for a guardian, and none for others"
            : null;
    }
}

/// <summary>A change of who may sign for a patient, signed by those who may now. What was decided before stands as it was decided.</summary>
/// <param name="Sequence">1 for the first change, then one more each time.</param>
/// <param name="Keys">Who may sign from now on.</param>
public sealed record KeyChange(
    string ChainId, string Contract, string Nonce, string Subject, Hash32 Silo, int Sequence, KeySet Keys, string Type = KeyChange.RecordName, int Version = 1)
    : ISignedBody
{
    public const string RecordName = "key-change";

    public static string RecordType => RecordName;
}
