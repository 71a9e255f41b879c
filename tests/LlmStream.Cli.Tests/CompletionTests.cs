using System.Diagnostics;

namespace LlmStream.Cli.Tests;

public sealed class CompletionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmstream-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("ins", "inspect")]
    [InlineData("chat --prov", "--provider")]
    [InlineData("completion ba", "bash")]
    [InlineData("inspect --text-mode c", "cumulative")]
    public async Task The_program_suggests_what_may_follow(string line, string expected)
    {
        Run run = await Run.Of($"[suggest:{line.Length}]", line);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(expected, run.Output.ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task An_unknown_shell_is_rejected() =>
        Assert.StartsWith(
            "llmstream completion: unknown shell 'tcsh'; expected one of bash, zsh, fish, pwsh",
            (await Run.Of("completion", "tcsh")).Error,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c llmstream")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Each_shell_has_a_script(string shell, string text) =>
        Assert.Contains(text, (await Run.Of("completion", shell)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        // A program of the same name answers as this one does.
        Dictionary<string, string> answers = [];
        foreach (string line in (string[])["i", "chat --prov", "serve --dialect an"]) answers[line] = (await Run.Of($"[suggest:{line.Length}]", line)).Output;
        string cases = string.Concat(answers.Select(answer => $"'[suggest:{answer.Key.Length}] {answer.Key}') cat <<'END'\n{answer.Value}END\n;;\n"));
        string program = Path.Combine(_folder.FullName, "llmstream");
        await File.WriteAllTextAsync(program, $"#!/bin/bash\ncase \"$*\" in\n{cases}esac\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string script = (await Run.Of("completion", "bash")).Output + """
            for line in "llmstream i" "llmstream chat --prov" "llmstream serve --dialect an"; do
                COMP_LINE=$line COMP_POINT=${#line}
                read -ra COMP_WORDS <<< "$line"
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _llmstream llmstream "${COMP_WORDS[COMP_CWORD]}" ""
                echo "${COMPREPLY[*]}"
            done
            """;
        var start = new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = _folder.FullName + ":/usr/bin:/bin";
        using Process bash = Process.Start(start)!;
        Assert.Equal(["inspect", "--provider", "anthropic"], (await bash.StandardOutput.ReadToEndAsync()).TrimEnd().Split('\n'));
    }
}
