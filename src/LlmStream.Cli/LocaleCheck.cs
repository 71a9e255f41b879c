namespace LlmStream.Cli;

/// <summary>Whether the locale of a terminal says that it cannot show what an answer may contain.</summary>
internal static class LocaleCheck
{
    // In the order of POSIX: the first one that is set counts.
    private static readonly string[] Variables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Returns a warning, or null if there is no reason for one.</summary>
    /// <param name="getVariable">Gets the value of an environment variable.</param>
    public static string? GetWarning(Func<string, string?> getVariable)
    {
        if (OperatingSystem.IsWindows()) return null;
        string? variable = Variables.FirstOrDefault(name => !string.IsNullOrEmpty(getVariable(name)));
        if (variable is null) return null; // often so in containers, whose terminals show UTF-8
        string locale = getVariable(variable)!;
        string charset = locale.Split('@')[0].Split('.') is [_, var named, ..] ? named : "";
        if (charset.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase)) return null;
        const string Hint = "Set LC_ALL=C.UTF-8.";
        if (charset.Length > 0)
            return $"characters outside {charset}, the character set of the locale ({variable}={locale}), cannot be shown. {Hint}";
        return locale is "C" or "POSIX"
            ? $"the locale ({variable}={locale}) has only ASCII characters; others may be shown wrongly. {Hint}"
            : null;
    }
}
