using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Chat;

/// <summary>What the command line asks for, and whom.</summary>
/// <param name="Options">Whom to ask, and how.</param>
/// <param name="Messages">What to say.</param>
internal sealed record ChatArguments(LlmStreamOptions Options, IReadOnlyList<ChatMessage> Messages)
{
    // A resource of one's own: it has no address that could be known.
    private const string Azure = "azure";

    private static string Names => string.Join(", ", LlmProvider.All.Select(provider => provider.Name).Append(Azure));

    /// <exception cref="FormatException">An argument is wrong; the message says which in one line.</exception>
    public static ChatArguments Read(
        string prompt, string? system, string? providerName, string? baseUrl, string? model, string? keyVariable, bool resumes, CliEnvironment surroundings)
    {
        if (string.IsNullOrWhiteSpace(prompt)) throw new FormatException("the prompt is empty");
        LlmProvider provider = ProviderOf(providerName, baseUrl is null ? null : AddressOf(baseUrl));
        if (string.IsNullOrWhiteSpace(model) && provider.DefaultModel is null)
            throw new FormatException($"no model is known for the provider '{provider.Name}': name one with --model");

        var options = new LlmStreamOptions
        {
            ApiKey = KeyOf(provider, keyVariable, surroundings),
            Provider = provider with { ApiKeyVariable = null }, // the key has been looked for
            Model = string.IsNullOrWhiteSpace(model) ? null : model,
            Resume = resumes ? new ResumeOptions() : ResumeOptions.Off,
            TimeProvider = surroundings.Time,
        };
        ChatMessage question = new(ChatRole.User, prompt);
        return new ChatArguments(options, string.IsNullOrWhiteSpace(system) ? [question] : [new ChatMessage(ChatRole.System, system), question]);
    }

    private static LlmProvider ProviderOf(string? name, Uri? address)
    {
        if (name is null)
        {
            return address is not null
                ? LlmProvider.Compatible(address)
                : throw new FormatException($"say whom to ask: --provider with one of {Names}, or --base-url");
        }

        if (string.Equals(name, Azure, StringComparison.OrdinalIgnoreCase))
            return LlmProvider.AzureOpenAI(address ?? throw new FormatException("the provider 'azure' needs the address of your resource: --base-url https://NAME.openai.azure.com"));

        LlmProvider provider = LlmProvider.All.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"there is no provider '{name}', only {Names}; or --base-url for any that is compatible");
        // What is elsewhere has no second address; and the key is for that server only.
        return address is null ? provider : provider with { BaseAddress = address, ContinuationBaseAddress = null };
    }

    private static Uri AddressOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new FormatException($"'{url}' is no address of http or https, such as http://localhost:8000/v1");

    private static string? KeyOf(LlmProvider provider, string? keyVariable, CliEnvironment surroundings)
    {
        if (keyVariable is not null && string.IsNullOrWhiteSpace(keyVariable)) throw new FormatException("--key-env needs the name of a variable");
        if ((keyVariable ?? provider.ApiKeyVariable) is not { } variable) return null; // a server of one's own may want none
        string? key = surroundings.Variable(variable);
        if (!string.IsNullOrWhiteSpace(key)) return key;
        if (provider.BaseAddress.IsLoopback) return null;
        throw new FormatException($"there is no key for the provider '{provider.Name}': the environment variable {variable} is not set{(keyVariable is null ? " (--key-env names another)" : "")}");
    }
}
