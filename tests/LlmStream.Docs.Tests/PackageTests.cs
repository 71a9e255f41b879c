using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Xml.Linq;

namespace LlmStream.Docs.Tests;

/// <summary>
/// What is in the packages. <c>.ci/run</c> packs them, and sets <c>LLMSTREAM_PACKAGES</c> to the folder.
/// </summary>
public class PackageTests
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("LLMSTREAM_PACKAGES");

    private static readonly string[] Libraries =
        ["LlmStream", "LlmStream.AspNetCore", "LlmStream.DependencyInjection", "LlmStream.Redis", "LlmStream.Relay", "LlmStream.Testing"];

    public static TheoryData<string> Packages => [.. Libraries, "LlmStream.Cli"];

    public static TheoryData<string> LibraryPackages => [.. Libraries];

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is(string id)
    {
        using ZipArchive package = Open(id, "nupkg");
        XElement metadata = XDocument.Load(package.Entries.Single(e => e.FullName == $"{id}.nuspec").Open()).Root!.Elements().First();
        string Value(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value ?? "";

        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.Equal("MIT", Value("license"));
        Assert.NotEmpty(Value("description"));
        Assert.StartsWith("http", Value("projectUrl"), StringComparison.Ordinal);
        Assert.EndsWith("CHANGELOG.md", Value("releaseNotes"), StringComparison.Ordinal);
        string[] tags = Value("tags").Split(' ');
        Assert.All(
            ["openai", "anthropic", "claude", "gemini", "ollama", "deepseek", "qwen", "ichatclient", "sse", "llm", "streaming"],
            tag => Assert.Contains(tag, tags));
        XElement repository = metadata.Elements().Single(e => e.Name.LocalName == "repository");
        Assert.NotEmpty((string?)repository.Attribute("url") ?? "");
        Assert.NotNull(package.GetEntry("icon.png"));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Links_of_a_README_are_absolute(string id)
    {
        using ZipArchive package = Open(id, "nupkg");
        using var reader = new StreamReader(package.GetEntry("README.md")!.Open());
        string text = reader.ReadToEnd();

        Assert.Contains("](http", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\]\((?!https?:)", text);
        Assert.Equal(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Docs", "src", id, "README.md")).Count(), text.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [MemberData(nameof(LibraryPackages))]
    public void A_library_has_docs_and_symbols_without_paths_of_a_machine(string id)
    {
        using ZipArchive package = Open(id, "nupkg");
        using ZipArchive symbols = Open(id, "snupkg");
        string[] libraries = [.. package.Entries.Select(e => e.FullName).Where(name => name.EndsWith($"/{id}.dll", StringComparison.Ordinal))];

        Assert.Contains($"lib/net8.0/{id}.dll", libraries);
        Assert.Contains($"lib/net10.0/{id}.dll", libraries);
        foreach (string library in libraries)
        {
            Assert.NotNull(package.GetEntry(Path.ChangeExtension(library, ".xml")));
            Assert.All(SourcesOf(symbols.GetEntry(Path.ChangeExtension(library, ".pdb"))!), path => Assert.StartsWith("/_", path, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_core_package_is_for_NET_Standard_too()
    {
        using ZipArchive package = Open("LlmStream", "nupkg");
        Assert.NotNull(package.GetEntry("lib/netstandard2.0/LlmStream.dll"));

        XElement nuspec = XDocument.Load(package.Entries.Single(e => e.FullName == "LlmStream.nuspec").Open()).Root!;
        Dictionary<string, string[]> dependencies = nuspec.Descendants().Where(e => e.Name.LocalName == "group").ToDictionary(
            group => (string)group.Attribute("targetFramework")!,
            group => group.Elements().Select(e => (string)e.Attribute("id")!).Order(StringComparer.Ordinal).ToArray());
        string[] all = ["Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Polly.Core", "System.IO.Hashing"];
        string[] beforeNet10 = [.. all, "System.Net.ServerSentEvents"];
        Assert.Equal([".NETStandard2.0", "net10.0", "net8.0"], dependencies.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(beforeNet10, dependencies["net8.0"]);
        Assert.Equal(all, dependencies["net10.0"]);
        Assert.Subset(dependencies[".NETStandard2.0"].ToHashSet(), beforeNet10.ToHashSet());
        Assert.DoesNotContain("PolySharp", dependencies[".NETStandard2.0"]); // it only generates code
    }

    /// <summary>Compiles an application, or a library, that uses the core package.</summary>
    [Theory(Explicit = true)] // half a minute
    [InlineData("net10.0")]
    [InlineData("net8.0")]
    [InlineData("net48")]
    [InlineData("net462")]
    [InlineData("netstandard2.0")]
    public async Task The_core_package_can_be_used_on(string framework)
    {
        Assert.SkipWhen(Folder is null, "LLMSTREAM_PACKAGES is not set.");
        string version = Path.GetFileNameWithoutExtension(Directory.GetFiles(Folder!, "LlmStream.*.nupkg")
            .Single(f => char.IsAsciiDigit(Path.GetFileName(f)["LlmStream.".Length])))["LlmStream.".Length..];
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Consumer.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>{framework}</TargetFramework>
                    <LangVersion>latest</LangVersion>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                    <NuGetAudit>false</NuGetAudit>
                    <!-- Not into the folder of all packages, where a later build of this version would not replace it. -->
                    <RestorePackagesPath>packages</RestorePackagesPath>
                    <RestoreFallbackFolders>{NuGetFolder()}</RestoreFallbackFolders>
                    <RestoreAdditionalProjectSources>{Folder}</RestoreAdditionalProjectSources>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="LlmStream" Version="{version}" />
                    <PackageReference Include="Microsoft.NETFramework.ReferenceAssemblies" Version="1.0.3" PrivateAssets="all" />
                  </ItemGroup>
                </Project>
                """);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Consumer.cs"), """
                using System;
                using System.Threading;
                using System.Threading.Tasks;
                using LlmStream;
                using Microsoft.Extensions.AI;

                public static class Consumer
                {
                    public static async Task<string> AskAsync(Uri address, string key, CancellationToken cancellationToken)
                    {
                        using var client = new LlmStreamClient(LlmProvider.CreateOpenAICompatible(address), key);
                        string text = "";
                        try
                        {
                            await foreach (ChatDelta delta in client.StreamAsync("Why?", cancellationToken: cancellationToken))
                                text = text.Substring(0, delta.TextOffset) + delta.Text;
                        }
                        catch (ChatStreamException exception)
                        {
                            return exception.Partial.Text;
                        }

                        IChatClient chat = client.AsIChatClient();
                        return text + (await chat.GetResponseAsync("Why?", cancellationToken: cancellationToken)).Text;
                    }
                }
                """);
            var start = new ProcessStartInfo("dotnet", ["build", "--configuration", "Release", "--nologo"])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
            };
            using Process build = Process.Start(start)!;
            string output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await build.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(build.ExitCode == 0, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string NuGetFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static ZipArchive Open(string id, string extension)
    {
        Assert.SkipWhen(Folder is null, "LLMSTREAM_PACKAGES is not set.");
        string file = Assert.Single(Directory.GetFiles(Folder!, $"{id}.*.{extension}"), f => char.IsAsciiDigit(Path.GetFileName(f)[id.Length + 1]));
        return ZipFile.OpenRead(file);
    }

    private static List<string> SourcesOf(ZipArchiveEntry pdb)
    {
        var buffer = new MemoryStream();
        using (Stream stream = pdb.Open()) stream.CopyTo(buffer);
        buffer.Position = 0;
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(buffer);
        MetadataReader reader = provider.GetMetadataReader();
        return [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
    }
}
