using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace LlmStream.DependencyInjection;

/// <summary>
/// Validates, when the host starts, what would otherwise fail at the first request: whether there is an API key, and a model.
/// </summary>
internal sealed class OptionsValidator(string name) : IValidateOptions<LlmStreamOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, LlmStreamOptions options)
    {
        if (!string.Equals(optionsName, name, StringComparison.Ordinal)) return ValidateOptionsResult.Skip;
        var failures = new List<string>();
        try
        {
            using var client = new LlmStreamClient(options);
            // Nothing is sent: the stream is not enumerated. The request is built, with its headers, and with the model in its address.
            string model = options.Model ?? options.Provider?.DefaultModel ?? "model";
            _ = client.StreamAsync("prompt", new ChatOptions { ModelId = model });
        }
        catch (ArgumentException exception)
        {
            failures.Add(exception.Message);
        }

        if (string.IsNullOrWhiteSpace(options.Model) && options.Provider?.DefaultModel is null)
        {
            failures.Add(
                $"No model is specified, and the provider '{options.Provider?.Name}' has no default model. "
                + "Set LlmStreamOptions.Model (configuration key Model). A request can name another with ChatOptions.ModelId.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
