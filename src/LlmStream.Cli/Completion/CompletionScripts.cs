namespace LlmStream.Cli.Completion;

/// <summary>The scripts, by the name of the shell.</summary>
/// <remarks>Each passes the line without the first word, because the program may have been called by a path or an alias.</remarks>
internal static class CompletionScripts
{
    private const string Bash = """
        _llmstream() {
            local line=${COMP_LINE:0:COMP_POINT} IFS=$'\n' current=${COMP_WORDS[COMP_CWORD]}
            line=${line#"${line%%[![:space:]]*}"}
            line=${line#"$1"}
            line=${line# }
            COMPREPLY=($(compgen -W "$("$1" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$current"))
            # A file, where nothing else can follow.
            if [ ${#COMPREPLY[@]} -eq 0 ]; then compopt -o default 2>/dev/null; fi
        }
        complete -F _llmstream llmstream

        """;

    private const string Zsh = """
        _llmstream() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a suggestions=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            suggestions=(${suggestions:#})
            if (( ${#suggestions} )); then compadd -a suggestions; else _files; fi
        }
        compdef _llmstream llmstream

        """;

    private const string Fish = """
        function __llmstream_complete
            set -l words (commandline -opc) (commandline -ct)
            set -l line (string join ' ' -- $words[2..-1])
            set -l suggestions ($words[1] "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -r '.+')
            if set -q suggestions[1]; printf '%s\n' $suggestions; else; __fish_complete_path (commandline -ct); end
        end
        complete -c llmstream -f -a '(__llmstream_complete)'

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName llmstream -ScriptBlock {
            param($word, $ast, $position)
            $line = $ast.ToString().PadRight($position - $ast.Extent.StartOffset)
            $line = $line.Substring([Math]::Min($line.Length, $ast.CommandElements[0].ToString().Length + 1))
            & $ast.CommandElements[0].ToString() "[suggest:$($line.Length)]" $line 2>$null |
                Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish, ["pwsh"] = PowerShell,
    };
}
