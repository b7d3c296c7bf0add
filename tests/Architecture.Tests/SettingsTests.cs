using System.Text.RegularExpressions;
using Xunit;

namespace Architecture.Tests;

/// <summary>The settings that the deployment's files name are those that the programs read, and the reverse.</summary>
public partial class SettingsTests
{
    /// <summary>Settings for tests alone (they are refused on any other chain), which no deployment names.</summary>
    private static readonly string[] ForTests = ["Steps:Kill", "Steps:Hold", "Steps:Release", "Queries:FreshWithoutCharge"];

    /// <summary>Goal: an operator who follows the files sets nothing in vain and misses nothing. Method: per program, compare the names in its file of settings with its options, bound sections and literal keys in the sources.</summary>
    [Theory]
    [InlineData("silo.env", "Silos/", "Silos/Protocol/|Silos/Ledger/|Silos/Verifier/|Silos/Witness/")]
    [InlineData("hub.env", "Research.Api/", "Research.Api/Protocol/|Research.Api/StripeDouble/")]
    [InlineData("web.env", "Research.Web/", "none")]
    [InlineData("witness.env", "Silos/Witness/", "none")]
    public void A_programs_settings_are_those_that_its_file_names(string file, string folder, string except)
    {
        var sources = Tree.Files("*.cs").Where(path => Relative(path) is var name && name.StartsWith(folder, StringComparison.Ordinal) && !except.Split('|').Any(part => name.StartsWith(part, StringComparison.Ordinal)))
            .ToDictionary(Relative, File.ReadAllText);
        var read = sources.Values.SelectMany(text => Read(text, sources.Values)).Except(ForTests).ToHashSet();
        var named = Named(Path.Combine(Tree.Root, "Silos/Deployment/settings", file));

        Assert.NotEmpty(read);
        var (inVain, missing) = (named.Where(name => !read.Any(key => Is(name, key))).ToList(), read.Where(key => !named.Any(name => Is(name, key))).ToList());
        Assert.Empty(inVain);
        Assert.Empty(missing);
    }

    /// <summary>Goal: a unit or a container starts a program that is built, with a file of settings that is there. Method: the names in units and compose file.</summary>
    [Fact]
    public void Units_and_containers_name_programs_and_settings_that_exist()
    {
        var folder = Path.Combine(Tree.Root, "Silos/Deployment");
        foreach (var text in Directory.GetFiles(Path.Combine(folder, "systemd")).Append(Path.Combine(folder, "compose.yaml")).Select(File.ReadAllText))
        {
            Assert.All(Program().Matches(text), match =>
            {
                var project = Assert.Single(Tree.Files(match.Groups["project"].Value + ".csproj"));
                var assembly = AssemblyName().Match(File.ReadAllText(project)) is { Success: true } named ? named.Groups[1].Value : match.Groups["project"].Value;
                Assert.Equal(match.Groups["dll"].Value, assembly);
            });
            Assert.All(Settings().Matches(text), match => Assert.True(File.Exists(Path.Combine(folder, "settings", match.Groups[1].Value)), match.Value));
        }
    }

    /// <summary>Names of the settings in a file, commented out or not, without the positions in lists.</summary>
    private static List<string> Named(string file) =>
        [.. Line().Matches(File.ReadAllText(file)).Select(match => string.Join(':', match.Groups[1].Value.Split("__").Where(part => !int.TryParse(part, out _))))];

    private static IEnumerable<string> Read(string text, IEnumerable<string> program)
    {
        foreach (Match match in Bound().Matches(text))
        {
            var section = match.Groups["section"].Value;
            var type = match.Groups["type"].Value;
            var declared = program.FirstOrDefault(other => other.Contains("class " + type, StringComparison.Ordinal))
                ?? File.ReadAllText(Tree.Files(type + ".cs").Single());
            var body = declared[declared.IndexOf("class " + type, StringComparison.Ordinal)..];
            body = body[..body.IndexOf("\n}", StringComparison.Ordinal)];
            foreach (Match property in Property().Matches(body))
            {
                yield return $"{section}:{property.Groups[1].Value}";
            }
        }

        foreach (Match match in Literal().Matches(text))
        {
            yield return match.Groups[1].Value;
        }

        foreach (Match match in ConnectionString().Matches(text))
        {
            yield return "ConnectionStrings:" + match.Groups[1].Value;
        }

        if (text.Contains("""Configuration["State"]""", StringComparison.Ordinal))
        {
            yield return "State";
        }

        if (text.Contains("new SiloSetting([section[", StringComparison.Ordinal))
        {
            yield return "Silos:Url";
            yield return "Silos:Name";
            yield return "Silos:Institution";
            yield return "Silos:Beside";
        }
    }

    /// <summary>Whether the name is the setting, or an item of it.</summary>
    private static bool Is(string name, string key) => name == key || name.StartsWith(key + ":", StringComparison.Ordinal);

    private static string Relative(string file) => Path.GetRelativePath(Tree.Root, file).Replace('\\', '/');

    [GeneratedRegex("""GetSection\("(?<section>[^"]+)"\)\.Get<(?:List<)?(?<type>\w+)|AddOptions<(?<type>\w+)>\(\)\.Bind(?:Configuration)?\([^"]*"(?<section>[^"]+)"|GetSection\("(?<section>[^"]+)"\);(?:.|\n)*?section\.Get<(?<type>\w+)>""")]
    private static partial Regex Bound();

    [GeneratedRegex(@"public (?:required )?[\w<>?,. ]+ (\w+) \{ get; init; \}")]
    private static partial Regex Property();

    [GeneratedRegex("""(?:onfiguration\[|GetValue(?:<\w+>)?\(|const string Url = )"([A-Z]\w+:\w+)["]""")]
    private static partial Regex Literal();

    [GeneratedRegex("""GetConnectionString\("(\w+)"\)""")]
    private static partial Regex ConnectionString();

    [GeneratedRegex(@"^#?([A-Za-z]+(?:__\w+)*)=", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("<AssemblyName>(.+?)</AssemblyName>")]
    private static partial Regex AssemblyName();

    [GeneratedRegex(@"/opt/researchhub/(?<project>[\w.]+)/(?<dll>[\w.]+)\.dll")]
    private static partial Regex Program();

    [GeneratedRegex(@"/etc/researchhub/([a-z]+\.env)")]
    private static partial Regex Settings();
}
