using System.Text;
using System.Text.Json;
using Research.Api.Outbox;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Permits;

/// <summary>Brings a permit document to a silo that it names. The silo believes the chain, not us: the document only opens the hash that stands there.</summary>
internal sealed class DeliverPermit(PermitStore permits, SiloDirectory silos)
{
    public const string Kind = "deliver-permit";

    /// <summary>What the outbox keeps.</summary>
    internal sealed record Parcel(string Permit, string Silo);

    public static string Subject(string permit) => "permit/" + permit;

    public static string Body(string permit, string silo) => JsonSerializer.Serialize(new Parcel(permit, silo));

    public async Task<string?> DeliverAsync(Message message, CancellationToken cancel)
    {
        var parcel = JsonSerializer.Deserialize<Parcel>(message.Body)!;
        if (await permits.FindAsync(parcel.Permit) is not { } permit)
        {
            return $"permit {parcel.Permit} is unknown";
        }

        if (await silos.FindAsync(Hash32.Parse(parcel.Silo), cancel) is not { } silo)
        {
            return $"no reachable silo has register {parcel.Silo}";
        }

        var answer = await silo.PutAsync($"{SiloRoutes.Permits}/{permit.Id}", Encoding.UTF8.GetBytes(permit.Document), cancel);
        if (answer.Status is not (>= 200 and < 300))
        {
            return $"the silo answered {answer.Status}";
        }

        await permits.MarkDeliveredAsync(parcel.Permit, parcel.Silo);
        return null;
    }
}
