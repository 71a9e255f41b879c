using System.CommandLine;

namespace LlmStream.Cli;

/// <summary>Options whose values are a closed set.</summary>
internal static class OptionValues
{
    /// <summary>Accepts these values only, and says on one line which they are.</summary>
    /// <param name="option">The option.</param>
    /// <param name="what">What a value is, in words.</param>
    /// <param name="values">The values.</param>
    public static void AcceptOnly(this Option<string> option, string what, string[] values)
    {
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!values.Contains(token.Value, StringComparer.Ordinal))
                    result.AddError($"there is no {what} '{token.Value}', only {string.Join(", ", values)}");
            }
        });
    }
}
