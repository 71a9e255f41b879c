using LlmStream.Cli.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Tests.Chat;

public class ChatArgumentsTests
{
    private static readonly CliEnvironment Environment = new()
    {
        GetVariable = name => name switch { "DEEPSEEK_API_KEY" => "sk-1", "MY_KEY" => "sk-2", _ => null },
    };

    [Fact]
    public void Provider_determines_the_key_and_the_model()
    {
        ChatArguments arguments = Parse(provider: "DeepSeek");

        Assert.Equal(("deepseek", "sk-1", null), (arguments.Options.Provider!.Name, arguments.Options.ApiKey, arguments.Options.Model));
        Assert.Null(arguments.Options.Provider.ApiKeyVariable);
    }

    [Fact]
    public void Base_url_replaces_all_addresses_of_the_provider()
    {
        ChatArguments arguments = Parse(provider: "deepseek", baseUrl: "http://llm.example/v1", keyVariable: "MY_KEY");

        Assert.Equal(new Uri("http://llm.example/v1/"), arguments.Options.Provider!.BaseAddress);
        Assert.Null(arguments.Options.Provider.ContinuationBaseAddress);
        Assert.Equal("sk-2", arguments.Options.ApiKey);
    }

    [Fact]
    public void Server_on_this_machine_needs_no_key() =>
        Assert.Null(Parse(provider: "openai", baseUrl: "http://localhost:8000/v1").Options.ApiKey);

    [Fact]
    public void Azure_requires_the_address_of_the_resource()
    {
        ChatArguments arguments = Parse(provider: "azure", baseUrl: "https://me.openai.azure.com", model: "m", keyVariable: "MY_KEY");

        Assert.Equal("azure", arguments.Options.Provider!.Name);
        Assert.Throws<UsageException>(() => Parse(provider: "azure", model: "m"));
    }

    [Fact]
    public void System_prompt_precedes_the_prompt()
    {
        Assert.Equal([ChatRole.System, ChatRole.User], GetRoles("Be brief."));
        Assert.Equal([ChatRole.User], GetRoles(" "));

        static IEnumerable<ChatRole> GetRoles(string system) =>
            Parse(provider: "deepseek", system: system).Messages.Select(message => message.Role);
    }

    [Fact]
    public void Fallbacks_have_their_own_model_and_key()
    {
        ChatArguments arguments = Parse(
            provider: "deepseek", model: "deepseek-reasoner",
            fallbacks: ["DeepSeek", "deepseek:m:1", "llamacpp:qwen", "http://localhost:8000/v1", "https://llm.example/v1#a%2Fb"]);
        Assert.Equal(
            [
                ("deepseek", "sk-1", null), ("deepseek", "sk-1", "m:1"), ("llamacpp", null, "qwen"),
                ("localhost:8000", null, "deepseek-reasoner"), ("llm.example", null, "a/b"),
            ],
            arguments.Options.Fallbacks.Select(fallback => (fallback.Provider.Name, fallback.ApiKey, fallback.Model)));
        Assert.Equal(new Uri("https://llm.example/v1/"), arguments.Options.Fallbacks[4].Provider.BaseAddress);
        using LlmStreamClient client = ChatArguments.CreateClient(arguments.Options);
    }

    private static ChatArguments Parse(
        string? provider = null, string? baseUrl = null, string? model = null, string? keyVariable = null, string? system = null,
        params string[] fallbacks) =>
        ChatArguments.Parse("Why?", system, provider, baseUrl, model, keyVariable, fallbacks, resume: true, Environment);
}
