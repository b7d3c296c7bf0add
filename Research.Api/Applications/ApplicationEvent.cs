using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>Everything that can happen to an application. Events are only ever added; the state is folded from them (<see cref="Application"/>).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(Saved), "saved")]
[JsonDerivedType(typeof(Submitted), "submitted")]
[JsonDerivedType(typeof(Endorsed), "endorsed")]
[JsonDerivedType(typeof(ScreeningBegun), "screening-begun")]
[JsonDerivedType(typeof(ReviewBegun), "review-begun")]
[JsonDerivedType(typeof(BallotOpened), "ballot-opened")]
[JsonDerivedType(typeof(Returned), "returned")]
[JsonDerivedType(typeof(Withdrawn), "withdrawn")]
[JsonDerivedType(typeof(Recused), "recused")]
[JsonDerivedType(typeof(Voted), "voted")]
[JsonDerivedType(typeof(Approved), "approved")]
[JsonDerivedType(typeof(Rejected), "rejected")]
[JsonDerivedType(typeof(Tabled), "tabled")]
[JsonDerivedType(typeof(Appealed), "appealed")]
[JsonDerivedType(typeof(Commented), "commented")]
[JsonDerivedType(typeof(MemberInvited), "member-invited")]
[JsonDerivedType(typeof(TermsAccepted), "terms-accepted")]
[JsonDerivedType(typeof(MemberRemoved), "member-removed")]
[JsonDerivedType(typeof(ReportFiled), "report-filed")]
[JsonDerivedType(typeof(Reminded), "reminded")]
[JsonDerivedType(typeof(Expired), "expired")]
[JsonDerivedType(typeof(PermitChanged), "permit-changed")]
[JsonDerivedType(typeof(Closed), "closed")]
internal abstract record ApplicationEvent
{
    /// <summary>What people wrote with the step; null where they wrote nothing.</summary>
    [JsonIgnore]
    public virtual string? Remark => null;

    /// <summary>The event's name, as it stands in the database and in the log's entry.</summary>
    [JsonIgnore]
    public string Kind => Names[GetType()];

    private static readonly Dictionary<Type, string> Names = typeof(ApplicationEvent)
        .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Cast<JsonDerivedTypeAttribute>()
        .ToDictionary(derived => derived.DerivedType, derived => (string)derived.TypeDiscriminator!);

    public sealed record Created(ApplicationForm Form, string? CopyOf = null, string? Amends = null) : ApplicationEvent;

    public sealed record Saved(ApplicationForm Form) : ApplicationEvent;

    public sealed record Submitted(IReadOnlyList<PurposeMatch> Matches) : ApplicationEvent;

    public sealed record Endorsed(string? Note) : Noted(Note);

    public sealed record ScreeningBegun : ApplicationEvent;

    public sealed record ReviewBegun : ApplicationEvent;

    /// <summary>A permit document is put to the vote; an earlier ballot and its votes lapse.</summary>
    public sealed record BallotOpened(string PermitId, JsonObject Permit, Conditions? Conditions) : ApplicationEvent;

    public sealed record Returned(string? Note) : Noted(Note);

    public sealed record Withdrawn(string? Note) : Noted(Note);

    public sealed record Recused(string Account, string? Note) : Noted(Note);

    public sealed record Voted(string Account, string Member, string Decision, string Record, string? Transaction, string? Note) : Noted(Note);

    public sealed record Approved(string PermitId, string? Transaction) : ApplicationEvent;

    public sealed record Rejected(string? Note) : Noted(Note);

    public sealed record Tabled(string? Note) : Noted(Note);

    public sealed record Appealed(string? Note) : Noted(Note);

    public sealed record Commented(string? Note) : Noted(Note);

    public sealed record MemberInvited(string Account) : ApplicationEvent;

    public sealed record TermsAccepted(string Account, JsonElement SigningKey, JsonElement? FileKey) : ApplicationEvent;

    public sealed record MemberRemoved(string Account) : ApplicationEvent;

    public sealed record ReportFiled(string? Note) : Noted(Note);

    public sealed record Reminded(string Of) : ApplicationEvent
    {
        public override string? Remark => Of;
    }

    /// <summary>The permit's end has passed; access closed by itself.</summary>
    public sealed record Expired(string On) : ApplicationEvent
    {
        public override string? Remark => On;
    }

    /// <summary>The board suspended, resumed or revoked the permit.</summary>
    public sealed record PermitChanged(string Act, string? Note) : Noted(Note);

    public sealed record Closed(string? Note) : Noted(Note);

    /// <summary>A step that goes with a remark.</summary>
    public abstract record Noted(string? Note) : ApplicationEvent
    {
        [JsonIgnore]
        public override string? Remark => Note;
    }
}

/// <summary>An event with who caused it and when.</summary>
/// <param name="Actor">Account id; <c>hub</c> for what the hub does by itself.</param>
/// <param name="LogSeq">The hub's log entry about it.</param>
internal sealed record RecordedEvent(ApplicationEvent Event, string Actor, DateTimeOffset Time, long? LogSeq);
