using System.Security.Claims;
using Research.Api.Protocol;

namespace Research.Web.Components.Layout;

/// <summary>The pages that lie in reach of a person's roles. What she may do there, the hub decides.</summary>
internal static class MenuOf
{
    private static readonly (string Path, string Text, string[] Roles)[] All =
    [
        ("/catalogue", "menu.catalogue", []),
        ("/dashboards", "menu.dashboards", []),
        ("/my-data", "menu.my-data", [Role.Patient]),
        ("/applications", "menu.applications", [Role.Researcher, Role.SigningOfficial]),
        ("/hospital", "menu.hospital", [Role.Custodian]),
        ("/loads", "menu.loads", [Role.Custodian]),
        ("/committee", "menu.committee", [Role.CommitteeMember, Role.Chair]),
        ("/ask", "menu.ask", [Role.Researcher]),
        ("/extracts", "menu.extracts", [Role.Researcher, Role.OutputChecker]),
        ("/permits", "menu.permits", [Role.Researcher, Role.CommitteeMember, Role.Chair, Role.OutputChecker, Role.Custodian, Role.Auditor]),
        ("/audit", "menu.audit", [Role.CommitteeMember, Role.Chair, Role.Auditor]),
        ("/register", "menu.register", []),
        ("/ledger", "menu.ledger", []),
    ];

    /// <summary>Paths and text keys, in the order of the menu.</summary>
    public static IEnumerable<(string Path, string Text)> Person(ClaimsPrincipal person) =>
        All.Where(page => page.Roles.Length == 0 || page.Roles.Any(person.IsInRole)).Select(page => (page.Path, page.Text));
}
