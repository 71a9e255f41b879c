using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class RequestToolsTests
{
    private const string Weather =
        """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}""";

    [Fact]
    public void A_function_is_declared_by_name_description_and_schema() => Check(
        new ChatOptions { Tools = [Declare("weather", "The weather.", Weather)] },
        $$$"""{"tools":[{"type":"function","function":{"name":"weather","description":"The weather.","parameters":{{{Weather}}}}}]}""");

    [Fact]
    public void A_function_created_from_a_method_is_declared()
    {
        AIFunction weather = AIFunctionFactory.Create((string city) => city.Length, "weather", "The weather.");
        JsonObject fields = Fill(new ChatOptions { Tools = [weather] });
        JsonAssert.Equal("""["city"]""", fields["tools"]![0]!["function"]!["parameters"]!["required"]);
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
    public void A_strict_function_has_a_strict_schema(string key) => Check(
        new ChatOptions { Tools = [new Strict(Declare("weather", "", Weather), key)] },
        """
        {"tools":[{"type":"function","function":{"name":"weather","strict":true,"parameters":{"type":"object",
         "properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}}}]}
        """);

    [Fact]
    public void A_function_is_strict_if_only_the_options_say_so()
    {
        ChatOptions options = WithTool(null);
        options.AdditionalProperties = new() { ["strictJsonSchema"] = false };
        Assert.False((bool?)Fill(options)["tools"]![0]!["function"]!["strict"]);
    }

    [Fact]
    public void The_tool_mode_is_the_tool_choice()
    {
        Assert.Equal("auto", (string?)Fill(WithTool(ChatToolMode.Auto))["tool_choice"]);
        Assert.Equal("none", (string?)Fill(WithTool(ChatToolMode.None))["tool_choice"]);
        Assert.Equal("required", (string?)Fill(WithTool(ChatToolMode.RequireAny))["tool_choice"]);
        JsonAssert.Equal(
            """{"type":"function","function":{"name":"weather"}}""",
            Fill(WithTool(ChatToolMode.RequireSpecific("weather")))["tool_choice"]);
        Assert.Null(Fill(WithTool(null))["tool_choice"]);
        Assert.False((bool?)Fill(WithTool(null))["parallel_tool_calls"]);
    }

    [Fact]
    public void Without_tools_there_is_no_tool_choice() =>
        Check(new ChatOptions { ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = true, Tools = [] }, "{}");

    [Fact]
    public void Tools_that_are_already_set_are_kept()
    {
        var fields = new JsonObject { ["tools"] = new JsonArray(new JsonObject { ["type"] = "custom" }) };
        RequestTools.Fill(fields, WithTool(ChatToolMode.Auto), webSearchField: null);
        JsonAssert.Equal("""{"tools":[{"type":"custom"}],"tool_choice":"auto","parallel_tool_calls":false}""", fields);
    }

    [Fact]
    public void A_web_search_is_a_field_if_the_provider_has_one()
    {
        var options = new ChatOptions { Tools = [new HostedWebSearchTool()], ToolMode = ChatToolMode.Auto };
        var fields = new JsonObject();
        RequestTools.Fill(fields, options, webSearchField: "enable_search");
        JsonAssert.Equal("""{"enable_search":true}""", fields);
        Refuses("(HostedWebSearchTool)", options);
    }

    [Fact]
    public void An_unsupported_tool_is_refused()
    {
        Refuses("(HostedCodeInterpreterTool). Use AIFunction", new ChatOptions { Tools = [new HostedCodeInterpreterTool()] });
        Refuses("ChatOptions.Tools contains null.", new ChatOptions { Tools = [null!] });
    }

    private static ChatOptions WithTool(ChatToolMode? mode) =>
        new() { Tools = [Declare("weather", "", Weather)], ToolMode = mode, AllowMultipleToolCalls = false };

    private static AIFunctionDeclaration Declare(string name, string description, string schema)
    {
        using JsonDocument document = JsonDocument.Parse(schema);
        return AIFunctionFactory.CreateDeclaration(name, description, document.RootElement.Clone());
    }

    private static JsonObject Fill(ChatOptions options)
    {
        var fields = new JsonObject();
        RequestTools.Fill(fields, options, webSearchField: null);
        return fields;
    }

    private static void Check(ChatOptions options, string expected) => JsonAssert.Equal(expected, Fill(options));

    private static void Refuses(string because, ChatOptions options) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>("options", () => Fill(options)).Message, StringComparison.Ordinal);

    private sealed class Strict(AIFunctionDeclaration inner, string key) : AIFunctionDeclaration
    {
        public override string Name => inner.Name;

        public override JsonElement JsonSchema => inner.JsonSchema;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => new Dictionary<string, object?> { [key] = true };
    }
}
