using System.CommandLine;

namespace LlmStream.Cli;

internal static class OptionExtensions
{
    /// <summary>
    /// Rejects all values but these. <see cref="Option{T}.AcceptOnlyFromAmong"/> does the same with an error of several lines.
    /// </summary>
    /// <param name="option">The option.</param>
    /// <param name="noun">What a value is, such as <c>dialect</c>; the error contains it.</param>
    /// <param name="values">The accepted values, compared case-sensitively.</param>
    public static void AcceptOnly(this Option<string> option, string noun, string[] values)
    {
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!values.Contains(token.Value, StringComparer.Ordinal))
                    result.AddError($"unknown {noun} '{token.Value}'; expected one of {string.Join(", ", values)}");
            }
        });
    }
}
