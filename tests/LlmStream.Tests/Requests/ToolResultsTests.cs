using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class ToolResultsTests
{
    public static TheoryData<object?, string> Results => new()
    {
        { null, "null" },
        { "plain \"text\"", "plain \"text\"" },
        { JsonSerializer.SerializeToElement("a string"), "a string" },
        { JsonValue.Create("a string"), "a string" },
        { JsonSerializer.SerializeToElement(new { a = new object[] { 1, "é" } }), """{"a":[1,"é"]}""" },
        { new JsonObject { ["a"] = 1 }, """{"a":1}""" },
        { 3.5m, "3.5" },
        { new Forecast("sunny", 20), """{"sky":"sunny","degrees":20}""" },
        { new TextContent("text"), "text" },
        { new List<AIContent> { new TextContent("one"), new TextContent("two") }, "one\ntwo" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public void A_result_is_text_or_JSON(object? result, string expected) =>
        Assert.Equal(expected, ToolResults.ToText(new FunctionResultContent("c1", result), 0));

    [Theory]
    [InlineData(null, "Error: No such city.")]
    [InlineData("It failed.", "It failed.")]
    public void The_message_of_an_exception_is_sent_if_there_is_no_result(string? result, string expected)
    {
        var content = new FunctionResultContent("c1", result) { Exception = new InvalidOperationException("No such city.") };
        Assert.Equal(expected, ToolResults.ToText(content, 0));
    }

    [Fact]
    public void A_result_that_is_not_JSON_is_refused()
    {
        var circle = new List<object>();
        circle.Add(circle);
        foreach (object result in new object[] { circle, typeof(string) })
        {
            var content = new FunctionResultContent("c1", result);
            ArgumentException e = Assert.Throws<ArgumentException>("messages", () => ToolResults.ToText(content, 7));
            Assert.StartsWith("The result of the function call \"c1\" in message 7 is a ", e.Message, StringComparison.Ordinal);
            Assert.Contains("Use a string, a JsonNode, or a JsonElement.", e.Message, StringComparison.Ordinal);
        }
    }

    internal sealed record Forecast(string Sky, int Degrees);
}
