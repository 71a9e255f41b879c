using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Chat;

/// <summary>The validated arguments of <c>llmstream chat</c>.</summary>
/// <param name="Options">The options of the client.</param>
/// <param name="Messages">The messages to send.</param>
internal sealed record ChatArguments(LlmStreamOptions Options, IReadOnlyList<ChatMessage> Messages)
{
    // Not in LlmProvider.All: each Azure resource has its own address.
    private const string Azure = "azure";

    /// <summary>The values of <c>--provider</c>.</summary>
    public static IEnumerable<string> ProviderNames => LlmProvider.All.Select(provider => provider.Name).Append(Azure);

    /// <summary>Validates the arguments, and reads the API key from the environment.</summary>
    /// <exception cref="UsageException">An argument is invalid, or the API key is missing.</exception>
    public static ChatArguments Parse(
        string prompt, string? system, string? providerName, string? baseUrl, string? model, string? keyVariable,
        IEnumerable<string> fallbacks, bool resume, CliEnvironment environment)
    {
        if (string.IsNullOrWhiteSpace(prompt)) throw new UsageException("the prompt is empty");
        LlmStreamOptions options = ParseOptions(providerName, baseUrl, model, keyVariable, environment);
        foreach (string fallback in fallbacks) options.Fallbacks.Add(FallbackArgument.Parse(fallback, options.Model, environment));
        if (!resume) options.Resume = LlmResumeOptions.Off;
        List<ChatMessage> messages = string.IsNullOrWhiteSpace(system) ? [] : [new(ChatRole.System, system)];
        messages.Add(new(ChatRole.User, prompt));
        return new ChatArguments(options, messages);
    }

    /// <summary>Validates the arguments that determine the provider, and reads the API key from the environment.</summary>
    /// <exception cref="UsageException">An argument is invalid, or the API key is missing.</exception>
    public static LlmStreamOptions ParseOptions(
        string? providerName, string? baseUrl, string? model, string? keyVariable, CliEnvironment environment)
    {
        LlmProvider provider = ParseProvider(providerName, baseUrl is null ? null : ParseUrl(baseUrl));
        if (string.IsNullOrWhiteSpace(model) && provider.DefaultModel is null)
            throw new UsageException($"provider '{provider.Name}' has no default model; use --model to name one");

        return new LlmStreamOptions
        {
            ApiKey = ReadApiKey(provider, keyVariable, environment),
            // Otherwise the client would look for the key again.
            Provider = provider with { ApiKeyVariable = null, SigningKeyVariables = [] },
            Model = string.IsNullOrWhiteSpace(model) ? null : model,
            TimeProvider = environment.Time,
        };
    }

    /// <summary>Creates a client.</summary>
    /// <exception cref="UsageException">The options are invalid.</exception>
    public static LlmStreamClient CreateClient(LlmStreamOptions options)
    {
        try
        {
            return new LlmStreamClient(options);
        }
        catch (ArgumentException exception)
        {
            throw UsageException.Create(exception); // such as an API key that contains invalid characters
        }
    }

    private static LlmProvider ParseProvider(string? name, Uri? address)
    {
        string names = string.Join(", ", ProviderNames);
        if (name is null)
        {
            if (address is null) throw new UsageException($"no provider given; use --provider with one of {names}, or --base-url");
            return LlmProvider.CreateOpenAICompatible(address);
        }

        if (string.Equals(name, Azure, StringComparison.OrdinalIgnoreCase))
        {
            if (address is null) throw new UsageException("provider 'azure' requires --base-url https://NAME.openai.azure.com");
            return LlmProvider.CreateAzureOpenAI(address);
        }

        if (!LlmProvider.TryParse(name, out LlmProvider? provider))
            throw new UsageException($"unknown provider '{name}'; expected one of {names}; or use --base-url for a compatible server");

        // The provider's separate address for continuations must not receive requests, or the key, meant for another server.
        return address is null ? provider : provider with { BaseAddress = address, ContinuationBaseAddress = null };
    }

    /// <summary>Parses an address.</summary>
    /// <exception cref="UsageException">It is not valid.</exception>
    public static Uri ParseUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new UsageException($"'{url}' is not an HTTP or HTTPS URL, such as http://localhost:8000/v1");

    private static string? ReadApiKey(LlmProvider provider, string? keyVariable, CliEnvironment environment)
    {
        if (keyVariable is not null && string.IsNullOrWhiteSpace(keyVariable))
            throw new UsageException("--key-env requires the name of an environment variable");
        if ((keyVariable ?? provider.ApiKeyVariable) is not { } variable) return null; // compatible servers often need no key
        string? key = environment.GetVariable(variable);
        if (!string.IsNullOrWhiteSpace(key)) return key;
        if (keyVariable is null && ReadSigningKey(provider, environment) is { } signingKey) return signingKey;
        if (provider.BaseAddress.IsLoopback) return null;
        string hint = keyVariable is null ? " (use --key-env to name another)" : "";
        throw new UsageException($"no API key for provider '{provider.Name}': environment variable {variable} is not set{hint}");
    }

    /// <summary>The parts of a key that signs requests, joined; null if the environment does not have them.</summary>
    public static string? ReadSigningKey(LlmProvider provider, CliEnvironment environment)
    {
        string[] parts = [.. provider.SigningKeyVariables.Select(variable => environment.GetVariable(variable)?.Trim() ?? "")];
        return parts is [{ Length: > 0 }, { Length: > 0 }, ..] ? string.Join(':', parts).TrimEnd(':') : null;
    }
}
