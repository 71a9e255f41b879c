using System.CommandLine;

namespace LlmStream.Cli.Chat;

/// <summary>The options that determine the provider, for every command that has one.</summary>
internal sealed record ProviderOptions(
    Option<string> Provider, Option<string> Model, Option<string> BaseUrl, Option<string> KeyVariable)
{
    public static ProviderOptions Create()
    {
        var provider = new Option<string>("--provider")
        {
            Description = $"The provider: {string.Join(", ", ChatArguments.ProviderNames)}.",
            HelpName = "NAME",
        };
        provider.CompletionSources.Add([.. ChatArguments.ProviderNames]);
        var model = new Option<string>("--model") { Description = "The model. Default: the provider's default.", HelpName = "MODEL" };
        var baseUrl = new Option<string>("--base-url")
        {
            Description = "The base URL. Without --provider, the server must be compatible with OpenAI's Chat Completions API.",
            HelpName = "URL",
        };
        var keyVariable = new Option<string>("--key-env")
        {
            Description = "The environment variable that holds the API key. Not required for servers on this machine.",
            HelpName = "NAME",
        };
        return new ProviderOptions(provider, model, baseUrl, keyVariable);
    }
}
