using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;

namespace Silos.Budgets;

/// <summary>What is asked for, reserved or spent: a privacy loss, and files.</summary>
public readonly record struct Spending(PrivacyLoss Loss, int Files);

/// <summary>One account of the register: what was posted, and what is pending. Pending counts against the limit, so that two questions in flight cannot share the last of it.</summary>
public sealed record Account(PrivacyLoss Posted, PrivacyLoss Pending, int PostedFiles, int PendingFiles)
{
    public static Account Empty { get; } = new(PrivacyLoss.Zero, PrivacyLoss.Zero, 0, 0);

    /// <summary>
    /// Whether the spending fits, beside what is posted and pending here, and beside what the chain has seen spent:
    /// a database restored from a backup gives nothing back. A refusal leaves room for a smaller question.
    /// </summary>
    public bool Admits(Spending asked, Spending limit, Spending spentOnChain) =>
        Under(limit.Loss).Reserve(asked.Loss) is Admission.Granted
        && new PrivacyFilter(limit.Loss, spentOnChain.Loss, PrivacyLoss.Zero).Reserve(asked.Loss) is Admission.Granted
        && Math.Max(PostedFiles + PendingFiles, spentOnChain.Files) + asked.Files <= limit.Files;

    public Account Reserve(Spending asked) => this with { Pending = Pending.Then(asked.Loss), PendingFiles = PendingFiles + asked.Files };

    /// <summary>The reserved spending becomes final.</summary>
    public Account Post(Spending reserved) => With(Under(default).Post(reserved.Loss)) with
    {
        PostedFiles = PostedFiles + reserved.Files,
        PendingFiles = PendingFiles - reserved.Files,
    };

    /// <summary>The reserved spending is given back: only for reasons that do not depend on the data.</summary>
    public Account Void(Spending reserved) => With(Under(default).Void(reserved.Loss)) with { PendingFiles = PendingFiles - reserved.Files };

    /// <summary>The most that one more question could still have.</summary>
    public PrivacyLoss Left(PrivacyLoss limit) => Under(limit).Left;

    private PrivacyFilter Under(PrivacyLoss limit) => new(limit, Posted, Pending);

    private Account With(PrivacyFilter filter) => this with { Posted = filter.Posted, Pending = filter.Pending };
}
