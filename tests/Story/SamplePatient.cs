using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Story;

/// <summary>
/// The sample account of a patient: it is linked, by an invitation of the hospital, to the first patient who was enrolled there. Her key file
/// lies in <c>keys/patient-{number}.jwk</c>.
/// </summary>
public static class SamplePatient
{
    public static string KeyFile(StackOptions options, int number) => options.In("keys", FormattableString.Invariant($"patient-{number}.jwk"));

    /// <summary>The hospital's invitation for its first patient, and her key file.</summary>
    /// <returns>The code that the hospital hands to her.</returns>
    public static async Task<string> InviteAsync(Stack stack, Hospital hospital, int number)
    {
        var secret = hospital.Patients.First().Value;
        Directory.CreateDirectory(stack.Options.In("keys"));
        await File.WriteAllTextAsync(KeyFile(stack.Options, number), JsonSerializer.Serialize(secret.Key, CanonicalJson.Options));
        using var custodian = await HubClient.SignInAsync(stack, FormattableString.Invariant($"custodian{number}"));
        return (await custodian.PostAsync<Invitation>(HubRoutes.Invitations, new InvitationRequest(hospital.Register.ToString(), secret.Subject))).Code;
    }

    /// <summary>Links the account where it is not linked yet.</summary>
    /// <returns>Whether it was linked now.</returns>
    public static async Task<bool> LinkAsync(Stack stack, Hospital hospital, int number)
    {
        using var patient = await HubClient.SignInAsync(stack, FormattableString.Invariant($"patient{number}"));
        if ((await patient.GetAsync<MyData>(HubRoutes.MyData)).Hospitals.Count > 0)
        {
            return false;
        }

        using var linked = await patient.SendAsync(HubRoutes.MyDataLink, new LinkRequest(await InviteAsync(stack, hospital, number)));
        return linked.IsSuccessStatusCode ? true : throw new StoryException($"patient{number} was not linked: {await linked.Content.ReadAsStringAsync()}");
    }
}
