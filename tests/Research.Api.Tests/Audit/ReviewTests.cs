using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Story;
using Xunit;

namespace Research.Api.Tests.Audit;

[Collection("hub")]
public sealed class ReviewTests(HubFixture hub)
{
    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Goal: the board reviews by project, time and outcome (E3). Method: three lines in a silo's log under one permit; each filter finds exactly its lines, in pages of one.</summary>
    [Fact]
    public async Task The_board_filters_the_log_by_project_time_and_outcome()
    {
        hub.Require();
        var application = await hub.ApprovedAsync();
        var permit = Hash32.Parse(application.Permit!);
        hub.First.Append(EntryKind.Query, Noon, permit, Charge.Of(6_641_525, 0));
        hub.First.Append(EntryKind.Denial, Noon.AddMinutes(1), permit);
        hub.First.Append(EntryKind.Redelivery, Noon.AddMinutes(2), permit);
        var board = hub.Of(Role.CommitteeMember);
        var filter = $"{HubRoutes.AuditEntries}?log={hub.First.Register}&permit={permit}";

        var all = await board.GetAsync<AuditPage>(filter);
        Assert.Equal(["redelivered", "refused", "answered"], all.Lines.Select(line => line.Outcome));
        Assert.All(all.Lines, line => Assert.Equal((application.Id, application.Form.Title, "North Hospital"), (line.Application!, line.Project!, line.LogName)));
        Assert.Equal("6641525", all.Lines[2].Rho);
        Assert.Single((await board.GetAsync<AuditPage>(filter + "&outcome=refused")).Lines);
        Assert.Equal(2, (await board.GetAsync<AuditPage>(filter + "&since=2031-05-01T12:01:00.000Z")).Lines.Count);

        var first = await board.GetAsync<AuditPage>(filter + "&count=1");
        var second = await board.GetAsync<AuditPage>(filter + "&count=1&after=" + Uri.EscapeDataString(first.Next!));
        Assert.Equal(all.Lines[1], Assert.Single(second.Lines));
    }

    /// <summary>
    /// Goal: the board reviews by project, person, time and outcome, newest first, and both exports are just the lines that the page shows (E3, O8). Method: a researcher's question and refusal and a stranger's refusal in a hospital's log; under
    /// each filter the page's lines are those expected, and so are the CSV's and the AuditEvents', in the same order.
    /// </summary>
    [Fact]
    public async Task Exports_are_the_lines_that_the_page_shows()
    {
        hub.Require();
        var application = await hub.ApprovedAsync();
        var permit = Hash32.Parse(application.Permit!);
        var key = CanonicalJson.Read<Permit>(System.Text.Json.Nodes.JsonNode.Parse((await hub.Of(Role.Chair).GetAsync<PermitView>($"{HubRoutes.Permits}/{permit}")).Permit.GetRawText())!).People[0].Key;
        hub.First.Append(EntryKind.Query, Noon.AddDays(1), permit, Charge.Of(6_641_525, 0), key);
        hub.First.Append(EntryKind.Denial, Noon.AddDays(2), permit, actor: key);
        hub.First.Append(EntryKind.Denial, Noon.AddDays(3), permit);
        var name = (await hub.Of(Role.Researcher).GetAsync<AccountView>(HubRoutes.Me)).Name;
        var board = hub.Of(Role.Chair);
        var mine = $"permit={permit}&log={hub.First.Register}";
        var (title, part) = (Uri.EscapeDataString(application.Form.Title!.ToUpperInvariant()), Uri.EscapeDataString(name[..4].ToUpperInvariant()));
        foreach (var (filter, expected) in new[]
        {
            ("", "refused refused answered"), ($"&person={key}", "refused answered"), ($"&person={part}", "refused answered"), ("&person=%25", ""), ($"&project={title}", "refused refused answered"), ("&project=no+such", ""),
            ("&outcome=refused", "refused refused"), ("&outcome=answered", "answered"), ($"&outcome=refused&person={key}", "refused"), ("&since=2031-05-03T12:00:00.000Z", "refused refused"), ("&until=2031-05-03T12:00:00.000Z", "answered"),
        })
        {
            var page = (await board.GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?{mine}{filter}")).Lines;
            Assert.True(expected == string.Join(' ', page.Select(line => line.Outcome)), $"{filter}: {string.Join(' ', page.Select(line => line.Outcome))}");
            var csv = await board.Http.GetStringAsync($"{HubRoutes.AuditExport}?format=csv&{mine}{filter}");
            Assert.Equal(page.Select(line => $"{line.Log},{line.LogName},{line.Seq}"), csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(row => string.Join(',', row.TrimStart('\'').Split(',').Take(3))));
            using var bundle = JsonDocument.Parse(await board.Http.GetStringAsync($"{HubRoutes.AuditExport}?{mine}{filter}"));
            Assert.Equal(page.Select(line => $"urn:researchhub:entry:{line.Log}:{line.Seq}"), bundle.RootElement.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("fullUrl").GetString()));
        }

        Assert.Equal([null, name, name], (await board.GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?{mine}")).Lines.Select(line => line.Person));
    }

    /// <summary>Goal: a row that somebody deleted shows as a gap (E3). Method: delete one copied row by SQL, look at the page.</summary>
    [Fact]
    public async Task A_deleted_row_shows_as_a_gap()
    {
        hub.Require();
        var first = hub.Second.Append(EntryKind.Query, Noon, Hash32.Random());
        var second = hub.Second.Append(EntryKind.Query, Noon, Hash32.Random());
        hub.Second.Append(EntryKind.Query, Noon, Hash32.Random());
        var log = hub.Second.Register.ToString();
        Assert.DoesNotContain((await hub.Of(Role.Chair).GetAsync<AuditPage>(HubRoutes.AuditEntries + "?log=" + log)).Gaps, gap => gap.Log == log);
        await hub.Services.GetRequiredService<Database>().WriteAsync("followed", within =>
            within.Connection!.ExecuteAsync("DELETE FROM followed_entries WHERE log = @log AND seq = @seq", new { log, seq = second.Seq }, within));
        var page = await hub.Of(Role.Chair).GetAsync<AuditPage>(HubRoutes.AuditEntries + "?log=" + log);
        Assert.Contains(new LogGap(log, second.Seq, second.Seq), page.Gaps);
        Assert.True(first.Seq < second.Seq);
    }

    /// <summary>Goal: an auditor reads all and changes nothing, and each read is an entry (E11). Method: every write route answers her 403; every route that lets her read answers, and each adds one entry of kind audit-read.</summary>
    [Fact]
    public async Task An_auditor_changes_nothing_and_each_read_is_an_entry()
    {
        var auditor = hub.Of(Role.Auditor);
        foreach (var route in hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(route => route.Metadata.GetMetadata<RouteRoles>()!.Allowed.Count > 0))
        {
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Where(method => method != "GET"))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), "/" + route.RoutePattern.RawText!.TrimStart('/').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal));
                Assert.Equal(HttpStatusCode.Forbidden, (await auditor.Http.SendAsync(request)).StatusCode);
            }
        }

        var reads = hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<RouteRoles>()!.Allowed.Contains(Role.Auditor) && route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains("GET"))
            .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/')).Distinct().ToList();
        var start = await Reads();
        foreach (var route in reads)
        {
            var path = System.Text.RegularExpressions.Regex.Replace(route, "{[^}]+}", "1");
            var status = (int)(await auditor.Http.GetAsync(path)).StatusCode;
            Assert.True(status is 200 or 400 or 404 or 409 or 422, $"{path} answered {status}");
        }

        Assert.True(reads.Count > 10, "hardly any route lets an auditor read");
        Assert.Equal(start + reads.Count, await Reads());

        async Task<int> Reads() => (await hub.Of(Role.Chair).GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?kind={EntryKind.AuditRead}&count=1000")).Lines.Count;
        var before = await Reads();
        await auditor.GetAsync<ApplicationPage>(HubRoutes.Applications);
        await auditor.GetAsync<AuditPage>(HubRoutes.AuditEntries);
        Assert.Equal(before + 2, await Reads());
    }

    /// <summary>Goal: other systems can take the log over (O8). Method: export permits and denials as BALP AuditEvents; every element of the committed table is there; the denial says so.</summary>
    [Fact]
    public async Task The_export_has_every_required_element()
    {
        hub.Require();
        var permit = Hash32.Parse((await hub.ApprovedAsync()).Permit!);
        hub.First.Append(EntryKind.Query, Noon, permit, Charge.Of(1, 0));
        hub.First.Append(EntryKind.Denial, Noon, permit);
        var required = File.ReadLines(Path.Combine(Repository.Root, "Research.Api/Audit/balp-elements.csv")).Skip(1).Select(line => line.Split(',')[0]).ToList();
        using var bundle = JsonDocument.Parse(await (await hub.Of(Role.Chair).Http.GetAsync($"{HubRoutes.AuditExport}?permit={permit}")).Content.ReadAsStringAsync());
        var events = bundle.RootElement.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")).ToList();
        Assert.Contains(events, audit => audit.GetProperty("outcome").GetString() == "4");
        foreach (var audit in events)
        {
            Assert.All(required, path => Assert.True(Has(audit, path.Split('.')), $"{path} is missing in {audit}"));
        }

        var csv = await (await hub.Of(Role.Chair).Http.GetAsync($"{HubRoutes.AuditExport}?permit={permit}&format=csv")).Content.ReadAsStringAsync();
        Assert.Equal(events.Count + 1, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static bool Has(JsonElement element, ReadOnlySpan<string> path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                if (!Has(item, path))
                {
                    return false;
                }
            }

            return element.GetArrayLength() > 0;
        }

        return path.IsEmpty || (element.TryGetProperty(path[0], out var child) && Has(child, path[1..]));
    }
}
