using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LlmStream.Docs.Tests;

/// <summary>What the README promises: that its code compiles, its links lead somewhere, and no failure is left out.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md")).ReplaceLineEndings("\n");

    // What every file of an ordinary project has before its first line.
    private const string ImplicitUsings = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Net.Http;
        using System.Threading;
        using System.Threading.Tasks;

        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("LlmStream.Docs", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<int, string> Snippets
    {
        get
        {
            var snippets = new TheoryData<int, string>();
            foreach (Match match in Fence().Matches(Readme)) snippets.Add(Readme.AsSpan(0, match.Index).Count('\n') + 2, match.Groups["code"].Value);
            return snippets;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_compiles(int line, string code)
    {
        string[] errors = [.. Compile(code).Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString())];

        Assert.True(errors.Length == 0, $"README.md, line {line}: {string.Join('\n', errors)}");
    }

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
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "LlmStream.sln"))) root = Path.GetDirectoryName(root);
        Assert.SkipWhen(root is null, "The tests are not run from a clone.");

        string[] paths = [.. PathOrLink().Matches(Readme).Select(match => match.Groups["path"].Value)];

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(root, path)), $"README.md names {path}, which does not exist."));
    }

    private static IEnumerable<Diagnostic> Compile(string code)
    {
        // A snippet's own using directives stand first, as they would in a file; the rest is the body of a method.
        string[] lines = code.Split('\n');
        IEnumerable<string> usings = lines.Where(IsUsingDirective);
        IEnumerable<string> body = lines.Where(line => !IsUsingDirective(line));
        var source = new StringBuilder(ImplicitUsings)
            .AppendJoin('\n', usings).Append('\n')
            .Append("class Snippet\n{\n    async Task RunAsync(CancellationToken cancellationToken)\n    {\n")
            .AppendJoin('\n', body)
            .Append("\n        await Task.CompletedTask;\n    }\n}\n");
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source.ToString(), CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        return CSharpCompilation.Create(Assembly.GetExecutingAssembly().GetName().Name + ".Snippet", [tree], References, options).GetDiagnostics();
    }

    private static bool IsUsingDirective(string line) =>
        line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('=') && !line.Contains('(');

    [GeneratedRegex("""^```csharp\n(?<code>.*?)^```$""", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();

    // What stands in the table of places, in a link, or behind "inspect" in a command.
    [GeneratedRegex("""(^\| `(?<path>[^`]*/[^`]*)` \|)|(\]\((?<path>(?!https?:)[^)#]+)\))|((--project|inspect) (?<path>[\w./-]+/[\w./-]+))""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PathOrLink();
}
