using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The guide for clients (Research.Api/Clients), run as it stands.</summary>
[Collection("stack")]
public class ClientTests(RunningStack running)
{
    /// <summary>
    /// Goal: a researcher with a shell or with Python, and openssl, can do what our own programs do. Method: her key as PEM and a personal access token; each program prints the key's public part, asks a
    /// question of its own, and its answer verifies; then it asks the other's question and gets that answer, redelivered at no charge.
    /// </summary>
    [Fact]
    public async Task The_programs_of_the_guide_ask_and_their_answers_verify()
    {
        var permit = await running.PermitAsync();
        var file = running.Options.In("keys", "researcher.pem");
        await File.WriteAllTextAsync(file, Pem(running.Options.In("keys", "researcher.jwk")));
        var token = await running.Researcher.Hub.PostAsync<NewAccessToken>(HubRoutes.AccessTokens, new AccessTokenRequest("guide", ["read", "query"], 1));
        var environment = new Dictionary<string, string>
        {
            ["HUB"] = running.Stack.HubUrl.ToString().TrimEnd('/'), ["TOKEN"] = token.Token, ["KEY"] = file, ["PERMIT"] = permit, ["SILO"] = running.Dataset.Silo, ["DATASET"] = running.Dataset.Dataset,
        };
        const string Other = """{"where":[{"attribute":"age","below":90}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
        var spent = 0UL;
        foreach (var (program, script, query) in new[] { ("bash", "ask.sh", RunningStack.Count), ("python3", "ask.py", Other) })
        {
            var key = await RunAsync(program, script, "key", environment, "");
            var printed = PublicKey.From(JsonSerializer.Deserialize<Jwk>(key, CanonicalJson.Options)!);
            Assert.Equal(running.Researcher.Key.Id, printed.Id);
            var answer = await RunAsync(program, script, "ask", environment, query);
            var saved = file + ".answer.json";
            await File.WriteAllTextAsync(saved, answer.TrimEnd('\n'));
            var (code, output) = await Programs.VerifyAsync("receipt", saved, "--rpc", running.Stack.ChainUrl.ToString());
            Assert.True(code == 0, output + answer);
            spent += ulong.Parse(JsonDocument.Parse(answer).RootElement.GetProperty("charged").GetProperty("rho").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        }

        await RunAsync("python3", "ask.py", "ask", environment, RunningStack.Count);
        Assert.Equal(spent, await running.SpentAsync(permit));
    }

    private static string Pem(string keyFile)
    {
        var jwk = JsonSerializer.Deserialize<Jwk>(File.ReadAllText(keyFile), CanonicalJson.Options)!;
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, D = Base64Text.Decode(jwk.D!), Q = new ECPoint { X = Base64Text.Decode(jwk.X), Y = Base64Text.Decode(jwk.Y) },
        });
        return key.ExportECPrivateKeyPem();
    }

    private static async Task<string> RunAsync(string program, string script, string verb, IReadOnlyDictionary<string, string> environment, string input)
    {
        if (Children.OnPath(program) is null || Children.OnPath("openssl") is null || Children.OnPath("curl") is null)
        {
            var missing = $"{program}, openssl and curl are needed on PATH";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", missing);
            Assert.Fail(missing);
        }

        var info = new ProcessStartInfo(program, [Path.Combine(Repository.Root, "Research.Api", "Clients", script), verb]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
        {
            info.Environment[key] = value;
        }

        using var process = Children.Start(info);
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{script} {verb} ended with {process.ExitCode}: {output}{await errors}");
        return output;
    }
}
