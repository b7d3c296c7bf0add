using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>Work on what is not handed in yet, and new drafts made of old applications.</summary>
internal static class EditDraft
{
    public static Outcome<IReadOnlyList<ApplicationEvent>> Save(ApplicationForm form) =>
        form is { Title.Length: > 200 } or { LaySummary.Length: > 4000 } or { Method.Length: > 20_000 } or { Safeguards.Length: > 20_000 }
            ? Refusal.Invalid("title: up to 200 characters; laySummary: 4,000; method and safeguards: 20,000.")
            : new ApplicationEvent[] { new ApplicationEvent.Saved(form) };

    /// <summary>The first event of a new application with the old one's form; the copier's own keys are asked anew by the form's owner.</summary>
    public static ApplicationEvent.Created Copy(Application old) => new(old.Form, CopyOf: old.Id);

    /// <summary>The first event of an amendment: approved, its permit takes the old one's place beside it until the board revokes that.</summary>
    public static ApplicationEvent.Created Amend(Application old) => new(old.Form, Amends: old.Id);
}
