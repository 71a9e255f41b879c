using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Requests;

public class RequestToolsTests
{
    private const string Weather = """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}""";

    [Fact]
    public void A_function_is_declared_by_name_description_and_schema() => Check(
        new ChatOptions { Tools = [Declare("weather", "The weather.", Weather)] },
        $$$"""{"tools":[{"type":"function","function":{"name":"weather","description":"The weather.","parameters":{{{Weather}}}}}]}""");

    [Fact]
    public void A_function_made_of_a_method_is_declared()
    {
        JsonObject body = Build(new ChatOptions { Tools = [AIFunctionFactory.Create((string city) => city.Length, "weather", "The weather.")] });
        JsonAssert.Equal("""["city"]""", body["tools"]![0]!["function"]!["parameters"]!["required"]);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("{}")]
    public void A_function_without_a_schema_takes_an_empty_object(string schema) => Check(
        new ChatOptions { Tools = [Declare("now", "", schema)] },
        """{"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}]}""");

    [Theory]
    [InlineData("strict")]
    [InlineData("Strict")]
    [InlineData("strictJsonSchema")]
    public void A_strict_function_says_so_and_has_a_strict_schema(string key) => Check(
        new ChatOptions { Tools = [new Strict(Declare("weather", "", Weather), key)] },
        """
        {"tools":[{"type":"function","function":{"name":"weather","strict":true,"parameters":{"type":"object",
         "properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}}}]}
        """);

    [Fact]
    public void How_tools_may_be_used_is_said()
    {
        Assert.Equal("auto", (string?)Build(WithTool(ChatToolMode.Auto))["tool_choice"]);
        Assert.Equal("none", (string?)Build(WithTool(ChatToolMode.None))["tool_choice"]);
        Assert.Equal("required", (string?)Build(WithTool(ChatToolMode.RequireAny))["tool_choice"]);
        JsonAssert.Equal("""{"type":"function","function":{"name":"weather"}}""", Build(WithTool(ChatToolMode.RequireSpecific("weather")))["tool_choice"]);
        Assert.Null(Build(WithTool(null))["tool_choice"]);
        Assert.False((bool?)Build(WithTool(null))["parallel_tool_calls"]);
    }

    [Fact]
    public void Without_tools_nothing_is_said_of_their_use() =>
        Check(new ChatOptions { ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = true, Tools = [] }, "{}");

    [Fact]
    public void Tools_written_by_hand_stay()
    {
        var seed = new JsonObject { ["tools"] = new JsonArray(new JsonObject { ["type"] = "custom" }) };
        JsonObject body = OpenAIRequest.Build([new(ChatRole.User, "Hi")], WithTool(ChatToolMode.Auto), null, seed);
        JsonAssert.Equal("""[{"type":"custom"}]""", body["tools"]);
        Assert.Equal("auto", (string?)body["tool_choice"]);
    }

    [Fact]
    public void A_tool_that_cannot_be_asked_for_is_refused()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => Build(new ChatOptions { Tools = [new HostedCodeInterpreterTool()] }));
        Assert.Contains("HostedCodeInterpreterTool", e.Message, StringComparison.Ordinal);
        Assert.Contains("AIFunction", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Build(new ChatOptions { Tools = [null!] }));
    }

    private static ChatOptions WithTool(ChatToolMode? mode) => new() { Tools = [Declare("weather", "", Weather)], ToolMode = mode, AllowMultipleToolCalls = false };

    private static AIFunctionDeclaration Declare(string name, string description, string schema)
    {
        using JsonDocument document = JsonDocument.Parse(schema);
        return AIFunctionFactory.CreateDeclaration(name, description, document.RootElement.Clone());
    }

    private static JsonObject Build(ChatOptions options)
    {
        JsonObject body = OpenAIRequest.Build([new(ChatRole.User, "Hi")], options, null, null);
        body.Remove("messages");
        return body;
    }

    private static void Check(ChatOptions options, string expected) => JsonAssert.Equal(expected, Build(options));

    private sealed class Strict(AIFunctionDeclaration inner, string key) : AIFunctionDeclaration
    {
        public override string Name => inner.Name;

        public override JsonElement JsonSchema => inner.JsonSchema;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => new Dictionary<string, object?> { [key] = true };
    }
}
