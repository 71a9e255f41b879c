using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What the model reads of a request, in every format.</summary>
public class PromptTextTests
{
    public static TheoryData<string> Providers => ["openai", "openai-responses", "anthropic", "gemini", "dashscope", "ollama-native", "cohere", "bedrock"];

    [Theory]
    [MemberData(nameof(Providers))]
    public void It_has_messages_instructions_calls_results_and_tools(string name)
    {
        PromptText prompt = Read(name, Conversation(), Options())!;
        string all = string.Join('\n', prompt.Texts);

        Assert.All(
            (string[])["Be brief.", "Why is the sky blue?", "Let me look.", "look_up", "Rayleigh scattering", "Looks things up.", "what_to_find"],
            text => Assert.Contains(text, all, StringComparison.Ordinal));
        Assert.Contains("wavelengths", all, StringComparison.Ordinal); // the argument
        Assert.DoesNotContain("m-1", all, StringComparison.Ordinal);
        Assert.InRange(prompt.MessageCount, 3, 5);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void It_is_unknown_if_there_is_an_image(string name)
    {
        if (name == "cohere") return; // has none
        Assert.Null(Read(name, [new ChatMessage(ChatRole.User, [new TextContent("What is this?"), new DataContent(new byte[] { 1, 2 }, "image/png")])], null));
    }

    [Theory]
    [InlineData("openai-responses", """{"input":"And then?","previous_response_id":"resp_1"}""")]
    [InlineData("openai-responses", """{"input":"And then?","conversation":{"id":"conv_1"}}""")]
    [InlineData("gemini", """{"contents":[{"parts":[{"text":"And then?"}]}],"cachedContent":"c"}""")]
    [InlineData("openai", """{"model":"m"}""")]
    public void It_is_unknown_if_the_provider_has_a_part_of_it(string name, string body) =>
        Assert.Null(PromptText.Read(DialectOf(name), JsonNode.Parse(body)!.AsObject()));

    [Theory]
    [InlineData("openai", """{"messages":[{"role":"user","content":"Hi"}],"user":"u-1","stop":["x"],"metadata":{"a":"b"}}""", "Hi")]
    [InlineData("openai-responses", """{"input":"Hi","text":{"verbosity":"low"},"prompt_cache_key":"k"}""", "Hi")]
    [InlineData("openai-responses", """{"input":[{"type":"message","role":"user","id":"msg_1","content":[{"type":"input_text","text":"Hi"}]}]}""", "Hi")]
    [InlineData("dashscope", """{"input":{"messages":[{"role":"user","content":"Hi"}]},"parameters":{"result_format":"message"}}""", "Hi")]
    [InlineData("anthropic", """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"source":"x"}}]}]}""", "f|{\"source\":\"x\"}")]
    public void Settings_are_not_part_of_it(string name, string body, string expected) =>
        Assert.Equal(expected, string.Join('|', PromptText.Read(DialectOf(name), JsonNode.Parse(body)!.AsObject())!.Texts));

    [Theory]
    [InlineData("openai", "{'model':'m','messages':[{'role':'system','content':'Be brief.'},{'content':'a\\n\\u00e9','role':'user'}],'stream':true,'stream_options':{'include_usage':true}}")]
    [InlineData("anthropic", "{'model':'m','max_tokens':9,'system':'Be brief.','messages':[{'role':'user','content':'Hi'}],'temperature':0.5,'stop':['x']}")]
    [InlineData("anthropic", "{'messages':[{'role':'user','content':'Hi'}],'system':'Be brief.'}")]
    public void A_plain_body_is_read_from_its_bytes(string name, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body.Replace('\'', '"'));
        PromptText expected = PromptText.Read(DialectOf(name), JsonNode.Parse(bytes)!.AsObject())!, prompt = PromptText.TryReadPlain(bytes)!;
        Assert.Equal(expected.Texts.Order(StringComparer.Ordinal), prompt.Texts.Order(StringComparer.Ordinal));
        Assert.Equal(expected.MessageCount, prompt.MessageCount);
    }

    [Theory]
    [InlineData("{'messages':[{'role':'user','content':[{'type':'text','text':'Hi'}]}]}")]
    [InlineData("{'messages':[{'role':'user','content':'Hi','name':'n'}]}")]
    [InlineData("{'messages':[{'role':'assistant','content':null,'tool_calls':[]}]}")]
    [InlineData("{'messages':['Hi']}")]
    [InlineData("{'messages':{'role':'user','content':'Hi'}}")]
    [InlineData("{'messages':[{'role':'user','content':'Hi'}],'tools':[]}")]
    [InlineData("{'messages':[{'role':'user','content':'Hi'}],'conversation':'c'}")]
    [InlineData("{'messages':[],'system':['Hi']}")]
    [InlineData("{'messages':[]}")]
    [InlineData("{'system':'Hi'}")]
    [InlineData("{'input':'Hi'}")]
    public void A_body_with_anything_else_is_not_plain(string body) =>
        Assert.Null(PromptText.TryReadPlain(Encoding.UTF8.GetBytes(body.Replace('\'', '"'))));

    private static ChatMessage[] Conversation() =>
    [
        new(ChatRole.User, "Why is the sky blue?"),
        new(ChatRole.Assistant, [new TextContent("Let me look."), new FunctionCallContent("call_1", "look_up", new Dictionary<string, object?> { ["what_to_find"] = "wavelengths" })]),
        new(ChatRole.Tool, [new FunctionResultContent("call_1", "Rayleigh scattering")]),
    ];

    private static ChatOptions Options() => new()
    {
        Instructions = "Be brief.",
        Tools = [AIFunctionFactory.Create((string what_to_find) => what_to_find, "look_up", "Looks things up.")],
    };

    private static PromptText? Read(string name, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        LlmProvider provider = LlmProvider.Parse(name);
        return PromptText.Read(provider.Dialect.Format, provider.BuildRequest(messages, options, "m-1", seed: null));
    }

    private static Dialect DialectOf(string name) => LlmProvider.Parse(name).Dialect.Format;
}
