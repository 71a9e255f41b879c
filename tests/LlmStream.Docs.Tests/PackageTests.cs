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
