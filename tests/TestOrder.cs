using System.Reflection;
using Xunit.v3;

[assembly: Xunit.TestFramework(typeof(TestOrder))]

/// <summary>
/// The same mixed order on every machine. The framework orders collections, classes and cases by a hash that begins with the
/// folder the tests lie in; here it begins with the project's name. <c>RESEARCHHUB_ORDER</c>, any text, gives another order,
/// so a test that leans on what another left behind is found, and found again.
/// </summary>
internal sealed class TestOrder : XunitTestFramework
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(Assembly assembly) => new XunitTestFrameworkDiscoverer(Of(assembly));

    protected override ITestFrameworkExecutor CreateExecutor(Assembly assembly) => new XunitTestFrameworkExecutor(Of(assembly));

    private static XunitTestAssembly Of(Assembly assembly) =>
        new(assembly, uniqueID: $"{assembly.GetName().Name} {Environment.GetEnvironmentVariable("RESEARCHHUB_ORDER")}");
}
