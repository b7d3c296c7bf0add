using System.Text.Json;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Queries;
using Microsoft.Extensions.Configuration;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Queries;
using Xunit;

namespace Silos.Tests.Queries;

/// <summary>The switch by which audits draw thousands of answers, and that no deployment can have.</summary>
public class PriceQueryTests
{
    private static readonly Deployment Development = new("31337", "0x" + new string('0', 64), Address(1), Address(2), Address(3), Address(4), 0);
    private static readonly Schema Schema = Schema.Parse(Json("""{"privacyUnit":"id","attributes":{"age":{"type":"integer","lower":0,"upper":120} }}"""));
    private static readonly Query Query = Query.Parse(Json("""{"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}"""), Schema);

    /// <summary>Goal: fresh answers are free only where the switch is on, and questions that are not asked afresh never. Method: the price of both, without the switch, with false, and with true on the development chain.</summary>
    [Theory]
    [InlineData(null, 6_641_525, 6_641_525)]
    [InlineData("false", 6_641_525, 6_641_525)]
    [InlineData("true", 0, 6_641_525)]
    public void Fresh_answers_are_free_only_by_the_switch(string? value, ulong fresh, ulong other)
    {
        var price = PriceQueries.From(Settings(value), Development);
        Assert.Equal(new PrivacyLoss(fresh, 0), price(Signed(true), Query));
        Assert.Equal(new PrivacyLoss(other, 0), price(Signed(false), Query));
    }

    /// <summary>Goal: the switch cannot be turned on elsewhere, nor by half. Method: true on other chains, words that are neither true nor false.</summary>
    [Theory]
    [InlineData("1", "true")]
    [InlineData("31338", "TRUE")]
    [InlineData("031337", "true")]
    [InlineData("31337", "yes")]
    [InlineData("1", "1")]
    public void Elsewhere_the_switch_is_refused(string chain, string value)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => PriceQueries.From(Settings(value), Development with { ChainId = chain }));
        Assert.Contains("Queries:FreshWithoutCharge", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Goal: a silo with the switch on does not start on another chain. Method: the whole host, with a deployment of chain 1 and the switch; and without the switch it gets past that.</summary>
    [Fact]
    public void A_silo_on_another_chain_does_not_start_with_the_switch()
    {
        var folder = Directory.CreateTempSubdirectory("switch-");
        try
        {
            var file = Path.Combine(folder.FullName, "deployment.json");
            File.WriteAllText(file, JsonSerializer.Serialize(Development with { ChainId = "1" }, CanonicalJson.Options));
            string[] settings =
            [
                "--Ledger:Rpc=http://127.0.0.1:9", "--Ledger:Deployment=" + file, "--Ledger:Key=" + Path.Combine(folder.FullName, "log.jwk"), "--Ledger:Origin=researchhub.test/switch",
                "--Ledger:Account=" + Address(5), "--Silo:Name=Switch", "--Silo:Secrets=" + folder.FullName, "--ConnectionStrings:Silo=Data Source=" + Path.Combine(folder.FullName, "silo.db"),
            ];
            Assert.Contains("chain 1,", Assert.Throws<InvalidOperationException>(() => SiloHost.Configure([.. settings, "--Queries:FreshWithoutCharge=true"])).Message, StringComparison.Ordinal);
            Assert.NotNull(SiloHost.Configure(settings));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SignedQuery Signed(bool fresh) => new("31337", Address(1), Nonce.New(), Hash32.Random(), Hash32.Random(), "d", Hash32.Random(), Fresh: fresh);

    private static string Address(int number) => "0x" + number.ToString("x40", System.Globalization.CultureInfo.InvariantCulture);

    private static IConfiguration Settings(string? value) => new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Queries:FreshWithoutCharge", value)]).Build();

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
