using System.Text.RegularExpressions;

namespace LlmStream.Docs.Tests;

/// <summary>README.zh-CN.md says the same as README.md: the same headings, commands, code, tables, names and links, in the same order.</summary>
public partial class TranslationTests
{
    private static readonly string English = Read("README.md");
    private static readonly string Chinese = Read("README.zh-CN.md");

    [Fact]
    public void Each_is_linked_from_the_other()
    {
        Assert.Contains("](README.zh-CN.md)", English, StringComparison.Ordinal);
        Assert.Contains("](README.md)", Chinese, StringComparison.Ordinal);
    }

    [Fact]
    public void Headings_have_the_same_levels() => Assert.Equal(
        Heading().Matches(WithoutCode(English)).Select(match => match.Groups["level"].Value),
        Heading().Matches(WithoutCode(Chinese)).Select(match => match.Groups["level"].Value));

    [Fact]
    public void Commands_and_snippets_are_the_same()
    {
        string[] blocks = [.. Fence().Matches(English).Select(match => match.Value)];

        Assert.NotEmpty(blocks);
        Assert.Equal(blocks, Fence().Matches(Chinese).Select(match => match.Value));
    }

    // A row is compared by the names of code in it, so that one that is missing, or stands elsewhere, is found.
    [Fact]
    public void Tables_have_the_same_rows() => Assert.Equal(
        Row().Matches(WithoutCode(English)).Select(match => NamesIn(match.Value)),
        Row().Matches(WithoutCode(Chinese)).Select(match => NamesIn(match.Value)));

    [Fact]
    public void The_same_names_and_numbers_are_in_each_section()
    {
        string[] english = Sections(English), chinese = Sections(Chinese);

        Assert.Equal(english.Length, chinese.Length);
        foreach ((string section, string translation) in english.Zip(chinese))
        {
            Assert.Equal(NamesIn(section), NamesIn(translation));
            Assert.Equal(Sorted(Figure(), section), Sorted(Figure(), translation));
        }
    }

    [Fact]
    public void Links_lead_to_the_same_places() => Assert.Equal(
        Sorted(Link(), WithoutCode(English)).Where(path => !path.StartsWith("README", StringComparison.Ordinal)),
        Sorted(Link(), WithoutCode(Chinese)).Where(path => !path.StartsWith("README", StringComparison.Ordinal)));

    [Fact]
    public void The_translation_is_Chinese() =>
        Assert.All(Sections(Chinese).Where(section => section.Trim().Length > 0), section => Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", section));

    private static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", name)).ReplaceLineEndings("\n");

    private static string WithoutCode(string text) => Fence().Replace(text, "");

    private static string[] Sections(string text) => HeadingLine().Split(WithoutCode(text));

    private static string NamesIn(string text) => string.Join(' ', Sorted(Name(), text));

    private static IEnumerable<string> Sorted(Regex regex, string text) =>
        regex.Matches(text).Select(match => match.Groups["value"].Value).Order(StringComparer.Ordinal);

    [GeneratedRegex("^(?<level>#+) .*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^#+ .*$", RegexOptions.Multiline, 1000)]
    private static partial Regex HeadingLine();

    [GeneratedRegex("""^```.*?^```$""", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\|.*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<value>[^`\n]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();

    // Figures with a unit, versions and status codes; small numbers may be words in one of the languages.
    [GeneratedRegex(@"(?<![\w.])(?<value>\d{2,}(\.\d+)*|\d+(\.\d+)+)(?![\w.]*\d)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Figure();

    // The path, without the anchor, which is made of a heading.
    [GeneratedRegex(@"\]\((?<value>[^)#]+)[^)]*\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
