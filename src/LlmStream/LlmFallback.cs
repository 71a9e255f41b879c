namespace LlmStream;

/// <summary>
/// A provider that takes over if the one before it fails, with its key and its model. See <see cref="LlmStreamOptions.Fallbacks"/>.
/// </summary>
/// <example>
/// <code>
/// using var client = new LlmStreamClient(new LlmStreamOptions
/// {
///     Provider = LlmProvider.OpenAI,
///     Fallbacks =
///     {
///         new LlmFallback { Provider = LlmProvider.Anthropic },
///         new LlmFallback { Provider = LlmProvider.Vllm, Model = "Qwen/Qwen3-8B" },
///     },
/// });
/// </code>
/// </example>
public sealed record LlmFallback
{
    /// <summary>
    /// The provider. <see cref="LlmStreamOptions.Headers"/> are not sent to it; it has <see cref="LlmProvider.Headers"/>.
    /// </summary>
    public required LlmProvider Provider { get; init; }

    /// <summary>
    /// The provider's API key. Default: <see langword="null"/>, which means the value of the environment variable
    /// <see cref="LlmProvider.ApiKeyVariable"/>. A provider on a loopback address needs no key.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// The model. Default: <see langword="null"/>, which means <see cref="LlmProvider.DefaultModel"/>. <c>ChatOptions.ModelId</c> applies
    /// only to the provider of the client.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>The provider and the model, without the key.</summary>
    /// <returns>For example <c>anthropic</c> or <c>vllm:Qwen/Qwen3-8B</c>.</returns>
    public override string ToString() => Model is null ? Provider.Name : $"{Provider.Name}:{Model}";
}
