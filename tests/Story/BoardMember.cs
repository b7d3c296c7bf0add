using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Story;

/// <summary>A member of the ethics board: reads the ballot, checks that the permit is what it says, signs, votes.</summary>
public sealed class BoardMember(HubClient hub, SigningKey key) : IDisposable
{
    public HubClient Hub => hub;

    /// <param name="number">1 to 3; the first is the chair.</param>
    public static async Task<BoardMember> SignInAsync(Stack stack, int number)
    {
        var key = stack.Founders.Board[number - 1];
        var hub = await HubClient.SignInAsync(stack, FormattableString.Invariant($"member{number}"));
        using var response = await hub.PutAsync(HubRoutes.MemberKey, new MemberKeyRequest(Json(key.Public.Jwk)));
        return response.IsSuccessStatusCode
            ? new BoardMember(hub, key)
            : throw new StoryException($"linking the member key: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Takes a submitted application up for review.</summary>
    public Task<ApplicationView> ReviewAsync(string application) => hub.PostAsync<ApplicationView>($"{HubRoutes.Applications}/{application}/review", new Note());

    /// <summary>Votes to issue the permit that the application asks for.</summary>
    public async Task<VoteOutcome> ApproveAsync(string application)
    {
        var route = $"{HubRoutes.Applications}/{application}";
        var ballot = await hub.GetAsync<Ballot>($"{route}/ballot");
        var document = CanonicalJson.Read<Permit>(JsonNode.Parse(ballot.Permit.GetRawText())!);
        return document.Id().ToString() == ballot.PermitId
            ? await VoteAsync($"{route}/votes", ballot, "issue")
            : throw new StoryException("the permit on the ballot does not hash to its id");
    }

    /// <summary>Votes to revoke a permit for good.</summary>
    public Task<VoteOutcome> RevokeAsync(string permit) => ActAsync(permit, "revoke");

    /// <summary>Suspends a permit: one member's vote is enough.</summary>
    public Task<VoteOutcome> SuspendAsync(string permit) => ActAsync(permit, "suspend");

    public void Dispose() => hub.Dispose();

    private async Task<VoteOutcome> ActAsync(string permit, string act)
    {
        var route = $"{HubRoutes.Permits}/{permit}";
        return await VoteAsync($"{route}/votes", await hub.GetAsync<Ballot>($"{route}/ballot"), act);
    }

    private Task<VoteOutcome> VoteAsync(string route, Ballot ballot, string act)
    {
        var question = ballot.Questions.Single(one => one.Act == act);
        var vote = CanonicalJson.Read<Vote>(JsonNode.Parse(question.Bodies["approve"].GetRawText())!);
        return hub.PostAsync<VoteOutcome>(route, new VoteSubmission(Json(SignedRecord.Sign(vote, key))));
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);
}
