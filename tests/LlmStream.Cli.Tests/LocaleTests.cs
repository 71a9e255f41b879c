using System.Text;

namespace LlmStream.Cli.Tests;

public class LocaleTests
{
    [Theory]
    [InlineData(null, null, "en_US.UTF-8", false)]
    [InlineData(null, null, "C.utf8", false)]
    [InlineData(null, null, null, false)]
    [InlineData(null, null, "C", true)]
    [InlineData("POSIX", null, "en_US.UTF-8", true)]
    [InlineData("en_US.UTF-8", null, "C", false)]
    [InlineData(null, "de_DE.ISO-8859-1", "en_US.UTF-8", true)]
    [InlineData(null, null, "de_DE@euro", false)]
    public void A_locale_without_UTF8_is_warned_of(string? all, string? ctype, string? lang, bool isWarned)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such variables.");
        string? warning = LocaleCheck.GetWarning(name => name switch { "LC_ALL" => all, "LC_CTYPE" => ctype, "LANG" => lang, _ => null });
        Assert.Equal(isWarned, warning is not null);
        if (isWarned) Assert.EndsWith("Set LC_ALL=C.UTF-8.", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void The_warning_comes_once_before_the_first_character_that_is_lacking()
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var bytes = new MemoryStream();
        using var terminal = new StreamWriter(bytes, Encoding.Latin1);
        using var writer = new LocaleWarningWriter(terminal, error, "no");
        writer.Write("abc é");
        Assert.Equal("", error.ToString());
        writer.Write("天");
        writer.Write("地");
        Assert.Equal("\nllmstream: no\n", error.ToString()); // on a line of its own
    }

    [Fact]
    public void If_the_character_set_is_not_known_it_comes_before_the_first_that_is_not_ASCII()
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new StreamWriter(new MemoryStream(), new UTF8Encoding(false));
        using var writer = new LocaleWarningWriter(terminal, error, "no");
        writer.Write("abc\n");
        Assert.Equal("", error.ToString());
        writer.Write("é");
        Assert.Equal("llmstream: no\n", error.ToString());
    }
}
