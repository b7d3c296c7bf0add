using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

public sealed class SigningTests(Site site)
{
    /// <summary>Goal: the browser writes the same canonical bytes as the records' own code. Method: values with every kind of escape, non-ASCII member names, surrogate pairs, nesting and large integers through both.</summary>
    [Fact]
    public async Task The_browser_writes_the_same_canonical_bytes_as_the_records_do()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/");
        var value = JsonNode.Parse(
            """
            {"b":[1,-7,9007199254740991,true,false,null,{"z":"","a":"\u0000\u001f\"\\\/\b\f\n\r\t"}],"é":"ü","\ud83d\ude00":"\ud83d\ude00","a":{"B":1,"a":2,"ﬀ":"x"},"\u20ac":"euro","1":0}
            """)!.AsObject();
        var written = await page.EvaluateAsync<string>("async json => (await import('/canonical.js')).canonical(JSON.parse(json))", value.ToJsonString());
        Assert.Equal(System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(value)), written);
        await Assert.ThrowsAsync<Microsoft.Playwright.PlaywrightException>(() => page.EvaluateAsync<string>("async () => (await import('/canonical.js')).canonical({ a: 0.5 })"));
    }

    /// <summary>Goal: what the browser signs with a key file, the C# verifier opens, always with low s. Method: 64 votes signed in the page and opened; without low s each would fail with chance one half, so that all pass by chance in 1 of 2^64 runs.</summary>
    [Fact]
    public async Task A_record_signed_in_the_browser_is_opened_by_the_verifier()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/");
        using var key = SigningKey.Create();
        var vote = new Vote(FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract, Nonce.ForVote(), key.Id, "approve", Hash32.Of("subject"));
        var signed = await page.EvaluateAsync<string>(
            """
            async ({ body, file }) => {
              const { keyFrom, signed } = await import('/signing.js');
              const key = await keyFrom(file);
              return JSON.stringify(await Promise.all(Array.from({ length: 64 }, () => signed(JSON.parse(body), key))));
            }
            """,
            new { body = CanonicalJson.ToJson(vote).ToJsonString(), file = JsonSerializer.Serialize(key.ToJwk(), CanonicalJson.Options) });
        foreach (var record in CanonicalJson.Read<List<SignedRecord>>(JsonNode.Parse(signed)!))
        {
            var opened = record.Open<Vote>(FakeHub.Deployed);
            Assert.True(opened.Body == vote, opened.Reason);
            Assert.Equal(key.Id, opened.Signer);
        }
    }

    /// <summary>Goal: a session key signs under a delegation that the silo would take, and cannot be read out. Method: delegate in the page, sign a query with the session key, open both, and try to export the key.</summary>
    [Fact]
    public async Task A_session_key_signs_for_a_day_and_cannot_be_exported()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/");
        using var key = SigningKey.Create();
        var made = JsonNode.Parse(await page.EvaluateAsync<string>(
            """
            async ({ file, chainId, contract, id }) => {
              const signing = await import('/signing.js');
              const deployment = { chainId, contract };
              await signing.delegate(deployment, await signing.keyFrom(file));
              const session = await signing.sessionFor(deployment, [id]);
              const stranger = await signing.sessionFor(deployment, ['somebody-else']);
              let exported = true;
              try { await crypto.subtle.exportKey('jwk', session.secret); } catch { exported = false; }
              const body = { type: 'query', version: 1, chainId, contract, nonce: '', permit: id, silo: id, dataset: 'd', queryHash: id, output: 'statistics', fresh: false };
              return JSON.stringify({ exported, stranger: stranger !== null, delegation: session.delegation, query: await signing.signed(body, session) });
            }
            """,
            new { file = JsonSerializer.Serialize(key.ToJwk(), CanonicalJson.Options), chainId = FakeHub.Deployed.ChainId, contract = FakeHub.Deployed.Contract, id = key.Id.ToString() }))!;
        Assert.False(made["exported"]!.GetValue<bool>());
        Assert.False(made["stranger"]!.GetValue<bool>());
        var delegation = CanonicalJson.Read<SignedRecord>(made["delegation"]!).Open<Delegation>(FakeHub.Deployed);
        var query = CanonicalJson.Read<SignedRecord>(made["query"]!).Open<SignedQuery>(FakeHub.Deployed);
        Assert.Equal(key.Id, delegation.Signer);
        Assert.Equal(query.Signer, delegation.Body!.Session);
        Assert.True(Nonce.IsValid(query.Body!.Nonce));
        Assert.Equal(TimeSpan.FromDays(1), RecordTime.Read(delegation.Body.NotAfter)!.Value - RecordTime.Read(delegation.Body.NotBefore)!.Value);
    }

    /// <summary>Goal: the browser takes every true inclusion proof and no altered one. Method: all entries of a log of 37; the same with another entry, another neighbour hash, and one hash less.</summary>
    [Fact]
    public async Task The_browser_checks_inclusion_proofs_as_strictly_as_the_verifier()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/");
        var proven = JsonSerializer.Serialize(Enumerable.Range(0, SampleLog.Entries.Count).Select(SampleLog.Prove), JsonSerializerOptions.Web);
        var outcome = await page.EvaluateAsync<int[]>(
            """
            async json => {
              const { includes } = await import('/merkle.js');
              const all = JSON.parse(json), counts = [0, 0];
              for (const one of all) {
                counts[0] += await includes(one);
                const next = all[(one.entry.seq + 1) % all.length];
                counts[1] += await includes({ ...one, entry: { ...one.entry, kind: 'void' } });
                counts[1] += await includes({ ...one, entry: next.entry });
                counts[1] += await includes({ ...one, proof: one.proof.slice(1) });
                counts[1] += await includes({ ...one, proof: [...one.proof, one.proof[0]] });
                counts[1] += await includes({ ...one, proof: one.proof.map((hash, i) => i === 0 ? one.entry.salt : hash) });
              }
              return counts;
            }
            """,
            proven);
        Assert.Equal([SampleLog.Entries.Count, 0], outcome);
    }
}
