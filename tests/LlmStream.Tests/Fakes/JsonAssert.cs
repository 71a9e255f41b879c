using System.Text.Json.Nodes;

namespace LlmStream.Tests.Fakes;

internal static class JsonAssert
{
    public static void Equal(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Expected:\n{JsonNode.Parse(expected)}\nActual:\n{actual}");
}
