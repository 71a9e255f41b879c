using System.Text.RegularExpressions;
using System.Xml.Linq;
using LlmStream.Cli.Demo;

namespace LlmStream.Cli.Tests.Demo;

public partial class DemoCommandTests
{
    private const string Seam = "⟨connection lost; resumed⟩";

    [Theory]
    [InlineData("demo")]
    [InlineData("demo", "--fast")]
    [InlineData]
    public async Task When_piped_the_output_is_plain_text_with_the_whole_answer(params string[] args)
    {
        Run run = await Run.Of(args);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("\u001B", run.Output, StringComparison.Ordinal);
        Assert.Contains($"molecule\n{Seam}\n to molecule\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(DemoText.Answer, run.Output.Replace($"\n{Seam}\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(args.Length == 0, run.Output.Contains("llmstream --help", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_shows_the_seam_and_the_check()
    {
        Run run = await Run.Of("demo");

        int offset = DemoText.Answer.IndexOf(" to molecule", StringComparison.Ordinal);
        string report = $"""
              ended     complete (stop)
              attempts  2
              seam      after {offset} characters (“…rom molecule| to molecule…”): Connection
              usage     ~
            """;
        Assert.Contains(report.ReplaceLineEndings("\n"), run.Output, StringComparison.Ordinal);
        string check = $"\n  check     the received text equals the scripted text: all {DemoText.Answer.Length} characters\n";
        Assert.Contains(check, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_terminal_the_seam_is_inline_and_the_color_changes()
    {
        Run run = await Run.Of(new CliEnvironment { IsTerminal = _ => true, SupportsColor = _ => true }, "demo", "--fast");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($" molecule\u001B[2m{Seam}\u001B[0m\u001B[32m to\u001B[0m", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Picture_in_the_README_shows_the_output()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "LlmStream.sln"))) root = Path.GetDirectoryName(root)!;
        XDocument picture = XDocument.Load(Path.Combine(root, "src", "LlmStream.Cli", "demo.svg"));

        Run run = await Run.Of(new CliEnvironment { IsTerminal = _ => true, SupportsColor = _ => true }, "demo", "--fast");

        string shown = string.Join('\n', picture.Descendants().Where(element => element.Name.LocalName == "text").Select(line => line.Value));
        Assert.Equal(Words(Sgr().Replace(run.Output, "")), Words(shown));
    }

    // Lines end elsewhere on other terminals, and the port and the times of a run are its own.
    private static string Words(string output) => Spaces().Replace(OfThisRun().Replace(output, ""), "");

    [GeneratedRegex(@"\e\[\d*m", RegexOptions.None, 1000)]
    private static partial Regex Sgr();

    [GeneratedRegex(@"(?<=127\.0\.0\.1:)\d+|^ +(latency|rate) .*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfThisRun();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();

    [Fact]
    public async Task Cancellation_exits_with_130()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(130, await CommandLineApp.RunAsync(["demo"], output, error, new CancellationToken(canceled: true)));
        Assert.Empty(error.ToString());
    }
}
