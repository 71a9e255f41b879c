using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LlmStream.Docs.Tests;

/// <summary>What the READMEs promise: that their code compiles as it is pasted, their links lead somewhere, and no failure is left out.</summary>
public partial class ReadmeTests
{
    private const string Main = "README.md";

    private static readonly Dictionary<string, string> Readmes = Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Docs"), "README*.md", SearchOption.AllDirectories)
        .ToDictionary(
            file => Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "Docs"), file).Replace('\\', '/'),
            file => File.ReadAllText(file).ReplaceLineEndings("\n"),
            StringComparer.Ordinal);

    private static readonly string Readme = Readmes[Main];

    // What the files of every project have, without a line of their own.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("LlmStream.Docs", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string, int, string> Snippets
    {
        get
        {
            var snippets = new TheoryData<string, int, string>();
            // The snippets of a translation are the same: TranslationTests.
            foreach ((string file, string text) in Readmes.Where(readme => Path.GetFileName(readme.Key) == Main))
            {
                foreach (Match match in Fence().Matches(text))
                    snippets.Add(file, text.AsSpan(0, match.Index).Count('\n') + 2, match.Groups["code"].Value);
            }

            return snippets;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_compiles_as_a_program(string file, int line, string code)
    {
        string[] errors = [.. Compile(code).Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString())];

        Assert.True(errors.Length == 0, $"{file}, line {line}: {string.Join('\n', errors)}");
    }

    [Theory]
    [InlineData(Main)]
    [InlineData("src/LlmStream.Testing/README.md")]
    public async Task The_snippet_with_a_scripted_server_does_what_it_says(string file)
    {
        string code = Assert.Single(
            Fence().Matches(Readmes[file]).Select(match => match.Groups["code"].Value), code => code.Contains("ScriptedLlmServer", StringComparison.Ordinal));
        Assert.Contains(".ResetAt(", code, StringComparison.Ordinal);
        using var program = new DocumentationProgram($"Scripted{file.Length}", code);

        Assert.Equal("The sky is blue.\n", await program.RunAsync("", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_library_has_a_README_with_code() => Assert.All(
        ["LlmStream", "LlmStream.AspNetCore", "LlmStream.DependencyInjection", "LlmStream.Redis", "LlmStream.Relay", "LlmStream.Testing"],
        package => Assert.Contains(Snippets, row => row.Data.Item1 == $"src/{package}/README.md"));

    [Fact]
    public void A_snippet_that_is_wrong_does_not_compile() =>
        Assert.Contains(Compile("ChatDelta delta = LlmStream.NoSuchThing();"), d => d.Severity == DiagnosticSeverity.Error);

    [Fact]
    public void Every_failure_is_told()
    {
        string[] missing = [.. Enum.GetNames<ChatStreamError>().Where(name => !Readme.Contains($"| `{name}` |", StringComparison.Ordinal))];

        Assert.True(missing.Length == 0, $"Not in README.md's table of failures: {string.Join(", ", missing)}");
    }

    [Fact]
    public void Every_dialect_is_told() => Assert.All(ChatDialect.All, dialect => Assert.Contains($"`{dialect}`", Readme, StringComparison.Ordinal));

    [Fact]
    public void What_is_named_exists()
    {
        string root = RootOfClone();

        string[] paths = [.. PathOrLink().Matches(Readme).Select(match => match.Groups["path"].Value)];

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(root, path)), $"README.md names {path}, which does not exist."));
    }

    [Fact]
    public void Links_of_all_READMEs_lead_somewhere()
    {
        string root = RootOfClone();

        foreach ((string file, string text) in Readmes)
        {
            foreach (Match match in Link().Matches(text))
            {
                string path = Path.Combine(root, Path.GetDirectoryName(file)!, match.Groups["path"].Value);
                string target = match.Groups["path"].Length == 0 ? text : Path.Exists(path) ? "" : throw new FileNotFoundException(file, path);
                if (match.Groups["anchor"].Value is not { Length: > 0 } anchor) continue;
                if (target.Length == 0) target = File.ReadAllText(path);
                Assert.True(
                    Heading().Matches(target).Any(heading => AnchorOf(heading.Groups["title"].Value) == anchor),
                    $"{file} links to #{anchor}, which does not exist.");
            }
        }
    }

    private static string RootOfClone()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "LlmStream.sln"))) root = Path.GetDirectoryName(root);
        Assert.SkipWhen(root is null, "The tests are not run from a clone.");
        return root!;
    }

    // As GitHub makes it.
    private static string AnchorOf(string title) => NotOfAnchor().Replace(title.ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>Writes a program as a file that <c>dotnet exec</c> runs.</summary>
    internal static void Emit(string code, string file)
    {
        var result = CreateCompilation(code, Path.GetFileNameWithoutExtension(file)).Emit(file);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
    }

    private static IEnumerable<Diagnostic> Compile(string code) => CreateCompilation(code, "Snippet").GetDiagnostics();

    private static CSharpCompilation CreateCompilation(string code, string name)
    {
        CSharpParseOptions parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        SyntaxTree[] trees = [CSharpSyntaxTree.ParseText(ImplicitUsings, parsing), CSharpSyntaxTree.ParseText(code, parsing)];
        var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable);
        return CSharpCompilation.Create(name, trees, References, options);
    }

    [GeneratedRegex("""^```csharp\n(?<code>.*?)^```$""", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();

    // What stands in the table of places, in a link, or behind "inspect" in a command.
    [GeneratedRegex("""(^\| `(?<path>[\w.]+/[^` ]*)` \|)|(\]\((?<path>(?!https?:)[^)#]+)\))|((--project|inspect) (?<path>[\w./-]+/[\w./-]+))""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PathOrLink();

    [GeneratedRegex("""\]\((?!https?:)(?<path>[^)#]*)(#(?<anchor>[^)]*))?\)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("""^#+ (?<title>.*)$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("""[^\p{L}\p{N} _-]""", RegexOptions.None, 1000)]
    private static partial Regex NotOfAnchor();
}
