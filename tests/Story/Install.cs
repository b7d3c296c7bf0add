namespace Story;

/// <summary>Installs, where the system's package manager can, the real parts that tests start: Chromium and PostgreSQL.</summary>
public static class Install
{
    public static async Task ForTestsAsync(Action<string> print)
    {
        List<string> missing = [];
        if (!File.Exists("/usr/bin/chromium") && Children.OnPath("chromium") is null && Environment.GetEnvironmentVariable("RESEARCHHUB_CHROMIUM") is null)
        {
            missing.Add("chromium");
        }

        if (!Directory.Exists("/usr/lib/postgresql") && Children.OnPath("initdb") is null && Environment.GetEnvironmentVariable("RESEARCHHUB_PG_BIN") is null)
        {
            missing.Add("postgresql");
        }

        if (missing.Count == 0)
        {
            return;
        }

        if (Children.OnPath("apt-get") is not { } apt || Environment.UserName != "root")
        {
            print($"not installed: {string.Join(", ", missing)}; the tests that need them are skipped (apt-get install {string.Join(' ', missing)})");
            return;
        }

        print($"apt-get install {string.Join(' ', missing)}");
        var quiet = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        await Build.RunAsync(apt, "/", quiet, "update", "-qq");
        await Build.RunAsync(apt, "/", quiet, ["install", "-y", "-qq", "--no-install-recommends", .. missing]);
    }
}
