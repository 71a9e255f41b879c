using Microsoft.Extensions.Options;

namespace LlmStream.DependencyInjection;

/// <summary>
/// Validates, when the host starts, what would otherwise fail at the first request: above all whether there is an API key.
/// </summary>
internal sealed class OptionsValidator(string name) : IValidateOptions<LlmStreamOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, LlmStreamOptions options)
    {
        if (!string.Equals(optionsName, name, StringComparison.Ordinal)) return ValidateOptionsResult.Skip;
        try
        {
            using var client = new LlmStreamClient(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail(exception.Message);
        }
    }
}
