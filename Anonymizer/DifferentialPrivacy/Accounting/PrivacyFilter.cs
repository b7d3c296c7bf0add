namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>
/// Decides, before anything is computed, whether one more question still fits a limit. Integers only; what is pending counts as spent.
/// </summary>
/// <param name="Limit">What may be lost in all.</param>
/// <param name="Posted">What was answered.</param>
/// <param name="Pending">What is reserved and not yet answered.</param>
/// <remarks>
/// Claim: whoever asks adaptively, choosing each loss after the last answer, ends within the limit (Feldman and Zrnic, NeurIPS 2021;
/// Whitehouse, Ramdas, Rogers and Wu, ICML 2023). A refused question costs nothing, and a smaller one may still be granted after it.
/// The decision depends on public charges alone, never on data. This is a value: the host keeps it durably and changes it under a lock.
/// </remarks>
public sealed record PrivacyFilter(PrivacyLoss Limit, PrivacyLoss Posted, PrivacyLoss Pending)
{
    /// <summary>A filter that has spent nothing.</summary>
    public static PrivacyFilter Of(PrivacyLoss limit) => new(limit, PrivacyLoss.Zero, PrivacyLoss.Zero);

    /// <summary>Sets the loss aside, or refuses.</summary>
    public Admission Reserve(PrivacyLoss asked)
    {
        var pending = Pending.Then(asked);
        return Posted.Then(pending).FitsWithin(Limit)
            ? new Admission.Granted(this with { Pending = pending })
            : new Admission.Refused(asked, Left);
    }

    /// <summary>Turns a reservation into a spent loss: the answer leaves.</summary>
    /// <exception cref="InvalidOperationException">So much is not reserved.</exception>
    public PrivacyFilter Post(PrivacyLoss reserved) => this with { Pending = Without(reserved), Posted = Posted.Then(reserved) };

    /// <summary>Gives a reservation back. Only for reasons that do not depend on the data.</summary>
    /// <exception cref="InvalidOperationException">So much is not reserved.</exception>
    public PrivacyFilter Void(PrivacyLoss reserved) => this with { Pending = Without(reserved) };

    /// <summary>What could still be granted in one question.</summary>
    public PrivacyLoss Left
    {
        get
        {
            var spent = Posted.Then(Pending);
            return new PrivacyLoss(Minus(Limit.Rho, spent.Rho), Minus(Limit.Delta, spent.Delta));
        }
    }

    /// <summary>How many questions of this loss would still fit; <see cref="long.MaxValue"/> for one without loss.</summary>
    public long Fits(PrivacyLoss each)
    {
        var left = Left;
        var byRho = each.Rho == 0 ? ulong.MaxValue : left.Rho / each.Rho;
        var byDelta = each.Delta == 0 ? ulong.MaxValue : left.Delta / each.Delta;
        return (long)Math.Min(Math.Min(byRho, byDelta), long.MaxValue);
    }

    private static ulong Minus(ulong from, ulong amount) => amount >= from ? 0 : from - amount;

    private PrivacyLoss Without(PrivacyLoss reserved) =>
        reserved.Rho <= Pending.Rho && reserved.Delta <= Pending.Delta
            ? new PrivacyLoss(Pending.Rho - reserved.Rho, Pending.Delta - reserved.Delta)
            : throw new InvalidOperationException($"{reserved} was not reserved: only {Pending} is pending");
}

/// <summary>What a filter answers: <see cref="Granted"/> or <see cref="Refused"/>.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    /// <param name="Filter">The filter with the loss set aside.</param>
    public sealed record Granted(PrivacyFilter Filter) : Admission;

    /// <param name="Asked">What was asked for.</param>
    /// <param name="Left">The most that one question could still have.</param>
    public sealed record Refused(PrivacyLoss Asked, PrivacyLoss Left) : Admission;
}
